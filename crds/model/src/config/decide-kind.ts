import { compareTexts } from "../foundation/index.ts";
import { type DraftSource } from "./drafts.ts";
import { type Finding } from "./findings.ts";
import { readKind, type ReadKindOptions } from "./read-kind.ts";
import { PairwiseTerritory, settle, type Territory } from "./settle.ts";
import { type ConfigProblem, type ObjectVerdict } from "./types.ts";

export interface DecideKindOptions<T> extends ReadKindOptions<T> {
  /** Where objects of the kind can contradict each other. */
  readonly newTerritory?: () => Territory<T>;
}

/** All objects of one kind, and what of them is in force. */
export interface DecidedKind<T> {
  /** By name; in the order of names. */
  readonly inForce: ReadonlyMap<string, T>;
  /** The objects whose present form is not in force, in that form as far as it can be read; each name once. */
  readonly refused: readonly T[];
  readonly problems: readonly ConfigProblem[];
  readonly verdicts: readonly ObjectVerdict[];
  /** Findings as problems of the object of that name. */
  problemsOf(name: string, findings: readonly Finding[]): readonly ConfigProblem[];
}

/** Parses every object of a kind and settles which of them can be in force together. */
export function decideKind<T extends { readonly source: DraftSource }>(
  raw: readonly unknown[],
  options: DecideKindOptions<T>,
): DecidedKind<T> {
  const { kind, namespace, last, newTerritory = () => new PairwiseTerritory<T>(() => []) } = options;
  const read = readKind(raw, options);
  const settled = settle({ drafts: read.good, kept: read.kept, last }, newTerritory);
  const problemsOf = (name: string, findings: readonly Finding[]): readonly ConfigProblem[] =>
    findings.map((finding) => ({ ...finding, object: { kind, namespace, name } }));
  const faulty = new Set(read.refused.map(({ name }) => name));
  const isRefused = ({ name }: DraftSource): boolean => faulty.has(name) || settled.refused.has(name);
  return {
    inForce: new Map([...settled.inForce].sort(([a], [b]) => compareTexts(a, b))),
    refused: read.drafts.filter(({ source }) => isRefused(source)),
    problems: [
      ...read.problems,
      ...[...settled.refused].flatMap(([name, findings]) => problemsOf(name, findings)),
    ],
    verdicts: read.heads.map((head) => ({
      object: { kind, namespace, name: head.name },
      generation: head.generation,
      inForce: isRefused(head) ? (settled.inForce.has(head.name) ? "earlier" : "none") : "present",
    })),
    problemsOf,
  };
}
