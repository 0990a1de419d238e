// Running one of the built programs that make networks: set-up, build, then the program in a network of its own.

import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { announce, root, run } from "./process.mjs";
import { ensurePackages, ensureSystemPrograms, namespaceAccess, requireNode } from "./set-up.mjs";

/** Runs dist/<name>.mjs with this process's arguments and ends with its exit code. */
export function runSandboxed(name) {
  requireNode();
  ensurePackages();
  const missing = ensureSystemPrograms();
  if (missing !== undefined) stop(missing);
  const access = namespaceAccess();
  if (access.how === "none")
    stop(`npm run ${name} builds a network of its own, and cannot here: ${access.because}`);
  announce("building (npm run build)");
  run(process.execPath, ["scripts/build.mjs"], { quiet: true });

  const [unshare, ...prefix] = access.prefix;
  const args = [...prefix, process.execPath, join(root, `dist/${name}.mjs`), ...process.argv.slice(2)];
  const ended = spawnSync(unshare, args, {
    stdio: "inherit",
    env: { ...process.env, STEELYARD_OUTER_NET: readlinkSync("/proc/self/ns/net") },
  });
  process.exit(ended.status ?? 1);
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
