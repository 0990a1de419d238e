import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { repositoryFolder } from "../cluster/repository.ts";

/** The repository's top folder, found from the source tree as well as from a bundle in dist/. */
export const repository = repositoryFolder();

/** Where `npm run build` puts the programs. */
export const distFolder = pathToFileURL(`${join(repository, "dist")}/`);

export function builtProgram(name: string): string {
  const path = fileURLToPath(new URL(name, distFolder));
  if (!existsSync(path)) throw new Error(`dist/${name} is not there: run npm run build first`);
  return path;
}
