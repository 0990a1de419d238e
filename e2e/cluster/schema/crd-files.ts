import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { isObject, type JsonObject } from "../json.ts";

/** All CustomResourceDefinitions in the YAML files of a folder. Throws when there is none: a wrong path must be noticed. */
export async function readCrdFiles(folder: string): Promise<readonly JsonObject[]> {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  const documents = await Promise.all(names.map((name) => readDocuments(join(folder, name))));
  const crds = documents.flat().filter((document) => document["kind"] === "CustomResourceDefinition");
  if (crds.length === 0) throw new Error(`${folder} holds no CustomResourceDefinition`);
  return crds;
}

async function readDocuments(file: string): Promise<readonly JsonObject[]> {
  const documents = parseAllDocuments(await readFile(file, "utf8"));
  return [...documents]
    .map((document) => {
      const problem = document.errors[0];
      if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
      return document.toJS() as unknown;
    })
    .filter((value): value is JsonObject => isObject(value));
}
