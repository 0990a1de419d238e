// Debian's packages as archives to look into: fetched by apt-get, unpacked by dpkg-deb, never installed.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** Runs a program of apt's or dpkg's; gives a reason when it failed. `cwd` is where apt-get download puts things. */
export function attempt(program, args, { cwd } = {}) {
  const { status, error, stderr } = spawnSync(program, args, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    ...(cwd === undefined ? {} : { cwd }),
  });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/**
 * `apt-get ...args`, and once more with fresh lists when that failed: an old list names versions that are no longer there,
 * and a new machine has no list at all. Gives a reason when it failed twice. `options` hold for the update too.
 */
export function aptGet(args, { options = [], cwd } = {}) {
  // Downloading drops root's rights for a user who could not write into our folders.
  const shared = ["-qq", "-o", "Debug::NoLocking=true", "-o", "APT::Sandbox::User=", ...options];
  const run = (words) => attempt("apt-get", [...shared, ...words], { cwd });
  const failed = run(args);
  if (failed === undefined) return undefined;
  return run(["update"]) === undefined ? run(args) : failed;
}

/** Unpacks one archive into `folder`; gives a reason when it failed. */
export function unpackArchive(archive, folder) {
  mkdirSync(folder, { recursive: true });
  return attempt("dpkg-deb", ["-x", archive, folder]);
}
