import { type IpAddress } from "@steelyard/model/address";
import {
  BGP_ANNOTATION,
  type ConfigurationStateResource,
  type NodeResource,
  readBgpReport,
  readSegmentReport,
  SEGMENT_ANNOTATION,
  type ServiceL2StatusResource,
} from "@steelyard/model/resources";
import {
  isNodeReady,
  type NodeStandings,
  standNodes,
  USUAL_ELECTORATE_RULES,
} from "@steelyard/model/services";
import { type ServiceKey } from "../../core/allocator/index.ts";
import {
  type AnnouncingSurroundings,
  type NamedAdvertisement,
  type Protocol,
} from "../../core/reconcile/index.ts";
import {
  type BgpAnnouncer,
  BgpView,
  type HeldByForeigner,
  type PodFacts,
  type SegmentFinding,
  SegmentView,
} from "../../core/surroundings/index.ts";
import { type DecidingViews } from "../../ports/cluster-reader.ts";

/** An agent's ConfigurationState is named after its node. */
const agentPrefix = "speaker-";

type SurroundingViews = Pick<
  DecidingViews,
  "l2StatusesOf" | "bgpAnnouncersOf" | "endpointsOf" | "knownNodes" | "whyPodNotReady"
>;

/** What of the cluster, beside pools and Services, decides whether an address is announced. */
export class ClusterSurroundings {
  readonly #reader: SurroundingViews;
  readonly #segment = new SegmentView();
  readonly #bgp = new BgpView();
  /** By protocol and the names of the advertisements: all Services of a pool mostly have the same ones. */
  readonly #standings = new Map<string, NodeStandings>();
  /** Whether each node is Ready, as of the last change that was taken in; one that does not say counts as Ready. */
  #readiness: ReadonlyMap<string, boolean> | undefined;
  /** By name, as of the same change. */
  #nodes: ReadonlyMap<string, NodeResource> | undefined;
  /** The kinds of BGP are part of the configuration. */
  knowsBgp = false;

  constructor(reader: SurroundingViews) {
    this.#reader = reader;
  }

  of(key: ServiceKey, pods: readonly PodFacts[] | undefined): AnnouncingSurroundings {
    return {
      l2Statuses: this.#l2StatusesOf(key),
      bgpAnnouncers: this.#bgpAnnouncersOf(key),
      bgpReports: this.#bgp.reports,
      knowsBgp: this.knowsBgp,
      endpoints: this.#reader.endpointsOf(key),
      standings: (advertisements, protocol) => this.#standingsFor(advertisements, protocol),
      nodes: () => this.#knownByName(),
      findingsOf: (address) => this.#segment.of(address).filter((finding) => this.#isOfToday(finding)),
      isNodeReady: (node) => this.#knownReadiness()?.get(node),
      whyAgentStopped: ({ pod }) => (pod === undefined ? undefined : this.#reader.whyPodNotReady(pod)),
      pods,
    };
  }

  /** Nobody has reported that he announces the Service, though reports are known. */
  isUnannounced(key: ServiceKey): boolean {
    return this.#l2StatusesOf(key)?.length === 0 && (this.#bgpAnnouncersOf(key) ?? []).length === 0;
  }

  /** What an agent reports of the Service counts or not, depending on its node. */
  dependsOnNodes(key: ServiceKey, addresses: readonly IpAddress[]): boolean {
    if (addresses.some((address) => this.#segment.of(address).length > 0)) return true;
    const reporters = [
      ...(this.#reader.l2StatusesOf(key) ?? []).map(({ status }) => status?.node ?? ""),
      ...(this.#reader.bgpAnnouncersOf(key) ?? []).map(({ node }) => node),
    ];
    const known = reporters.length === 0 ? undefined : this.#knownReadiness();
    return known !== undefined && reporters.some((node) => known.get(node) !== true);
  }

  foreignHolderOf(address: IpAddress): HeldByForeigner | undefined {
    return this.#segment.holderOf(address);
  }

  /** Takes in what an agent reports of its segment. @returns the addresses of which something else is known now */
  takeSegment(state: ConfigurationStateResource, isThere: boolean): readonly IpAddress[] {
    const node = this.#reporter(state, isThere, SEGMENT_ANNOTATION);
    if (node === undefined) return [];
    return this.#segment.update(node.name, node.counts ? readSegmentReport(state.metadata) : undefined);
  }

  /** Takes in what an agent says of its routers. @returns whether that is something else than before */
  takeBgp(state: ConfigurationStateResource, isThere: boolean): boolean {
    const node = this.#reporter(state, isThere, BGP_ANNOTATION);
    return (
      node !== undefined &&
      this.#bgp.update(node.name, node.counts ? readBgpReport(state.metadata) : undefined)
    );
  }

  /** Whose report it is, and whether it counts: an object without an owner, or from a backup, outlives its node. */
  #reporter(
    { metadata }: ConfigurationStateResource,
    isThere: boolean,
    annotation: string,
  ): { readonly name: string; readonly counts: boolean } | undefined {
    if (!metadata.name.startsWith(agentPrefix)) return undefined;
    const name = metadata.name.slice(agentPrefix.length);
    const hasReport = isThere && metadata.annotations?.[annotation] !== undefined;
    return { name, counts: hasReport && (this.#knownReadiness()?.has(name) ?? true) };
  }

  /** Nodes or advertisements have changed. */
  forgetStandings(): void {
    this.#standings.clear();
    this.#readiness = undefined;
    this.#nodes = undefined;
  }

  /** A node that is gone announces nothing, whatever it has left behind. */
  #l2StatusesOf(key: ServiceKey): readonly ServiceL2StatusResource[] | undefined {
    const reports = this.#reader.l2StatusesOf(key);
    const known = reports === undefined || reports.length === 0 ? undefined : this.#knownReadiness();
    return known === undefined ? reports : reports?.filter(({ status }) => known.has(status?.node ?? ""));
  }

  #bgpAnnouncersOf(key: ServiceKey): readonly BgpAnnouncer[] | undefined {
    const announcers = this.#reader.bgpAnnouncersOf(key);
    const known = (announcers ?? []).length === 0 ? undefined : this.#knownReadiness();
    return known === undefined ? announcers : announcers?.filter(({ node }) => known.has(node));
  }

  /** What a dead node last saw stands in its annotation for as long as it is away; only a stranger is worth the caution. */
  #isOfToday({ is, node }: SegmentFinding): boolean {
    const known = is === "held" ? undefined : this.#knownReadiness();
    return known === undefined || known.get(node) === true;
  }

  /** Undefined while the nodes are not known: then every report counts. */
  #knownReadiness(): ReadonlyMap<string, boolean> | undefined {
    const nodes = this.#readiness === undefined ? this.#reader.knownNodes() : undefined;
    if (nodes !== undefined)
      this.#readiness = new Map(
        nodes.map((node) => [node.metadata.name, isNodeReady(node) || !saysWhetherReady(node)]),
      );
    return this.#readiness;
  }

  #knownByName(): ReadonlyMap<string, NodeResource> | undefined {
    const nodes = this.#nodes === undefined ? this.#reader.knownNodes() : undefined;
    if (nodes !== undefined) this.#nodes = new Map(nodes.map((node) => [node.metadata.name, node]));
    return this.#nodes;
  }

  #standingsFor(
    advertisements: readonly NamedAdvertisement[],
    protocol: Protocol,
  ): NodeStandings | undefined {
    const nodes = this.#reader.knownNodes();
    if (nodes === undefined) return undefined;
    const names = [protocol, ...advertisements.map(({ name }) => name)].join();
    const known = this.#standings.get(names) ?? standNodes(nodes, advertisements, USUAL_ELECTORATE_RULES);
    this.#standings.set(names, known);
    return known;
  }
}

function saysWhetherReady({ status }: NodeResource): boolean {
  return status?.conditions?.some(({ type }) => type === "Ready") === true;
}
