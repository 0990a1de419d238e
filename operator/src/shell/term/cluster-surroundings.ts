import { type IpAddress } from "@steelyard/model/address";
import { type L2Advertisement } from "@steelyard/model/config";
import { type ConfigurationStateResource, readSegmentReport } from "@steelyard/model/resources";
import { type NodeStandings, standNodes, USUAL_ELECTORATE_RULES } from "@steelyard/model/services";
import { type ServiceKey } from "../../core/allocator/index.ts";
import { type AnnouncingSurroundings } from "../../core/reconcile/index.ts";
import { type HeldByForeigner, type PodFacts, SegmentView } from "../../core/surroundings/index.ts";
import { type DecidingViews } from "../../ports/cluster-reader.ts";

/** An agent's ConfigurationState is named after its node. */
const agentPrefix = "speaker-";

/** What of the cluster, beside pools and Services, decides whether an address is announced. */
export class ClusterSurroundings {
  readonly #reader: Pick<DecidingViews, "l2StatusesOf" | "endpointsOf" | "knownNodes">;
  readonly #segment = new SegmentView();
  /** By the names of the advertisements: all Services of a pool mostly have the same ones. */
  readonly #standings = new Map<string, NodeStandings>();

  constructor(reader: Pick<DecidingViews, "l2StatusesOf" | "endpointsOf" | "knownNodes">) {
    this.#reader = reader;
  }

  of(key: ServiceKey, pods: readonly PodFacts[] | undefined): AnnouncingSurroundings {
    return {
      l2Statuses: this.#reader.l2StatusesOf(key),
      endpoints: this.#reader.endpointsOf(key),
      standings: (advertisements) => this.#standingsFor(advertisements),
      findingsOf: (address) => this.#segment.of(address),
      pods,
    };
  }

  /** Nobody has reported that he announces the Service, though reports are known. */
  isUnannounced(key: ServiceKey): boolean {
    return this.#reader.l2StatusesOf(key)?.length === 0;
  }

  foreignHolderOf(address: IpAddress): HeldByForeigner | undefined {
    return this.#segment.holderOf(address);
  }

  /** Takes in what an agent reports of its segment. @returns the addresses of which something else is known now */
  takeSegment(state: ConfigurationStateResource, isThere: boolean): readonly IpAddress[] {
    const { name } = state.metadata;
    if (!name.startsWith(agentPrefix)) return [];
    const report = isThere ? readSegmentReport(state.metadata) : undefined;
    return this.#segment.update(name.slice(agentPrefix.length), report);
  }

  /** Nodes or advertisements have changed. */
  forgetStandings(): void {
    this.#standings.clear();
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
