// The arrows of the architecture (docs/design/0001-first-line.md): core <- ports <- adapters, shell runs core through
// ports, and only main.ts, the worker's entry and the entries of the operator's commands know everything.
const program = "^(operator|speaker-agent)/src";
const notATest = "(\\.test|\\.contract)\\.ts$|/testing/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "core-imports-only-model-and-core",
      severity: "error",
      from: { path: `${program}/core/`, pathNot: notATest },
      to: { pathNot: ["^$1/src/core/", "^crds/model/"] },
    },
    {
      name: "model-stands-alone",
      severity: "error",
      from: { path: "^crds/model/src", pathNot: notATest },
      to: { pathNot: ["^crds/model/src"] },
    },
    {
      name: "ports-know-core-only",
      severity: "error",
      from: { path: `${program}/ports/`, pathNot: notATest },
      to: { pathNot: ["^$1/src/(core|ports)/", "^crds/model/"] },
    },
    {
      name: "shell-names-no-adapter",
      severity: "error",
      from: { path: `${program}/shell/`, pathNot: notATest },
      to: { path: "^$1/src/adapters/" },
    },
    {
      name: "adapters-do-not-run-the-shell",
      severity: "error",
      from: { path: `${program}/adapters/`, pathNot: notATest },
      to: { path: "^$1/src/(shell/|main|[a-z-]+-command)" },
    },
    {
      name: "programs-are-strangers",
      severity: "error",
      from: { path: "^(operator|speaker-agent)/" },
      to: { path: "^(operator|speaker-agent)/", pathNot: "^$1/" },
    },
    {
      name: "e2e-drives-built-programs",
      severity: "error",
      from: { path: "^e2e/" },
      to: { path: "^(operator|speaker-agent|crds/client)/" },
    },
    {
      name: "framework-in-one-file",
      severity: "error",
      from: { pathNot: "^operator/src/adapters/kubernetes/framework-shell\\.ts$" },
      to: { path: "@dot-i/k8s-operator" },
    },
    {
      name: "native-code-in-one-folder",
      severity: "error",
      from: { pathNot: "^speaker-agent/(src/adapters/linux|native)/" },
      to: { path: "(^speaker-agent/native/|node_modules/netlink/)" },
    },
    {
      name: "client-node-is-types-or-dynamic",
      comment: "Importing client-node at run time costs 60 MB (reference operator.md, section 2).",
      severity: "error",
      from: {
        path: "^(crds|operator|speaker-agent)/",
        pathNot: [notATest, "^crds/client/src/connection/kubeconfig-loader\\.ts$"],
      },
      to: {
        path: "node_modules/@kubernetes/client-node",
        dependencyTypesNot: ["type-only", "dynamic-import"],
      },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^dist/|^\\.cache/)" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
  },
};
