// Running programs from the verbs of package.json, with the output a person wants: one line for what takes long, the
// whole output only when something failed.

import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's top folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** One line about what is being done now. */
export function announce(text) {
  process.stdout.write(`» ${text}\n`);
}

/**
 * Runs a program and waits. A failure ends this process with its output, unless `allowFailure`.
 * `quiet` keeps the output back until it is needed. Returns the exit status.
 */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    env: options.env ?? process.env,
    stdio: options.quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  const status = result.status ?? 1;
  if (status !== 0 && !options.allowFailure) {
    process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
    process.stderr.write(
      `${program} ${args.join(" ")} ${result.error ? `could not run: ${result.error.message}` : `ended with ${status}`}\n`,
    );
    process.exit(status);
  }
  return status;
}
