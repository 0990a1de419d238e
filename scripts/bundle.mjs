// How our programs become one ESM file each: the same for dist/ (scripts/build.mjs) and for the images (images/build.mjs), so
// that the suites run what users get.

import { build } from "esbuild";
import { join } from "node:path";
import { frameworkStandIns } from "./framework-stand-ins.mjs";
import { root } from "./process.mjs";

// CommonJS dependencies keep calling require() for Node's own modules; an ESM bundle has to give them one.
const banner = {
  js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
};

/**
 * Bundles `entries` (name → source, from the repository's top) into `outdir`/<name>.mjs and chunks/. Gives esbuild's
 * metafile: which sources are in. Rejects after esbuild has printed what is wrong.
 */
export async function bundle(entries, outdir, { sourcemap = true } = {}) {
  const { metafile } = await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [name, join(root, entry)]),
    ),
    // The bundle names its sources from here: where the repository lies must not show in it.
    absWorkingDir: root,
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    // What is only imported dynamically (client-node's KubeConfig, 60 MB once loaded) becomes a chunk of its own.
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    sourcemap,
    metafile: true,
    banner,
    plugins: [frameworkStandIns],
    legalComments: "none",
    logLevel: "warning",
  });
  return metafile;
}
