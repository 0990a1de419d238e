// `npm run build`: one ESM file per program into dist/, the native addon and the tools of the network suites beside them.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildAddon } from "../speaker-agent/native/build.mjs";
import { bundle } from "./bundle.mjs";
import { root, run } from "./process.mjs";

/** dist/<name>.mjs ← its entry. */
const PROGRAMS = {
  operator: "operator/src/main.ts",
  "speaker-agent": "speaker-agent/src/main.ts",
  "netio-worker": "speaker-agent/src/netio-worker.ts",
  "api-server": "e2e/cluster/main.ts",
  "gossip-node": "speaker-agent/src/testing/gossip-node.ts",
  "bfd-node": "speaker-agent/src/testing/bfd-node.ts",
  demo: "e2e/demo/main.ts",
  bench: "e2e/bench/main.ts",
  "capture-bgp": "e2e/captures/main.ts",
  "raw-patches": "operator/bench/raw-patches.ts",
  "allocator-bench": "operator/bench/allocator.ts",
  "scale-bench": "speaker-agent/bench/scale.ts",
};

const dist = join(root, "dist");

mkdirSync(dist, { recursive: true });
// Their names carry a hash: what an earlier build left would stay for ever.
rmSync(join(dist, "chunks"), { recursive: true, force: true });
const entries = Object.fromEntries(
  Object.entries(PROGRAMS).filter(([, entry]) => existsSync(join(root, entry))),
);
// esbuild has printed what is wrong, with the place; a stack trace of the bundler adds nothing.
await bundle(entries, dist).catch(() => process.exit(1));

if (process.platform === "linux") {
  await buildAddon(join(dist, "steelyard.node"));
  for (const tool of ["neighbour-probe", "pod-process", "thread-pause", "web-probe"]) {
    const flags = ["-O2", "-Wall", "-Wextra", "-Werror"];
    run(process.env.CC ?? "cc", [...flags, "-o", join(dist, tool), join(root, `e2e/tools/${tool}.c`)]);
  }
}
