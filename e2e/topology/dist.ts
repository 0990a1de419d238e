import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The repository's top folder, found from the source tree as well as from a bundle in dist/. */
export const repository = findRepository(dirname(fileURLToPath(import.meta.url)));

/** Where `npm run build` puts the programs. */
export const distFolder = pathToFileURL(`${join(repository, "dist")}/`);

export function builtProgram(name: string): string {
  const path = fileURLToPath(new URL(name, distFolder));
  if (!existsSync(path)) throw new Error(`dist/${name} is not there: run npm run build first`);
  return path;
}

function findRepository(folder: string): string {
  if (existsSync(join(folder, "package-lock.json"))) return folder;
  if (dirname(folder) === folder)
    throw new Error("the repository's top folder (package-lock.json) was not found");
  return findRepository(dirname(folder));
}
