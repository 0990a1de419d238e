// `npm run check -- prove`: plants one fault per check in a copy of the tree and expects that check, and the right rule of
// it, to object. A check that cannot fail is no check.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { announce, root } from "./process.mjs";

const twice = `export function repeat(input: readonly number[]): number {
  let total = 0;
  for (const value of input) {
    if (value % 2 === 0) total += value * 3;
    else if (value % 3 === 0) total -= value * 5;
    else if (value % 5 === 0) total += value - 7;
    else total += value > 100 ? 1 : value < -100 ? -1 : 0;
  }
  for (let index = 0; index < total; index += 11) total -= index % 13 === 0 ? index : 1;
  return total;
}
`;

/** Faults to plant, per check: files with their text, and what the check's complaint must contain about them. */
const FAULTS = [
  { check: "format", files: { "crds/model/src/fault.ts": "export const   x = 1\n" }, says: ["fault.ts"] },
  {
    // The compiler boundaries among them: no platform in the model, nor in a core.
    check: "types",
    files: {
      "crds/model/src/fault.ts": 'export const x: number = "text";\nsetTimeout(() => {}, 1);\n',
      "operator/src/core/fault.ts": 'import "node:fs";\nprocess.exit(1);\n',
      "speaker-agent/src/core/fault.ts": "export const x = Buffer.from([]);\nconsole.log(x);\n",
    },
    says: ["TS2322", "setTimeout", "process", "Buffer", "console"],
  },
  {
    check: "lint",
    files: {
      "operator/src/shell/fault.ts":
        "export const now = (): number => Date.now();\nexport const chance = (): number => Math.random();\n" +
        "async function later(): Promise<void> {}\nexport function start(): void {\n  later();\n}\n" +
        "export const open = (value: any): unknown => value;\nexport const sure = (value?: string): string => value!;\n",
    },
    says: [
      "Take the time",
      "Take randomness",
      "no-floating-promises",
      "no-explicit-any",
      "no-non-null-assertion",
    ],
  },
  {
    check: "layers",
    files: {
      "operator/src/core/fault.ts": 'import "../ports/cluster-writer.ts";\n',
      "operator/src/shell/fault.ts":
        'import "../adapters/http/prometheus-metrics.ts";\nimport "@dot-i/k8s-operator";\n',
      "operator/src/adapters/fault.ts": 'import "../shell/queue/work-queue.ts";\n',
      "operator/src/fault.ts": 'import "../../speaker-agent/src/shell/flags.ts";\n',
      "speaker-agent/src/shell/fault.ts": 'import "netlink/dist/rt/structs.js";\n',
      "crds/client/src/fault.ts":
        'import { KubeConfig } from "@kubernetes/client-node";\nexport const x = new KubeConfig();\n',
      "crds/model/src/fault.ts": 'import "yaml";\nimport "./fault-too.ts";\nexport const a = 1;\n',
      "crds/model/src/fault-too.ts": 'import { a } from "./fault.ts";\nexport const b = a;\n',
      "e2e/suites/fault.ts": 'import "../../operator/src/main.ts";\n',
    },
    says: [
      "core-imports-only-model-and-core",
      "shell-names-no-adapter",
      "framework-in-one-file",
      "adapters-do-not-run-the-shell",
      "programs-are-strangers",
      "native-code-in-one-folder",
      "client-node-is-types-or-dynamic",
      "model-stands-alone",
      "no-circular",
      "e2e-drives-built-programs",
    ],
  },
  {
    check: "generated",
    files: { "crds/model/src/resources/generated/types.ts": "export type Fault = 1;\n" },
    says: ["types.ts"],
  },
  {
    check: "duplicates",
    files: { "operator/src/shell/fault.ts": twice, "speaker-agent/src/shell/fault.ts": twice },
    says: ["fault.ts"],
  },
];

/** Runs every proof; ends with 1 when a check kept silent about a fault. */
export function proveChecks() {
  const copy = join(root, ".cache", "prove-checks");
  copyTree(copy);
  const silent = FAULTS.flatMap((fault) => unnoticed(copy, fault));
  rmSync(copy, { recursive: true, force: true });
  for (const complaint of silent) process.stderr.write(`${complaint}\n`);
  if (silent.length > 0) process.exit(1);
  announce(`all ${FAULTS.flatMap((fault) => fault.says).length} planted faults were found`);
}

/** Plants the faults of one check, runs it, takes them out again; returns what it should have said and did not. */
function unnoticed(copy, { check, files, says }) {
  announce(`${check}: planting faults for ${says.join(", ")}`);
  const originals = Object.keys(files).map((file) => [
    file,
    existsSync(join(copy, file)) ? readFileSync(join(copy, file)) : undefined,
  ]);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(copy, file), text);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/check.mjs", check], {
    cwd: copy,
    encoding: "utf8",
  });
  for (const [file, original] of originals) {
    if (original === undefined) rmSync(join(copy, file));
    else writeFileSync(join(copy, file), original);
  }
  const output = `${stdout}${stderr}`;
  if (status === 0) return [`${check} passed in spite of its faults`];
  return says
    .filter((text) => !output.includes(text))
    .map((text) => `${check} failed, but said nothing of "${text}"`);
}

/** The files of the tree, ignored ones left out, the build information of the compiler, and links to the packages; our own workspaces stay relative. */
function copyTree(copy) {
  rmSync(copy, { recursive: true, force: true });
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const file of listed.stdout.split("\n").filter((name) => existsSync(join(root, name)) && name !== ""))
    cpSync(join(root, file), join(copy, file));
  mkdirSync(join(copy, "node_modules"), { recursive: true });
  for (const entry of readdirSync(join(root, "node_modules"))) {
    if (entry !== "@steelyard")
      symlinkSync(join(root, "node_modules", entry), join(copy, "node_modules", entry));
  }
  cpSync(join(root, "node_modules/@steelyard"), join(copy, "node_modules/@steelyard"), {
    recursive: true,
    verbatimSymlinks: true,
  });
}
