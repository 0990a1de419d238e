import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { whyNotRead } from "@steelyard/client/program";
import { err, ok, type Result } from "@steelyard/model/foundation";
import {
  type ParseOptions,
  parseAllDocuments,
  parseDocument,
  type DocumentOptions,
  type SchemaOptions,
  type Tags,
  type YAMLError,
} from "yaml";

/** One document of a file, parsed. */
export interface FileDocument {
  readonly source: string;
  readonly value: unknown;
}

/**
 * As kubectl reads: YAML 1.1, in which "no" is false, but without the numbers to base 60 and the dates of it, so that a
 * BGP community 64512:10 and a label 2026-11-30 stay texts.
 */
const asKubectl: ParseOptions & DocumentOptions & SchemaOptions = {
  version: "1.1",
  customTags: (tags: Tags) => tags.filter((tag) => typeof tag === "string" || !isTime(tag)),
};

function isTime({ format, tag }: { readonly format?: string; readonly tag: string }): boolean {
  return format === "TIME" || tag === "tag:yaml.org,2002:timestamp";
}

/** Stands for the standard input, as in other programs. */
const standardInput = "-";

/**
 * Reads all YAML or JSON documents of some files, in order; `-` is the standard input.
 *
 * @throws Error with one sentence that names the file and the place when one cannot be read
 */
export async function readDocuments(
  files: readonly string[],
  input: NodeJS.ReadableStream = process.stdin,
): Promise<readonly FileDocument[]> {
  const documents: FileDocument[] = [];
  for (const file of files) documents.push(...parseDocuments(await readSource(file, input), nameOf(file)));
  return documents;
}

function nameOf(file: string): string {
  return file === standardInput ? "standard input" : file;
}

async function readSource(file: string, input: NodeJS.ReadableStream): Promise<string> {
  if (file === standardInput) return text(input);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Error(`cannot read ${file}: ${whyNotRead(error)}`, { cause: error });
  }
}

function parseDocuments(content: string, source: string): readonly FileDocument[] {
  const documents = parseAllDocuments(content, asKubectl);
  if ("empty" in documents) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${source} is not YAML: ${firstLine(error)}`);
    try {
      return { source, value: document.toJS() as unknown };
    } catch (failure) {
      throw new Error(`${source} is not YAML: ${firstLine(failure as Error)}`, { cause: failure });
    }
  });
}

/** Reads a text that is one document of YAML; the error is one sentence. */
export function parseYaml(content: string): Result<unknown, string> {
  const document = parseDocument(content, asKubectl);
  const [error] = document.errors;
  if (error !== undefined) return err(firstLine(error));
  try {
    return ok(document.toJS() as unknown);
  } catch (failure) {
    return err(firstLine(failure as Error));
  }
}

/** The sentence says the line; what follows it is a picture of the place. */
function firstLine({ message }: YAMLError | Error): string {
  return (message.split("\n", 1)[0] ?? "").replace(/:$/, "");
}
