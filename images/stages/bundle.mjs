// Stage `bundle`: the program as `npm run build` bundles it, and beside its tree the list of packages that are really in.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../scripts/bundle.mjs";
import { bundledPackages } from "../bundled-packages.mjs";
import { programs } from "../stages.mjs";
import { StageError } from "./stage-error.mjs";

/** Where the root stage finds which packages are in. */
export function packageListPath({ stages }) {
  return join(stages, "bundle.packages.json");
}

export async function buildBundle(tree, context) {
  const { entries } = programs[context.program];
  // Source maps are for who has the sources.
  const metafile = await bundle(entries, join(tree, "steelyard"), { sourcemap: false }).catch(() => {
    throw new StageError(`${context.program} could not be bundled`);
  });
  writeFileSync(packageListPath(context), JSON.stringify(bundledPackages(sourcesIn(metafile))));
}

/** Sources of which something is left: of many, esbuild takes nothing in the end. */
function sourcesIn({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([source]) => source);
}
