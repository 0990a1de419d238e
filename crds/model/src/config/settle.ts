import { compareTexts } from "../foundation/index.ts";
import { type DraftSource, lastGood } from "./drafts.ts";
import { type Finding } from "./findings.ts";

type Draft = { readonly source: DraftSource };

/** The objects of one kind that are in force together. */
export interface Settled<T> {
  readonly inForce: ReadonlyMap<string, T>;
  /** By name, the objects whose present form contradicts what is in force. */
  readonly refused: ReadonlyMap<string, readonly Finding[]>;
}

/** Takes in drafts one by one, each in place of its own earlier form. */
export interface Territory<T> {
  /** By name. */
  readonly inForce: ReadonlyMap<string, T>;
  /** Takes in what was in force before, whatever stands against it now. */
  keep(draft: T): void;
  /** False, and nothing changes, when the draft contradicts another one. */
  admit(draft: T): boolean;
  conflictsOf(draft: T): readonly Finding[];
}

/**
 * Chooses, from drafts that are each good by themselves, the ones that can be in force together.
 *
 * If none contradicts another, all are. Otherwise what was in force before stays, and changes are admitted one by one, in
 * the order of `byPrecedence`, as long as they contradict nothing; again and again, because one change may make room for
 * another. So no order of events can make a conflict break what works, and the same objects give the same result when
 * they are settled a second time. Without a past, what the objects' conditions say was in force comes first.
 *
 * `drafts` are the present forms, `kept` the earlier forms of objects whose present form has faults of its own.
 */
export function settle<T extends Draft>(
  {
    drafts,
    kept,
    last,
  }: {
    readonly drafts: readonly T[];
    readonly kept: readonly T[];
    readonly last: ReadonlyMap<string, T> | undefined;
  },
  newTerritory: () => Territory<T>,
): Settled<T> {
  const together = newTerritory();
  if ([...kept, ...drafts].every((draft) => together.admit(draft))) {
    return { inForce: together.inForce, refused: new Map() };
  }
  const territory = newTerritory();
  for (const draft of kept) territory.keep(draft);
  for (const draft of drafts) {
    const before = lastGood(last, draft.source);
    if (before) territory.keep(before);
  }
  const known = new Set(territory.inForce.keys());
  // Whoever has a past must not go by conditions: when they are written is chance, and what is in force would be too.
  const hasPast = last !== undefined && last.size > 0;
  const claim = hasPast ? ({ name }: DraftSource): number => Number(known.has(name)) : claimAfterRestart;
  const refused = admitWhatFits(territory, [...drafts].sort(byPrecedence(claim)));
  const findings = refused.map((draft) => [draft.source.name, territory.conflictsOf(draft)] as const);
  return { inForce: territory.inForce, refused: new Map(findings) };
}

/** Runs until a whole pass admits nothing more; gives back what is left. */
function admitWhatFits<T extends Draft>(territory: Territory<T>, drafts: readonly T[]): readonly T[] {
  let waiting = drafts;
  for (let before = -1; before !== waiting.length;) {
    before = waiting.length;
    waiting = waiting.filter((draft) => !territory.admit(draft));
  }
  return waiting;
}

/** Objects with a greater claim, then older ones, then by name. */
function byPrecedence(claim: (source: DraftSource) => number): (a: Draft, b: Draft) => number {
  return ({ source: a }, { source: b }) =>
    claim(b) - claim(a) ||
    compareTexts(a.creationTimestamp, b.creationTimestamp) ||
    compareTexts(a.name, b.name);
}

/** What was in force, then what nobody has judged yet, then what was refused. */
function claimAfterRestart({ wasInForce }: DraftSource): number {
  if (wasInForce === undefined) return 0;
  return wasInForce ? 1 : -1;
}

/** A territory for kinds whose objects contradict each other in pairs, if at all. */
export class PairwiseTerritory<T extends Draft> implements Territory<T> {
  readonly #inForce = new Map<string, T>();
  readonly #clashes: (draft: T, other: T) => readonly Finding[];

  /** `clashes`: what speaks against `draft` beside `other`, which is in force. */
  constructor(clashes: (draft: T, other: T) => readonly Finding[]) {
    this.#clashes = clashes;
  }

  get inForce(): ReadonlyMap<string, T> {
    return this.#inForce;
  }

  keep(draft: T): void {
    this.#inForce.set(draft.source.name, draft);
  }

  /** What is in force in the very same form stays, even if others have changed so that it contradicts them. */
  admit(draft: T): boolean {
    const before = this.#inForce.get(draft.source.name);
    const isUnchanged = before !== undefined && formOf(before) === formOf(draft);
    if (!isUnchanged && this.conflictsOf(draft).length > 0) return false;
    this.keep(draft);
    return true;
  }

  conflictsOf(draft: T): readonly Finding[] {
    const others = [...this.#inForce.values()].filter(({ source }) => source.name !== draft.source.name);
    return others.flatMap((other) => this.#clashes(draft, other));
  }
}

/** A text that is equal for equal drafts, whichever version of the object they are from. */
function formOf(draft: Draft): string {
  return JSON.stringify({ ...draft, source: undefined }, (_key, value: unknown) => {
    if (value instanceof Map) return [...value.entries()];
    return typeof value === "bigint" ? value.toString() : value;
  });
}
