// `npm run images`: the stages of the images (stages.mjs) without a container engine, into .cache/images/<program>.
//
//   npm run images -- [--program operator|speaker-agent] [--arch amd64|arm64] [--folder FOLDER]
//   node images/build.mjs --program operator --stage bundle --folder FOLDER      one stage, as the Dockerfiles do
//
// SOURCE_DATE_EPOCH is the time of every file; that of the commit when it is not set.

import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { announce, root } from "../scripts/process.mjs";
import { ensurePackages, requireNode } from "../scripts/set-up.mjs";
import { imageConfiguration, sourceTime } from "./configuration.mjs";
import { rootDigest } from "./root-digest.mjs";
import { startUpMillis } from "./start-up.mjs";
import { architectures, lastStage, programs } from "./stages.mjs";
import { buildAddonTree } from "./stages/addon.mjs";
import { buildBundle } from "./stages/bundle.mjs";
import { unpackLibraries } from "./stages/libraries.mjs";
import { unpackNode } from "./stages/node.mjs";
import { assembleRoot, sbomPath } from "./stages/root.mjs";
import { StageError } from "./stages/stage-error.mjs";

const STAGES = {
  bundle: buildBundle,
  addon: buildAddonTree,
  node: unpackNode,
  libraries: unpackLibraries,
  root: assembleRoot,
};

requireNode();
const options = readOptions();
// A Dockerfile has installed them in a stage of its own.
if (options.stage === undefined) ensurePackages();
try {
  for (const program of options.programs) await build(program);
} catch (error) {
  if (!(error instanceof StageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      program: { type: "string" },
      stage: { type: "string" },
      arch: { type: "string" },
      folder: { type: "string" },
    },
  });
  const own = Object.keys(architectures).find((name) => architectures[name].node === process.arch);
  const architecture = oneOf("--arch", values.arch ?? own, Object.keys(architectures));
  const chosen = values.program && [oneOf("--program", values.program, Object.keys(programs))];
  return {
    programs: chosen ?? Object.keys(programs),
    stage: values.stage && oneOf("--stage", values.stage, Object.keys(STAGES)),
    architecture,
    isOwn: architecture === own,
    folder: resolve(
      values.folder ?? join(root, ".cache", "images", ...(architecture === own ? [] : [architecture])),
    ),
  };
}

function oneOf(flag, value, choices) {
  if (choices.includes(value)) return value;
  process.stderr.write(`${flag} wants one of ${choices.join(", ")}, not "${value}"\n`);
  process.exit(2);
}

async function build(program) {
  const { architecture, folder, stage } = options;
  const archives = join(root, ".cache", "images", "archives");
  // A single stage stays where it is; a whole build has only its end to show.
  const stages = stage === undefined ? join(folder, `${program}.stages`) : folder;
  const context = { program, architecture, archives, stages, sourceTime: sourceTime() };
  if (stage !== undefined) return doStage(stage, context);
  announce(`${program}, ${architecture}`);
  // When this build fails nothing old is left, which the suites would take for this one.
  const target = join(folder, program);
  for (const path of [stages, target, `${target}.json`, `${target}.spdx.json`])
    rmSync(path, { recursive: true, force: true });
  for (const name of [...programs[program].stages, lastStage]) await doStage(name, context);
  renameSync(join(stages, lastStage), target);
  rmSync(stages, { recursive: true });
  report(program, target);
}

async function doStage(name, context) {
  const tree = join(context.stages, name);
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  await STAGES[name](tree, context);
}

/** Says what came out, and writes it beside the directory for whoever runs programs out of it (e2e/topology/image.ts). */
function report(program, target) {
  const { digest, bytes, capabilities } = rootDigest(target);
  const startMillis = options.isOwn ? startUpMillis(target, programs[program].entrypoint) : undefined;
  const configuration = {
    ...imageConfiguration(program),
    architecture: options.architecture,
    digest,
    capabilities,
  };
  writeFileSync(`${target}.json`, `${JSON.stringify(configuration, null, 2)}\n`);
  copyFileSync(join(target, sbomPath), `${target}.spdx.json`);
  const start = startMillis === undefined ? "not started here" : `starts in ${startMillis} ms`;
  announce(`  ${(bytes / 1e6).toFixed(1)} MB, ${start}, ${digest}`);
  if (programs[program].fileCapabilities.length > 0 && capabilities.length === 0)
    announce("  without file capabilities, which only root can write (and setcap, of libcap2-bin)");
}
