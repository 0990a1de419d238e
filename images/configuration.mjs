// What an image says of itself: who runs what in it, and its labels.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/process.mjs";
import { labels, programs, user } from "./stages.mjs";

/** Seconds since 1970 that every file of the image carries: SOURCE_DATE_EPOCH, else the commit's time, else 0. */
export function sourceTime() {
  return Number(process.env.SOURCE_DATE_EPOCH ?? (git(["log", "-1", "--format=%ct"]) || "0"));
}

/** @returns {string} */
export function packageVersion() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}

/** ISO 8601, to the second, as SPDX and OCI want it. */
export function timestamp(seconds) {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** As the configuration of the OCI image has it. */
export function imageConfiguration(program) {
  const revision = process.env.REVISION ?? git(["rev-parse", "HEAD"]);
  return {
    user: `${user}:${user}`,
    entrypoint: programs[program].entrypoint,
    workingDirectory: "/",
    labels: labels(program, { version: packageVersion(), revision, created: timestamp(sourceTime()) }),
  };
}

function git(args) {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
