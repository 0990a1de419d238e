import type { SteelyardAddon } from "../../../native/addon.d.ts";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const FILE = "steelyard.node";

/** Where this file lies when the agent runs from its sources and not from a bundle. */
const SOURCE_PLACE = "/src/adapters/linux/addon.ts";

/**
 * Loads the native addon: from beside the program (`program` is the `import.meta.url` of its entry), else, in a source
 * tree, from `native/build/`. Throws an Error whose message is one sentence for the person who started the program.
 */
export function loadAddon(program: string): SteelyardAddon {
  const places = [new URL(`./${FILE}`, program), ...developmentPlace()].map((url) => fileURLToPath(url));
  const file = places.find((place) => existsSync(place));
  if (file === undefined) {
    throw new Error(
      `The native addon ${FILE} is missing: looked for ${places.join(" and ")}; run \`npm run build\`.`,
    );
  }
  try {
    return createRequire(import.meta.url)(file) as SteelyardAddon;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The native addon ${file} cannot be loaded: ${why.trim()}.`, { cause });
  }
}

function developmentPlace(): URL[] {
  const here = import.meta.url;
  return here.endsWith(SOURCE_PLACE) ? [new URL(`../../../native/build/${FILE}`, here)] : [];
}
