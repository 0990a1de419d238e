// `npm run test:nodes [-- 22 24]`: the whole suite once per Node release line, each from the npm package `node`.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { announce, root, run } from "./process.mjs";

const versions = process.argv.length > 2 ? process.argv.slice(2) : ["22", "24"];
const failed = versions.filter((version) => !passesOn(version));
if (failed.length > 0) process.stderr.write(`failed on Node ${failed.join(", ")}\n`);
process.exit(failed.length > 0 ? 1 : 0);

function passesOn(version) {
  const folder = installNode(version);
  announce(
    `npm test on ${spawnSync(join(folder, "node"), ["--version"], { encoding: "utf8" }).stdout.trim()}`,
  );
  const ended = spawnSync(join(folder, "node"), ["scripts/test.mjs"], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
  });
  return ended.status === 0;
}

/** Puts a Node into the project's cache and returns the folder of its binary. */
function installNode(version) {
  const home = join(root, ".cache", "nodes", version);
  const folder = join(home, "node_modules", "node", "bin");
  if (existsSync(join(folder, "node"))) return folder;
  announce(`installing Node ${version} (npm package node)`);
  mkdirSync(home, { recursive: true });
  // The package fetches its binary, another npm package, in an install script that npm wants named.
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
  run("npm", ["install", "--prefix", home, "--no-audit", "--no-fund", "--no-save", `node@${version}`], {
    quiet: true,
  });
  return folder;
}
