// Which npm packages a bundle really holds, as the lock file knows them.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/process.mjs";

/**
 * The packages of which esbuild took at least one file: name, version, licence, digest and the texts of their licences,
 * sorted. `inputs` are paths from the repository's top, as in esbuild's metafile.
 */
export function bundledPackages(inputs) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const places = [...new Set(inputs.map(placeOf).filter((place) => place !== undefined))].sort();
  return places.map((place) => describe(place, lock[place]));
}

/** node_modules/a/node_modules/@b/c/lib/d.js is of the package at node_modules/a/node_modules/@b/c. */
export function placeOf(input) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
}

function describe(place, locked) {
  if (locked === undefined) throw new Error(`${place} is in the bundle and not in package-lock.json`);
  const { name, license } = JSON.parse(readFileSync(join(root, place, "package.json"), "utf8"));
  return {
    name,
    version: locked.version,
    license: locked.license ?? license,
    integrity: locked.integrity,
    licenseTexts: licenseTexts(join(root, place)),
  };
}

function licenseTexts(folder) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
  return names.sort().map((name) => readFileSync(join(folder, name), "utf8"));
}
