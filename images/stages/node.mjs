// Stage `node`: the program node, as its project published it.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../../scripts/debian-packages.mjs";
import { node } from "../stages.mjs";
import { need, StageError } from "./stage-error.mjs";

export function unpackNode(tree, { architecture, archives }) {
  const { name, integrity } = node.packages[architecture];
  const archive = join(archives, `${name}-${node.version}.tgz`);
  if (!existsSync(archive)) {
    mkdirSync(archives, { recursive: true });
    const where = ["--pack-destination", archives, "--silent"];
    need(`${name} could not be had`, attempt("npm", ["pack", `${name}@${node.version}`, ...where]));
  }
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (found !== integrity) throw new StageError(`${archive} is not the archive that images/stages.mjs names`);
  unpack(archive, tree);
}

function unpack(archive, tree) {
  const doc = join(tree, "usr/share/doc/node");
  for (const folder of [join(tree, "usr"), doc]) mkdirSync(folder, { recursive: true });
  const members = ["package/bin/node", "package/LICENSE"];
  need(
    "node could not be unpacked",
    attempt("tar", ["-xzf", archive, "-C", join(tree, "usr"), "--strip-components=1", ...members]),
  );
  renameSync(join(tree, "usr/LICENSE"), join(doc, "copyright"));
}
