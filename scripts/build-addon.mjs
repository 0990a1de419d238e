// `node scripts/build-addon.mjs [output]`: the native addon alone, without the bundles. By default it goes where the
// sources look for it, speaker-agent/native/build/.

import { relative, resolve } from "node:path";
import { AddonBuildError, buildAddon, developmentOutput } from "../speaker-agent/native/build.mjs";

const output = resolve(process.argv[2] ?? developmentOutput);
try {
  const compiled = await buildAddon(output);
  console.log(`${relative(process.cwd(), output)} ${compiled ? "built" : "is up to date"}`);
} catch (error) {
  if (!(error instanceof AddonBuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
