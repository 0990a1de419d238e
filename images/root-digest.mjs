// What a root directory is, in one line: the same for two builds that made the same.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * The digest over the paths, kinds, modes, contents and file capabilities below `tree`; how many bytes the files have; and
 * the file capabilities, as getcap(8) prints them.
 */
export function rootDigest(tree) {
  const entries = walk(tree);
  const capabilities = fileCapabilities(tree);
  const hash = createHash("sha256");
  let bytes = 0;
  for (const { path, name, kind, mode, size } of entries) {
    const content = kind === "file" ? digest(path) : kind === "link" ? readlinkSync(path) : "";
    if (kind === "file") bytes += size;
    hash.update(`${kind} ${kind === "link" ? "" : mode.toString(8)} ${name} ${content}\n`);
  }
  hash.update(capabilities.join("\n"));
  return { digest: `sha256:${hash.digest("hex")}`, bytes, capabilities };
}

/** Everything below `tree`, each folder before what is in it, in an order of its own. */
export function walk(tree, name = ".") {
  const path = join(tree, name);
  const stat = lstatSync(path);
  const kind = stat.isDirectory() ? "folder" : stat.isSymbolicLink() ? "link" : "file";
  const own = { path, name, kind, mode: stat.mode & 0o7777, size: stat.size };
  if (kind !== "folder") return [own];
  const below = readdirSync(path).sort();
  return [own, ...below.flatMap((child) => walk(tree, name === "." ? child : `${name}/${child}`))];
}

function digest(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function fileCapabilities(tree) {
  const { stdout } = spawnSync("getcap", ["-r", "."], { cwd: tree, encoding: "utf8" });
  return (stdout ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}
