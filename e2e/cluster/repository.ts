import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository, found from the source tree as well as from a bundle in `dist/`. Throws outside of it. */
export function repositoryFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package-lock.json"))) return folder;
  }
  throw new Error(`no package-lock.json in ${start} or above it: this is not the repository`);
}

/** What MetalLB 0.16.2 installs: the same kinds, without what Steelyard adds to them. */
export function metallbCrds(): string {
  return join(repositoryCrds(), "model", "src", "resources", "testing");
}

/** The hand-written CustomResourceDefinitions. */
export function repositoryCrds(): string {
  return join(repositoryFolder(), "crds");
}
