import { type L2Advertisement } from "@steelyard/model/config";
import { type NodeResource } from "@steelyard/model/resources";
import {
  type AnnouncingRefusal,
  type Electorate,
  electorateOf,
  type ElectorateRules,
  excludedNodes,
  type NodeStandings,
  standNodes,
  whyNobody,
} from "@steelyard/model/services";
import { mergeElectorates } from "./merge-electorates.ts";
import { type Decision } from "./types.ts";
import { sameElectorate } from "./same-electorate.ts";

/** An electorate, and by which advertisements and endpoints it came about: equal keys are one object. */
export interface KeyedElectorate extends Electorate {
  readonly key: string;
}

/** The part of a decision that Services share. */
interface ElectorateGround {
  readonly nodes: readonly NodeResource[];
  readonly rules: ElectorateRules;
}

/**
 * The electorates of one decision. Services with the same advertisements and the same nodes with endpoints share one
 * object, and so does a later decision that comes to the same nodes: then ten thousand addresses among a thousand nodes
 * cost a few lists, cross to the worker once, and are compared by identity.
 */
export class Electorates {
  readonly #ground: ElectorateGround;
  readonly #previous: ReadonlyMap<string, KeyedElectorate>;
  readonly #current = new Map<string, KeyedElectorate>();
  readonly #previousDecisions: ReadonlyMap<string, Decision>;
  /** By kind and words. */
  readonly #decisions = new Map<string, Decision>();
  /** By advertisements. */
  readonly #standings = new Map<string, NodeStandings>();
  /** By key. */
  readonly #refusals = new Map<string, AnnouncingRefusal>();

  /** @param previous those of the decision before; what nobody asks for again is forgotten */
  constructor(ground: ElectorateGround, previous?: Electorates) {
    this.#ground = ground;
    this.#previousDecisions = previous?.decisions ?? new Map();
    this.#previous = previous?.electorates ?? new Map();
  }

  /** By key. */
  get electorates(): ReadonlyMap<string, KeyedElectorate> {
    return this.#current;
  }

  /** @param serving as in electorateOf */
  of(advertisements: readonly L2Advertisement[], serving: ReadonlySet<string> | undefined): KeyedElectorate {
    const places = serving && [...serving].sort().join(" ");
    const key = `${keyOf(advertisements)}|${places ?? "*"}`;
    return this.#intern(key, () => electorateOf(this.standings(advertisements), serving, this.#ground.rules));
  }

  /** One of an earlier decision, which nothing has changed. */
  keep(electorate: KeyedElectorate): void {
    this.#current.set(electorate.key, electorate);
  }

  /** Who may announce an address that several Services hold; the order of `claims` must be the same on every node. */
  merged(claims: readonly KeyedElectorate[]): KeyedElectorate | undefined {
    const different = [...new Set(claims)];
    const [first] = different;
    if (first === undefined || different.length === 1) return first;
    return this.#intern(different.map(({ key }) => key).join("&"), () => mergeElectorates(different));
  }

  /** By name, for all Services with these advertisements. */
  standings(advertisements: readonly L2Advertisement[]): NodeStandings {
    const key = keyOf(advertisements);
    const known = this.#standings.get(key);
    if (known !== undefined) return known;
    const standings = standNodes(this.#ground.nodes, advertisements, this.#ground.rules);
    this.#standings.set(key, standings);
    return standings;
  }

  /** Why nobody is in an electorate. */
  whyNobody(
    advertisements: readonly L2Advertisement[],
    { key, candidates }: KeyedElectorate,
  ): AnnouncingRefusal {
    const known = this.#refusals.get(key);
    if (known !== undefined) return known;
    const refusal = whyNobody(excludedNodes(this.standings(advertisements), { candidates }));
    this.#refusals.set(key, refusal);
    return refusal;
  }

  /** An equal one of this decision or the one before, if there is any. */
  sameDecision(decision: Decision): Decision {
    const key = `${decision.kind} ${decision.because}`;
    const known = this.#decisions.get(key) ?? this.#previousDecisions.get(key);
    const same = known !== undefined && isSameDecision(known, decision) ? known : decision;
    this.#decisions.set(key, same);
    return same;
  }

  get decisions(): ReadonlyMap<string, Decision> {
    return this.#decisions;
  }

  #intern(key: string, make: () => Electorate): KeyedElectorate {
    const known = this.#current.get(key);
    if (known !== undefined) return known;
    const made = make();
    const before = this.#previous.get(key);
    const electorate = before !== undefined && sameElectorate(before, made) ? before : { key, ...made };
    this.#current.set(key, electorate);
    return electorate;
  }
}

function isSameDecision(a: Decision, b: Decision): boolean {
  return a.kind === "candidate" || b.kind === "candidate" ? a.kind === b.kind : a.reason === b.reason;
}

/** Names of advertisements are unique in a configuration. */
function keyOf(advertisements: readonly L2Advertisement[]): string {
  return advertisements.map(({ name }) => name).join(" ");
}
