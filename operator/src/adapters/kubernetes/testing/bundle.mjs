// node bundle.mjs <entry> <folder>: bundles a program as `npm run build` does, and prints what is loaded when it starts,
// one source per line. A process of its own: esbuild does not run inside jest's realm.

import { build } from "esbuild";
import { basename } from "node:path";
import { frameworkStandIns } from "../../../../../scripts/framework-stand-ins.mjs";

const [entry, outdir] = process.argv.slice(2);
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
const { metafile } = await build({
  entryPoints: [entry],
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  splitting: true,
  banner: { js: banner },
  plugins: [frameworkStandIns],
  metafile: true,
  logLevel: "warning",
});
const main = `${basename(entry, ".ts")}.mjs`;
const [, output] = Object.entries(metafile.outputs).find(([path]) => basename(path) === main) ?? [];
// What is shared with chunks that are loaded on demand is loaded with the program too, and what those import.
const loaded = new Set([output]);
for (const { imports } of loaded)
  for (const { kind, path } of imports)
    if (kind === "import-statement" && path in metafile.outputs) loaded.add(metafile.outputs[path]);
for (const { inputs } of loaded) process.stdout.write(`${Object.keys(inputs).join("\n")}\n`);
