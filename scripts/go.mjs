// Building programs of Go, for the scripts that make what the suites run beside our own.

import { spawnSync } from "node:child_process";

/** Runs go at low priority; a failure is told on standard error and in this process's exit status. Returns whether it went well. */
export function runGo(name, args, environment = {}) {
  const { status, error, stderr } = spawnSync("nice", ["-n", "10", "go", ...args], {
    env: { ...process.env, CGO_ENABLED: "0", ...environment },
    encoding: "utf8",
  });
  if (status === 0) return true;
  process.stderr.write(`${name} could not be built: ${error?.message ?? stderr}\n`);
  process.exitCode = 1;
  return false;
}
