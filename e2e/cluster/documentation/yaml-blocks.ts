import { parseAllDocuments } from "yaml";
import { isObject, type JsonObject } from "../json.ts";
import { type CodeBlock, codeBlocksOf, readPages } from "./pages.ts";

export interface YamlBlock {
  /** `docs/bgp.md:12`. */
  readonly place: string;
  readonly documents: readonly JsonObject[];
}

/** Configuration of other programs, which neither our API server nor our chart can judge: it is only parsed. */
const foreign = ["k3s", "talos", "kube-proxy", "prometheus"];

/** What the API server is to take: every block of which all documents have a kind. */
export function objectBlocks(): readonly YamlBlock[] {
  return ownBlocks().filter(({ documents }) => documents.every(isKubernetesObject));
}

/** What Helm is to take: every other one. A block in which only one document has a kind is a slip, and fails here. */
export function valuesBlocks(): readonly YamlBlock[] {
  return ownBlocks().filter(({ documents }) => !documents.every(isKubernetesObject));
}

export function foreignBlocks(): readonly YamlBlock[] {
  return yamlBlocks().filter(isForeign).map(parse);
}

function ownBlocks(): readonly YamlBlock[] {
  return yamlBlocks()
    .filter((block) => !isForeign(block))
    .map(parse);
}

/** Design notes and decisions show what was thought of, and not what to apply. */
function yamlBlocks(): readonly CodeBlock[] {
  return readPages()
    .filter(({ file }) => !/^docs\/(adr|design)\//.test(file))
    .flatMap(codeBlocksOf)
    .filter(({ info }) => /^ya?ml\b/.test(info));
}

function isForeign({ info }: CodeBlock): boolean {
  return foreign.includes(info.split(" ")[1] ?? "");
}

function parse({ file, line, info, code }: CodeBlock): YamlBlock {
  const place = `${file}:${line}`;
  if (!/^yaml( \w|$)/.test(info) || (info !== "yaml" && !foreign.includes(info.slice(5))))
    throw new Error(`${place}: "${info}" is neither "yaml" nor one of: ${foreign.join(", ")}`);
  const documents = parseAllDocuments(code).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${place}: ${problem.message}`);
    const value: unknown = document.toJS();
    if (!isObject(value)) throw new Error(`${place}: there is a document that is no mapping`);
    return value;
  });
  return { place, documents };
}

function isKubernetesObject(document: JsonObject): boolean {
  return typeof document["apiVersion"] === "string" && typeof document["kind"] === "string";
}
