// `npm run check`: everything a machine can judge without running the program. Each step ends the run when it fails.
// `npm run check -- lint` runs one of them; `npm run check -- prove` shows that each of them can fail.

import { requireNode, ensurePackages } from "./set-up.mjs";
import { announce, run } from "./process.mjs";
import { proveChecks } from "./prove-checks.mjs";

const bin = (name) => `node_modules/.bin/${name}`;

const STEPS = [
  { name: "format", why: "prettier", command: [bin("prettier"), "--check", "--log-level", "warn", "."] },
  { name: "types", why: "tsc, the compiler boundaries included", command: [bin("tsc"), "-b"] },
  { name: "lint", why: "eslint with types", command: [bin("eslint"), ".", "--max-warnings", "0"] },
  {
    name: "layers",
    why: "dependency-cruiser",
    command: [
      bin("depcruise"),
      "--config",
      ".dependency-cruiser.mjs",
      "crds",
      "operator",
      "speaker-agent",
      "e2e",
    ],
  },
  {
    name: "generated",
    why: "drift of types, validators and chart",
    command: [process.execPath, "scripts/generate.mjs", "--check"],
  },
  { name: "duplicates", why: "jscpd", command: [bin("jscpd"), "--config", ".jscpd.json", "."] },
];

const only = process.argv[2];
requireNode();
ensurePackages();
if (only === "prove") {
  proveChecks();
  process.exit(0);
}
if (only !== undefined && !STEPS.some((step) => step.name === only)) {
  process.stderr.write(`unknown check "${only}"; there are: ${STEPS.map((step) => step.name).join(", ")}\n`);
  process.exit(2);
}

for (const step of STEPS.filter((candidate) => only === undefined || candidate.name === only)) {
  announce(`${step.name} (${step.why})`);
  const [program, ...args] = step.command;
  run(program, args, { quiet: true });
}
announce("all checks passed");
