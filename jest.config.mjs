// Four projects: what runs anywhere, what wants the built programs, what wants privileges and real packets, and what wants
// a genuine Kubernetes besides.
// The type check is not jest's business (`npm run check` does it): @swc/jest only strips types.

const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: "node",
  // In the tree: inside a user namespace the uid that names the default folder belongs to somebody else.
  cacheDirectory: "<rootDir>/.cache/jest",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  transformIgnorePatterns: ["/node_modules/"],
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.cache/"],
};

/** @type {import("jest").Config} */
export default {
  projects: [
    {
      ...shared,
      displayName: "unit",
      setupFiles: ["<rootDir>/scripts/property-seed.mjs"],
      testMatch: ["<rootDir>/{crds,operator,speaker-agent,scripts,images}/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "cluster",
      testMatch: ["<rootDir>/e2e/{cluster,chart}/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "network",
      testMatch: ["<rootDir>/e2e/{suites,topology}/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "kube",
      testMatch: ["<rootDir>/e2e/kube/**/*.test.ts"],
    },
  ],
};
