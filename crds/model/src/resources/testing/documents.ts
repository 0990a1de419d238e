import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { repositoryPath } from "./repository.ts";
import { type SampleDocument } from "./samples.ts";

/** The YAML blocks of a page of docs/, in its order; one entry per block. */
export function readYamlBlocks(page: string): readonly (readonly SampleDocument[])[] {
  const text = readFileSync(repositoryPath(`docs/${page}`), "utf8");
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = ""]) =>
    parseAllDocuments(block).map((document) => document.toJS() as SampleDocument),
  );
}
