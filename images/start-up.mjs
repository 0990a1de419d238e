// How long a program of an image takes to start, out of its root directory.

import { spawnSync } from "node:child_process";

const RUNS = 5;

/** Milliseconds to the end of `--help`, the median of five; undefined where nothing can be started in another root. */
export function startUpMillis(tree, entrypoint) {
  // An ordinary user can change the root only as root of a user namespace.
  const prefix = process.getuid?.() === 0 ? [] : ["unshare", "--user", "--map-root-user"];
  const [program, ...args] = [...prefix, "chroot", tree, ...entrypoint, "--help"];
  const times = Array.from({ length: RUNS }, () => millisOf(program, args));
  return times.includes(undefined) ? undefined : times.sort((one, other) => one - other)[(RUNS - 1) / 2];
}

function millisOf(program, args) {
  const before = process.hrtime.bigint();
  const { status } = spawnSync(program, args, { stdio: "ignore", env: { PATH: process.env.PATH } });
  return status === 0 ? Number((process.hrtime.bigint() - before) / 1_000_000n) : undefined;
}
