// `npm run generate`: types and validators of the custom resources, from crds/*.yaml; what of the Helm chart follows from them and
// from its values.
// `--check` writes nothing and fails when the committed files are not what would be written.
// `--root <folder>` works on another copy of the tree.

import { parseArgs } from "node:util";
import { findDrift, renderOutputs, writeOutputs } from "./generate/outputs.mjs";
import { root as repository } from "./process.mjs";

const { values } = parseArgs({
  options: { check: { type: "boolean", default: false }, root: { type: "string" } },
});
const root = values.root ?? repository;

try {
  const outputs = await renderOutputs(root);
  if (values.check) check(outputs);
  else write(outputs);
} catch (error) {
  fail(error.message);
}

function write(outputs) {
  writeOutputs(root, outputs);
  console.log(`generate: ${outputs.size} files written`);
}

function check(outputs) {
  const drift = findDrift(root, outputs);
  if (drift.length > 0) fail(`run "npm run generate" and commit the result:\n  ${drift.join("\n  ")}`);
}

function fail(sentence) {
  console.error(`generate: ${sentence}`);
  process.exitCode = 1;
}
