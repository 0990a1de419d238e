import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { repositoryPath } from "./repository.ts";

/** One file of crds/samples. */
export interface Sample {
  /** `ipaddresspools/home.yaml` */
  readonly file: string;
  readonly documents: readonly SampleDocument[];
  /** What the leading comment of an invalid sample says; undefined if it says nothing. */
  readonly expectation: Expectation | undefined;
}

export interface SampleDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec?: object;
}

/** `# expect: <path>: <part of the message>`; with `expect-parse` the schema is content and the parser is not. */
export interface Expectation {
  readonly refusedBy: "schema" | "parser";
  readonly path: string;
  readonly message: string;
}

const EXPECTATION = /^# (expect|expect-parse): (\S+): (.+)$/;

/** All samples of one sort, sorted by file. */
export function readSamples(sort: "valid" | "invalid"): readonly Sample[] {
  const directory = repositoryPath(`crds/samples/${sort}`);
  return readdirSync(directory)
    .sort()
    .flatMap((kind) =>
      readdirSync(join(directory, kind))
        .sort()
        .map((file) => readSample(directory, `${kind}/${file}`)),
    );
}

function readSample(directory: string, file: string): Sample {
  const text = readFileSync(join(directory, file), "utf8");
  const documents = parseAllDocuments(text).map((document) => document.toJS() as SampleDocument);
  return { file, documents, expectation: parseExpectation(text.split("\n")[0] ?? "") };
}

function parseExpectation(line: string): Expectation | undefined {
  const [, sort, path = "", message = ""] = EXPECTATION.exec(line) ?? [];
  return sort === undefined
    ? undefined
    : { refusedBy: sort === "expect" ? "schema" : "parser", path, message };
}
