// Builds the genuine programs of others that the suites talk to, from Go modules, into .cache/peers/: a node of
// hashicorp/memberlist. `npm test` runs it before the real-network suites; without Go, or without the modules and a network
// to get them, those suites are skipped and say so.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./process.mjs";

const PEERS = { "memberlist-node": "e2e/peers/memberlist" };

const folder = join(root, ".cache", "peers");
mkdirSync(folder, { recursive: true });
for (const [name, source] of Object.entries(PEERS)) {
  const args = ["-C", join(root, source), "build", "-trimpath", "-o", join(folder, name), "."];
  const { status, error, stderr } = spawnSync("go", args, {
    env: { ...process.env, CGO_ENABLED: "0" },
    encoding: "utf8",
  });
  if (status === 0) continue;
  process.stderr.write(`${name} could not be built: ${error?.message ?? stderr}\n`);
  process.exitCode = 1;
}
