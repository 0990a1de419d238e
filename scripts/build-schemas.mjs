// Builds e2e/peers/schemas once per minor version of Kubernetes into .cache/schemas/, for the suite that holds every rendered
// object of the chart against the types of each. `npm test` runs it before the cluster suites; without Go, or without the modules
// and a network to get them, those tests are skipped and say so.

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runGo } from "./go.mjs";
import { root } from "./process.mjs";

const module = join(root, "e2e", "peers", "schemas");
const folder = join(root, ".cache", "schemas");
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(module).filter((name) => /^kubernetes-.*\.mod$/.test(name))) {
  const name = file.replace(/\.mod$/, "");
  const flags = ["-trimpath", "-ldflags=-s -w", `-modfile=${file}`];
  runGo(name, ["-C", module, "build", ...flags, "-o", join(folder, name), "."]);
}
