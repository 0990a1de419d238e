import { type BgpPeer, type ConfigProblem, type Pool } from "@steelyard/model/config";
import { type BgpReport, type NodeResource } from "@steelyard/model/resources";
import { standNodes, USUAL_ELECTORATE_RULES } from "@steelyard/model/services";
import { asksNothing } from "../allocator/index.ts";
import { announcedCondition } from "../reconcile/service/announced/announced-condition.ts";
import { type AnnouncedFacts, unknownSurroundings } from "../reconcile/service/announced/announced-facts.ts";
import { type SegmentFinding } from "../surroundings/index.ts";
import { builtOf, ips } from "./pools.ts";
import { serviceOf } from "./services.ts";

export interface AnnouncedScene extends Partial<
  Omit<AnnouncedFacts, "standings" | "nodes" | "bgpReports" | "built">
> {
  readonly pool: Pool;
  /** undefined = they are not known. */
  readonly nodes?: readonly NodeResource[];
  readonly findings?: readonly SegmentFinding[];
  readonly peers?: readonly BgpPeer[];
  readonly problems?: readonly ConfigProblem[];
  /** Of BGP, by node. */
  readonly reports?: Readonly<Record<string, BgpReport>>;
}

/** What is known of Service shop/web with the address 192.0.2.7, on which nobody reports unless the scene says so. */
export function announcedFactsOf(scene: AnnouncedScene): AnnouncedFacts {
  const { pool, nodes, findings = [], peers = [], problems = [], reports = {}, ...given } = scene;
  return {
    ...unknownSurroundings,
    service: serviceOf("shop/web"),
    addresses: ips("192.0.2.7"),
    built: builtOf([pool], { config: { pools: [pool], bgpPeers: peers }, problems }),
    request: asksNothing,
    countQuarantinedBy: () => 1,
    said: undefined,
    configNamespace: "metallb-system",
    l2Statuses: [],
    bgpAnnouncers: [],
    bgpReports: new Map(Object.entries(reports)),
    knowsBgp: true,
    standings: (advertisements) => nodes && standNodes(nodes, advertisements, USUAL_ELECTORATE_RULES),
    nodes: () => nodes && new Map(nodes.map((one) => [one.metadata.name, one])),
    findingsOf: () => findings,
    ...given,
  };
}

/** `True Layer2: node …`. */
export function saidOf(scene: AnnouncedScene): string | undefined {
  const verdict = announcedCondition(announcedFactsOf(scene));
  return verdict && `${verdict.status} ${verdict.reason}: ${verdict.message}`;
}
