import { RangeIndex, type IpRange } from "../address/index.ts";
import { type PoolDraft } from "./drafts.ts";
import { type Finding } from "./findings.ts";
import { overlapMessage } from "./pools.ts";
import { type Territory } from "./settle.ts";

/** Pools that overlap nowhere, by name and by address. */
export class PoolTerritory implements Territory<PoolDraft> {
  readonly #pools = new Map<string, PoolDraft>();
  readonly #owners = new RangeIndex<string>();

  get inForce(): ReadonlyMap<string, PoolDraft> {
    return this.#pools;
  }

  keep(draft: PoolDraft): void {
    const { name } = draft.source;
    for (const range of this.#pools.get(name)?.ranges ?? []) this.#owners.remove(range);
    for (const range of draft.ranges) this.#owners.add(range, name);
    this.#pools.set(name, draft);
  }

  admit(draft: PoolDraft): boolean {
    if (draft.ranges.some((range) => this.#strangersIn(range, draft.source.name).length > 0)) return false;
    this.keep(draft);
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
