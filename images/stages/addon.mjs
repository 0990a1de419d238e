// Stage `addon`: the native addon, beside the agent's bundle, where the loader looks for it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AddonBuildError, buildAddon } from "../../speaker-agent/native/build.mjs";
import { architectures, debian } from "../stages.mjs";
import { need, StageError } from "./stage-error.mjs";

export async function buildAddonTree(tree, { architecture }) {
  const output = join(tree, "steelyard", "steelyard.node");
  const { node, triplet } = architectures[architecture];
  // For another processor: Debian's gcc-aarch64-linux-gnu, or gcc-x86-64-linux-gnu.
  const prefix = node === process.arch ? "" : `${triplet}-`;
  if (prefix !== "") process.env.CC ??= `${prefix}gcc`;
  try {
    await buildAddon(output);
  } catch (error) {
    throw error instanceof AddonBuildError ? new StageError(error.message) : error;
  }
  strip(`${prefix}strip`, output);
  const newest = newestGlibc(readFileSync(output, "latin1"));
  if (compareVersions(newest, debian.glibc) > 0)
    throw new StageError(
      `The addon was built against glibc ${newest}, and the image has ${debian.glibc}: build on Debian ${debian.version}, or in the Dockerfile.`,
    );
}

function strip(program, file) {
  const { status, error, stderr } = spawnSync(program, ["--strip-unneeded", file], { encoding: "utf8" });
  need("the addon could not be stripped", status === 0 ? undefined : (error?.message ?? stderr.trim()));
}

/** The newest version of the C library whose symbols a binary asks for. */
export function newestGlibc(binary) {
  const versions = [...binary.matchAll(/GLIBC_(\d+(?:\.\d+)+)/g)].map(([, version]) => version);
  return versions.sort(compareVersions).at(-1) ?? "0";
}

function compareVersions(one, other) {
  return one.localeCompare(other, "en", { numeric: true });
}
