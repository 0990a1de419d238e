import { RangeIndex, type IpRange } from "../address/index.ts";
import { compareTexts } from "../foundation/index.ts";
import { lastGood, type PoolDraft } from "./drafts.ts";
import { type Finding } from "./findings.ts";
import { overlapMessage } from "./pools.ts";

export interface SettledPools {
  /** Disjoint; by name. */
  readonly inForce: ReadonlyMap<string, PoolDraft>;
  /** By name, the pools whose present form overlaps what is in force. */
  readonly refused: ReadonlyMap<string, readonly Finding[]>;
}

/**
 * Chooses, from pools that are each good by themselves, the ones that can be in force together.
 *
 * If all are disjoint, all are. Otherwise what was in force before stays, and changes are admitted one by one, in the
 * order of `byPrecedence`, as long as they overlap nothing; again and again, because one change may make room for
 * another. So no order of events can make an overlap break a pool that works, and the same objects give the same result
 * when they are settled a second time.
 *
 * `drafts` are the present forms, `kept` the earlier forms of pools whose present form has faults of its own.
 */
export function settlePools(
  drafts: readonly PoolDraft[],
  kept: readonly PoolDraft[],
  previous: ReadonlyMap<string, PoolDraft> | undefined,
): SettledPools {
  const together = new PoolTerritory();
  if ([...kept, ...drafts].every((draft) => together.admit(draft))) {
    return { inForce: together.pools, refused: new Map() };
  }
  const territory = new PoolTerritory();
  for (const draft of kept) territory.admit(draft);
  for (const draft of drafts) {
    const before = lastGood(previous, draft.source);
    if (before) territory.admit(before);
  }
  const refused = admitWhatFits(territory, drafts);
  const findings = refused.map((draft) => [draft.source.name, territory.conflictsOf(draft)] as const);
  return { inForce: territory.pools, refused: new Map(findings) };
}

/** Runs until a whole pass admits nothing more; gives back what is left. */
function admitWhatFits(territory: PoolTerritory, drafts: readonly PoolDraft[]): readonly PoolDraft[] {
  const known = new Set(territory.pools.keys());
  let waiting = [...drafts].sort(byPrecedence(known));
  for (let before = -1; before !== waiting.length;) {
    before = waiting.length;
    waiting = waiting.filter((draft) => !territory.admit(draft));
  }
  return waiting;
}

/** Pools that are in force in an earlier form, then older ones, then by name. */
function byPrecedence(known: ReadonlySet<string>): (a: PoolDraft, b: PoolDraft) => number {
  return ({ source: a }, { source: b }) =>
    Number(known.has(b.name)) - Number(known.has(a.name)) ||
    compareTexts(a.creationTimestamp, b.creationTimestamp) ||
    compareTexts(a.name, b.name);
}

/** Pools that overlap nowhere, by name and by address. */
class PoolTerritory {
  readonly #pools = new Map<string, PoolDraft>();
  readonly #owners = new RangeIndex<string>();

  get pools(): ReadonlyMap<string, PoolDraft> {
    return this.#pools;
  }

  /** Takes the pool in, in place of its earlier form; false, and nothing changes, when it overlaps another pool. */
  admit(draft: PoolDraft): boolean {
    const { name } = draft.source;
    if (draft.ranges.some((range) => this.#strangersIn(range, name).length > 0)) return false;
    for (const range of this.#pools.get(name)?.ranges ?? []) this.#owners.remove(range);
    for (const range of draft.ranges) this.#owners.add(range, name);
    this.#pools.set(name, draft);
    return true;
  }

  conflictsOf(draft: PoolDraft): readonly Finding[] {
    return draft.ranges.flatMap((range, index) => {
      const [stranger] = this.#strangersIn(range, draft.source.name);
      if (!stranger) return [];
      const message = overlapMessage(range, stranger.range, `of pool "${stranger.value}"`);
      return [{ kind: "wrong", path: `spec.addresses[${index}]`, message } as const];
    });
  }

  #strangersIn(range: IpRange, name: string): { range: IpRange; value: string }[] {
    return this.#owners.overlapping(range).filter(({ value }) => value !== name);
  }
}
