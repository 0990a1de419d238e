// Stage `root`: one directory of what the stages made, with accounts, licences and the bill of materials; every owner, mode
// and time set, so that the same sources give the same image.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  cpSync,
  lchownSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../scripts/process.mjs";
import { packageVersion, timestamp } from "../configuration.mjs";
import { walk } from "../root-digest.mjs";
import { softwareBill } from "../sbom.mjs";
import { programs, user } from "../stages.mjs";
import { packageListPath } from "./bundle.mjs";
import { need } from "./stage-error.mjs";

const docFolder = "usr/share/doc/steelyard";
export const sbomPath = `${docFolder}/sbom.spdx.json`;

const ACCOUNTS = {
  "etc/passwd": `root:x:0:0:root:/:/sbin/nologin\nnobody:x:${user}:${user}:nobody:/:/sbin/nologin\n`,
  "etc/group": `root:x:0:\nnobody:x:${user}:\n`,
  "etc/nsswitch.conf": "hosts: files dns\n",
};

export function assembleRoot(tree, context) {
  const { program, stages } = context;
  for (const stage of programs[program].stages)
    cpSync(join(stages, stage), tree, {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    });
  for (const [path, content] of Object.entries(ACCOUNTS)) write(tree, path, content);
  const packages = JSON.parse(readFileSync(packageListPath(context), "utf8"));
  copyFileSync(join(root, "LICENSE"), prepare(tree, `${docFolder}/copyright`));
  write(tree, `${docFolder}/THIRD-PARTY-LICENSES`, licenses(packages));
  const bill = softwareBill(program, {
    ...context,
    version: packageVersion(),
    created: timestamp(context.sourceTime),
    packages,
  });
  write(tree, sbomPath, `${JSON.stringify(bill, null, 2)}\n`);
  settle(tree, context.sourceTime);
  allow(join(tree, "usr/bin/node"), programs[program].fileCapabilities, context.sourceTime);
}

function prepare(tree, path) {
  const target = join(tree, path);
  mkdirSync(dirname(target), { recursive: true });
  return target;
}

function write(tree, path, content) {
  writeFileSync(prepare(tree, path), content);
}

function licenses(packages) {
  return packages
    .map(({ name, version, license, licenseTexts }) =>
      [`==== ${name} ${version} (${license ?? "no licence named"})`, ...licenseTexts].join("\n\n"),
    )
    .join("\n\n");
}

/** Owner root, so that the program's user can change nothing; modes that do not depend on the builder's umask. */
function settle(tree, sourceTime) {
  const isRoot = process.getuid?.() === 0;
  // Folders after what is in them: a new entry would give them a new time.
  for (const entry of walk(tree).reverse()) {
    if (entry.kind !== "link") chmodSync(entry.path, modeOf(entry));
    if (isRoot) (entry.kind === "link" ? lchownSync : chownSync)(entry.path, 0, 0);
    lutimesSync(entry.path, sourceTime, sourceTime);
  }
}

function modeOf({ kind, name }) {
  return kind === "folder" || name === "usr/bin/node" || /\/ld-linux[^/]*$/.test(name) ? 0o755 : 0o644;
}

/** Only root can: an ordinary builder gets a directory without, and is told so at the end (build.mjs). */
function allow(file, capabilities, sourceTime) {
  if (capabilities.length === 0 || process.getuid?.() !== 0) return;
  const { status, error, stderr } = spawnSync("setcap", [`${capabilities.join()}=ep`, file], {
    encoding: "utf8",
  });
  need(
    "file capabilities could not be written",
    status === 0 ? undefined : (error?.message ?? stderr.trim()),
  );
  lutimesSync(file, sourceTime, sourceTime);
}
