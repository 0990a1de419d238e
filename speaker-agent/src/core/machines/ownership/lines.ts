import { spreadNodeHash, spreadScore } from "../../election/spread-order.ts";
import { type Candidate, type OwnerPolicy } from "../../election/types.ts";
import { metallbScorer, type ScoreMemo } from "./metallb-scores.ts";
import { isAgent, isElectable, isPresent, type Roster } from "./roster.ts";
import { type Subject } from "./state.ts";

/** The candidates of all addresses that have the same. */
export interface Group {
  /** Sorted by name. */
  readonly candidates: readonly Candidate[];
  /** Of the candidates' names, for the spreading order. */
  readonly hashes: Uint32Array;
  /** By name, the place among the candidates. */
  readonly position: ReadonlyMap<string, number>;
  /** Places among the candidates, those of equal preference together, the preferred first. */
  readonly tiers: readonly Tier[];
}

type Tier = readonly number[];

/** Who of a group may be elected at the moment. */
export interface Field {
  readonly tiers: readonly Tier[];
  /** Whom MetalLB's speakers elect among; undefined = none of them is there. */
  readonly metallb: readonly Tier[] | undefined;
}

/** The owner and its first two standbys. */
export const LINE_LENGTH = 3;

export function groupOf(candidates: readonly Candidate[]): Group {
  const preferences = [...new Set(candidates.map(({ preference }) => preference))].sort((a, b) => b - a);
  return {
    candidates,
    hashes: Uint32Array.from(candidates, ({ node }) => spreadNodeHash(node)),
    position: new Map(candidates.map(({ node }, place) => [node, place])),
    tiers: preferences.map((preference) =>
      candidates.flatMap((candidate, place) => (candidate.preference === preference ? [place] : [])),
    ),
  };
}

/** How one group differs from another. */
export interface GroupChange {
  /** Candidates that are none any more, or others. */
  readonly gone: ReadonlySet<string>;
  /** Candidates that are new, or others. */
  readonly come: readonly string[];
}

export function groupChange(before: Group, after: Group): GroupChange {
  const isIn = ({ node, preference, interfaces }: Candidate, group: Group): boolean => {
    const same = group.candidates[group.position.get(node) ?? -1];
    return same?.preference === preference && same.interfaces.join() === interfaces.join();
  };
  return {
    gone: new Set(before.candidates.filter((one) => !isIn(one, after)).map(({ node }) => node)),
    come: after.candidates.filter((one) => !isIn(one, before)).map(({ node }) => node),
  };
}

/** Equal texts = equal candidates. */
export function groupText(candidates: readonly Candidate[]): string {
  return candidates
    .map(({ node, preference, interfaces }) => `${node} ${preference} ${interfaces.join(",")}`)
    .join("\n");
}

export function fieldOf(group: Group, roster: Roster, mixed: boolean): Field {
  const among = (counts: (roster: Roster, node: string) => boolean): readonly Tier[] =>
    group.tiers.map((tier) =>
      tier.filter((place) => {
        const candidate = group.candidates[place];
        return candidate !== undefined && counts(roster, candidate.node);
      }),
    );
  if (!mixed) return { tiers: among(isElectable), metallb: undefined };
  return {
    tiers: among((each, node) => isElectable(each, node) && isAgent(each, node)),
    metallb: among(isPresent),
  };
}

/** What a line depends on besides the address. */
export interface LineRules {
  readonly policy: OwnerPolicy;
  readonly roster: Roster;
  readonly sha256: (text: string) => Uint8Array;
  readonly scores: ScoreMemo;
  /** Whether the node has an interface for the address, as far as is known. */
  readonly reaches: (candidate: Candidate, subject: Subject) => boolean;
}

/**
 * Who may own the address now, best first, at most `LINE_LENGTH`.
 *
 * With speakers of MetalLB in the ring the first of their order owns it when it is one of them; when it is an agent that
 * cannot, the next agent does, because none of them believes that it is its turn.
 */
export function lineOf(
  subject: Subject,
  field: Field,
  rules: LineRules,
  length: number = LINE_LENGTH,
): readonly string[] {
  const score = scorer(subject, rules);
  const agents = best(subject, field.tiers, length, score, (candidate) => rules.reaches(candidate, subject));
  if (field.metallb === undefined) return agents;
  const [first] = best(subject, field.metallb, 1, score, () => true);
  const isSpeakers = first !== undefined && !isAgent(rules.roster, first) && isElectable(rules.roster, first);
  return isSpeakers ? [first, ...agents].slice(0, length) : agents;
}

/** Whether `node`, of whom it is new that it may own the address, would get a place among those. */
export function wouldEnter(
  node: string,
  line: readonly string[],
  subject: Subject,
  rules: LineRules,
): boolean {
  const { group } = subject;
  const place = group.position.get(node);
  if (place === undefined) return false;
  const last = line.length < LINE_LENGTH ? undefined : group.position.get(line.at(-1) ?? "");
  if (last === undefined) return true;
  const preferred = (group.candidates[place]?.preference ?? 0) - (group.candidates[last]?.preference ?? 0);
  if (preferred !== 0) return preferred > 0;
  const score = scorer(subject, rules);
  return score(place) <= score(last);
}

/** The least comes first. */
function scorer(subject: Subject, { policy, sha256, scores }: LineRules): (place: number) => number {
  const { hashes } = subject.group;
  if (policy === "sticky") {
    const { keyHash } = subject;
    return (place) => spreadScore(hashes[place] ?? 0, keyHash);
  }
  return metallbScorer(subject, scores, sha256);
}

/** Walks all places once and keeps the few best: with a thousand candidates, sorting would be most of an election's cost. */
function best(
  { group: { candidates } }: Subject,
  tiers: readonly Tier[],
  length: number,
  score: (place: number) => number,
  isFit: (candidate: Candidate) => boolean,
): readonly string[] {
  const line: string[] = [];
  for (const tier of tiers) {
    const wanted = length - line.length;
    const kept: Kept[] = [];
    let worst = Infinity;
    for (const place of tier) {
      const its = score(place);
      if (its >= worst) continue;
      const candidate = candidates[place];
      if (candidate === undefined || !isFit(candidate)) continue;
      insert(kept, { score: its, node: candidate.node }, wanted);
      if (kept.length === wanted) worst = kept[wanted - 1]?.score ?? Infinity;
    }
    for (const { node } of kept) line.push(node);
    if (line.length === length) break;
  }
  // Pushing leaves room for more, which thousands of lines would keep.
  return line.slice();
}

interface Kept {
  readonly score: number;
  readonly node: string;
}

/** Equal scores stay in the order of names, in which candidates are. */
function insert(kept: Kept[], one: Kept, most: number): void {
  let at = kept.length < most ? kept.length : most - 1;
  for (; at > 0; at -= 1) {
    const before = kept[at - 1];
    if (before === undefined || before.score <= one.score) break;
    kept[at] = before;
  }
  kept[at] = one;
}
