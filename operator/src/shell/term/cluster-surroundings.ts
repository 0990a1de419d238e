import { type IpAddress } from "@steelyard/model/address";
import { type L2Advertisement } from "@steelyard/model/config";
import {
  type ConfigurationStateResource,
  type NodeResource,
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
import { type AnnouncingSurroundings } from "../../core/reconcile/index.ts";
import {
  type HeldByForeigner,
  type PodFacts,
  type SegmentFinding,
  SegmentView,
} from "../../core/surroundings/index.ts";
import { type DecidingViews } from "../../ports/cluster-reader.ts";

/** An agent's ConfigurationState is named after its node. */
const agentPrefix = "speaker-";

/** What of the cluster, beside pools and Services, decides whether an address is announced. */
export class ClusterSurroundings {
  readonly #reader: Pick<DecidingViews, "l2StatusesOf" | "endpointsOf" | "knownNodes">;
  readonly #segment = new SegmentView();
  /** By the names of the advertisements: all Services of a pool mostly have the same ones. */
  readonly #standings = new Map<string, NodeStandings>();
  /** Whether each node is Ready, as of the last change that was taken in; one that does not say counts as Ready. */
  #readiness: ReadonlyMap<string, boolean> | undefined;

  constructor(reader: Pick<DecidingViews, "l2StatusesOf" | "endpointsOf" | "knownNodes">) {
    this.#reader = reader;
  }

  of(key: ServiceKey, pods: readonly PodFacts[] | undefined): AnnouncingSurroundings {
    return {
      l2Statuses: this.#l2StatusesOf(key),
      endpoints: this.#reader.endpointsOf(key),
      standings: (advertisements) => this.#standingsFor(advertisements),
      findingsOf: (address) => this.#segment.of(address).filter((finding) => this.#isOfToday(finding)),
      isNodeReady: (node) => this.#knownReadiness()?.get(node),
      pods,
    };
  }

  /** Nobody has reported that he announces the Service, though reports are known. */
  isUnannounced(key: ServiceKey): boolean {
    return this.#l2StatusesOf(key)?.length === 0;
  }

  /** What an agent reports of the Service counts or not, depending on its node. */
  dependsOnNodes(key: ServiceKey, addresses: readonly IpAddress[]): boolean {
    if (addresses.some((address) => this.#segment.of(address).length > 0)) return true;
    const reports = this.#reader.l2StatusesOf(key) ?? [];
    const known = reports.length === 0 ? undefined : this.#knownReadiness();
    return known !== undefined && reports.some(({ status }) => known.get(status?.node ?? "") !== true);
  }

  foreignHolderOf(address: IpAddress): HeldByForeigner | undefined {
    return this.#segment.holderOf(address);
  }

  /** Takes in what an agent reports of its segment. @returns the addresses of which something else is known now */
  takeSegment(state: ConfigurationStateResource, isThere: boolean): readonly IpAddress[] {
    const { name } = state.metadata;
    if (!name.startsWith(agentPrefix)) return [];
    const node = name.slice(agentPrefix.length);
    const hasReport = isThere && state.metadata.annotations?.[SEGMENT_ANNOTATION] !== undefined;
    // An object without an owner, or from a backup, outlives its node.
    const counts = hasReport && (this.#knownReadiness()?.has(node) ?? true);
    return this.#segment.update(node, counts ? readSegmentReport(state.metadata) : undefined);
  }

  /** Nodes or advertisements have changed. */
  forgetStandings(): void {
    this.#standings.clear();
    this.#readiness = undefined;
  }

  /** A node that is gone announces nothing, whatever it has left behind. */
  #l2StatusesOf(key: ServiceKey): readonly ServiceL2StatusResource[] | undefined {
    const reports = this.#reader.l2StatusesOf(key);
    const known = reports === undefined || reports.length === 0 ? undefined : this.#knownReadiness();
    return known === undefined ? reports : reports?.filter(({ status }) => known.has(status?.node ?? ""));
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

  #standingsFor(advertisements: readonly L2Advertisement[]): NodeStandings | undefined {
    const nodes = this.#reader.knownNodes();
    if (nodes === undefined) return undefined;
    const names = advertisements.map(({ name }) => name).join();
    const known = this.#standings.get(names) ?? standNodes(nodes, advertisements, USUAL_ELECTORATE_RULES);
    this.#standings.set(names, known);
    return known;
  }
}

function saysWhetherReady({ status }: NodeResource): boolean {
  return status?.conditions?.some(({ type }) => type === "Ready") === true;
}
