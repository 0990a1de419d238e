// Stage `libraries`: of Debian's packages the few files that node loads, and their licences.

import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { aptGet, unpackArchive } from "../../scripts/debian-packages.mjs";
import { architectures, debian } from "../stages.mjs";
import { need, StageError } from "./stage-error.mjs";

export function unpackLibraries(tree, { architecture, archives }) {
  const { triplet, loader, interpreter } = architectures[architecture];
  const unpacked = `${tree}.unpacked`;
  rmSync(unpacked, { recursive: true, force: true });
  for (const archive of downloadPackages(architecture, archives))
    need(`${archive} could not be unpacked`, unpackArchive(archive, unpacked));
  for (const file of debian.packages.flatMap(({ files }) => files)) {
    const path = file.replace("{lib}", `lib/${triplet}`).replace("{loader}", loader);
    copy(unpacked, tree, path, path);
  }
  for (const { name } of debian.packages) {
    const path = `usr/share/doc/${name}/copyright`;
    copy(unpacked, tree, path, path);
  }
  rmSync(unpacked, { recursive: true });
  linkInterpreter(tree, { triplet, loader, interpreter });
}

/** Where node looks for the program that loads it. */
function linkInterpreter(tree, { triplet, loader, interpreter }) {
  const link = join(tree, interpreter);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), join(tree, "lib", triplet, loader)), link);
}

/** A library's name is a link to its version; node asks for the name. */
function copy(from, to, source, target) {
  mkdirSync(dirname(join(to, target)), { recursive: true });
  cpSync(realpathSync(join(from, source)), join(to, target));
}

/** Gives the paths of the archives, each checked against its digest. Throws StageError. */
function downloadPackages(architecture, archives) {
  const paths = debian.packages.map(({ name, version }) =>
    join(archives, `${name}_${version}_${architecture}.deb`),
  );
  const missing = debian.packages.filter((_, index) => !existsSync(paths[index]));
  if (missing.length > 0) download(missing, architecture, archives);
  for (const [index, path] of paths.entries()) {
    const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
    if (digest !== debian.packages[index].sha256[architecture])
      throw new StageError(`${path} is not the archive that images/stages.mjs names`);
  }
  return paths;
}

/**
 * With sources and lists of its own: of the release that the list names, for either architecture, whatever this machine runs.
 * Trusted unsigned, because every archive is checked against a digest in the list.
 */
function download(packages, architecture, archives) {
  const apt = join(archives, `apt-${architecture}`);
  for (const folder of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(apt, folder), { recursive: true });
  writeFileSync(join(apt, "sources.list"), sources());
  const settings = {
    "APT::Architecture": architecture,
    "APT::Architectures": architecture,
    "Dir::Etc::sourcelist": join(apt, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(apt, "lists"),
    "Dir::State::status": "/dev/null",
    "Dir::Cache": join(apt, "cache"),
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const names = packages.map(({ name, version }) => `${name}=${version}`);
  need(`${names.join(", ")} could not be had`, aptGet(["download", ...names], { options, cwd: archives }));
  rmSync(apt, { recursive: true });
}

function sources() {
  const mirror = process.env.STEELYARD_DEBIAN_MIRROR ?? "http://deb.debian.org/debian";
  return ["", "-updates"]
    .map((suffix) => `deb [trusted=yes] ${mirror} ${debian.release}${suffix} main\n`)
    .join("");
}
