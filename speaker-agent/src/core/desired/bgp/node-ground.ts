import { type BgpAdvertisement, type BgpPeer, type Config } from "@steelyard/model/config";
import { type NodeResource } from "@steelyard/model/resources";
import {
  advertisementCoversNode,
  bgpPeersOf,
  type ElectorateRules,
  electorateOf,
  type ExcludedNode,
  type NodeStandings,
  standNodes,
} from "@steelyard/model/services";
import { type AnnouncingOptions } from "../types.ts";
import { electorateRules } from "../electorate-rules.ts";
import { type BgpDecision } from "./types.ts";

/**
 * What all Services have in common: this node, the configuration, and what of the other nodes matters. Answers are kept by
 * what they depend on, of which a configuration has a handful.
 */
export class NodeGround {
  readonly nodeName: string;
  /** Those of this node, sorted by name. */
  readonly peers: readonly BgpPeer[];
  readonly #config: Config;
  readonly #nodes: readonly NodeResource[];
  readonly #options: AnnouncingOptions;
  readonly #rules: ElectorateRules;
  readonly #node: NodeResource;
  readonly #covering = new WeakMap<readonly BgpAdvertisement[], readonly BgpAdvertisement[]>();
  /** By names of advertisements. */
  readonly #standings = new Map<string, NodeStandings>();
  readonly #peerNames = new Map<string, readonly string[]>();
  readonly #suspended = new Map<string, readonly ExcludedNode[] | undefined>();
  /** By kind and words: most Services share a few. */
  readonly #decisions = new Map<string, BgpDecision>();

  constructor(config: Config, nodes: readonly NodeResource[], options: AnnouncingOptions) {
    const { nodeName } = options;
    this.nodeName = nodeName;
    this.#config = config;
    this.#nodes = nodes;
    this.#options = options;
    // Who is to live is the router's business: the session of a node that does not is down.
    this.#rules = { ...electorateRules(options), unreadyMayAnnounce: true };
    this.#node = nodes.find(({ metadata }) => metadata.name === nodeName) ?? unknownNode(nodeName);
    this.peers = bgpPeersOf(this.#node, config.bgpPeers);
  }

  /** Whether it is made of the very same objects. */
  isOf(config: Config, nodes: readonly NodeResource[], options: AnnouncingOptions): boolean {
    return config === this.#config && nodes === this.#nodes && options === this.#options;
  }

  /** Those that cover this node; the same list for the same list. */
  covering(advertisements: readonly BgpAdvertisement[]): readonly BgpAdvertisement[] {
    const known = this.#covering.get(advertisements);
    if (known !== undefined) return known;
    const covering = advertisements.filter((one) => advertisementCoversNode(one, this.#node));
    const list = covering.length === advertisements.length ? advertisements : covering;
    this.#covering.set(advertisements, list);
    return list;
  }

  /** Why this node takes no part, whatever the endpoints; undefined = it does. */
  exclusion(advertisements: readonly BgpAdvertisement[]): ExcludedNode | undefined {
    const standing = this.#stand(advertisements, "here").get(this.nodeName);
    return standing?.barred ?? standing?.withdrawn;
  }

  /**
   * Who of the nodes counts although label or taint exclude it, this one among them, because nobody else is left;
   * undefined = somebody is. Another node counts if it has a router at all.
   *
   * @param serving as in electorateOf
   */
  suspension(
    advertisements: readonly BgpAdvertisement[],
    serving: ReadonlySet<string> | undefined,
  ): readonly ExcludedNode[] | undefined {
    // With a policy of Local there are as many answers as places where endpoints can be: they are not kept.
    const key = serving === undefined ? namesOf(advertisements) : undefined;
    if (key !== undefined && this.#suspended.has(key)) return this.#suspended.get(key);
    const standings = this.#stand(advertisements, "everywhere");
    const { suspended } = electorateOf(standings, serving, this.#rules);
    const found = suspended.some(({ node }) => node === this.nodeName) ? suspended : undefined;
    if (key !== undefined) this.#suspended.set(key, found);
    return found;
  }

  /** This node, and everywhere those that have a router. */
  #nodesOf(where: "here" | "everywhere"): readonly NodeResource[] {
    if (where === "here") return [this.#node];
    const { bgpPeers } = this.#config;
    return this.#nodes.filter((node) => node === this.#node || bgpPeersOf(node, bgpPeers).length > 0);
  }

  /** Names of this node's routers to which these advertisements go, sorted; the same list for the same ones. */
  peerNames(advertisements: readonly BgpAdvertisement[]): readonly string[] {
    const key = namesOf(advertisements);
    const known = this.#peerNames.get(key);
    if (known !== undefined) return known;
    const names = this.peers.filter((peer) => advertisements.some((one) => reaches(one, peer)));
    const list = names.map(({ name }) => name);
    this.#peerNames.set(key, list);
    return list;
  }

  /** An equal one, if there was any. */
  sameDecision(decision: BgpDecision): BgpDecision {
    const key = `${decision.kind === "withdraw" ? decision.reason : ""} ${decision.because}`;
    const known = this.#decisions.get(key) ?? decision;
    this.#decisions.set(key, known);
    return known;
  }

  #stand(advertisements: readonly BgpAdvertisement[], where: "here" | "everywhere"): NodeStandings {
    const key = `${where} ${namesOf(advertisements)}`;
    const known = this.#standings.get(key) ?? standNodes(this.#nodesOf(where), advertisements, this.#rules);
    this.#standings.set(key, known);
    return known;
  }
}

export function reaches({ peers }: BgpAdvertisement, { name }: Pick<BgpPeer, "name">): boolean {
  return peers.length === 0 || peers.includes(name);
}

/** Unique in a configuration. */
export function namesOf(advertisements: readonly BgpAdvertisement[]): string {
  return advertisements.map(({ name }) => name).join(" ");
}

/** An agent whose Node is gone goes on with what asks for no label. */
function unknownNode(name: string): NodeResource {
  return { metadata: { name } };
}
