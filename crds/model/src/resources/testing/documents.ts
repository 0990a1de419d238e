import { readdirSync, readFileSync } from "node:fs";
import { parse, parseAllDocuments } from "yaml";
import { repositoryPath } from "./repository.ts";
import { type SampleDocument } from "./samples.ts";

/** The pages of docs/ that show objects, as `readYamlBlocks` takes them; design notes and decisions are not among them. */
export function readPageNames(): readonly string[] {
  return readdirSync(repositoryPath("docs"), { recursive: true, encoding: "utf8" })
    .filter((page) => page.endsWith(".md") && !/^(adr|design)\//.test(page))
    .sort();
}

/** The YAML blocks of a page of docs/, in its order; one entry per block. */
export function readYamlBlocks(page: string): readonly (readonly SampleDocument[])[] {
  const text = readFileSync(repositoryPath(`docs/${page}`), "utf8");
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = ""]) =>
    parseAllDocuments(block).map((document) => document.toJS() as SampleDocument),
  );
}

/** An object that a page shows as a mistake, with what it says of itself. */
export interface DocumentedMistake {
  readonly kind: string;
  readonly spec: SampleDocument["spec"];
  /** `path: message`. */
  readonly message: string;
}

/** The rows of the tables of a page whose cells are a kind, a spec in code and a message in code. */
export function readMistakes(page: string): readonly DocumentedMistake[] {
  const text = readFileSync(repositoryPath(`docs/${page}`), "utf8");
  return [...text.matchAll(/^\| (\w+) +\| `(\{.*?\})` +\| `(.*?)` +\|$/gm)].map(
    ([, kind = "", spec = "", message = ""]) => ({
      kind,
      spec: parse(spec) as SampleDocument["spec"],
      message,
    }),
  );
}
