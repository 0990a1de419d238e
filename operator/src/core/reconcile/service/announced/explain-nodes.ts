import { assertNever } from "@steelyard/model/foundation";
import { type ServiceResource } from "@steelyard/model/resources";
import {
  type AnnouncingRefusal,
  electorateOf,
  type ExcludedNode,
  excludedNodes,
  settleAnnouncing,
  USUAL_ELECTORATE_RULES,
  whyNobody,
} from "@steelyard/model/services";
import { formatIpAddress } from "@steelyard/model/address";
import { type Pool } from "@steelyard/model/config";
import { slicesOf } from "../../../surroundings/index.ts";
import { listAddresses } from "../allocated-condition.ts";
import {
  type AnnouncedFacts,
  type AnnouncedVerdict,
  type NamedAdvertisement,
  say,
} from "./announced-facts.ts";
import { explainNoEndpoint } from "./explain-endpoints.ts";

/**
 * Goes through the rules by which the agents decide who announces, as far as the cluster is known.
 *
 * @returns undefined when nothing in the cluster's objects keeps the Service from being announced
 */
export function explainNobodyMay(pool: Pool, facts: AnnouncedFacts): AnnouncedVerdict | undefined {
  const { endpoints } = facts;
  if (endpoints === undefined) return undefined;
  const service = withAddresses(facts);
  const grounds = settleAnnouncing({ service, slices: slicesOf(endpoints), pool });
  return grounds.ok
    ? explainNoNode({ ...grounds.value, kind: "L2Advertisement" }, facts)
    : explainRefusal(grounds.error, facts);
}

/** As its status will be: to the rules of announcing, what a status does not show is not there. */
function withAddresses({ service, addresses }: AnnouncedFacts): ServiceResource {
  const ingress = addresses.map((address) => ({ ip: formatIpAddress(address) }));
  return { ...service, status: { loadBalancer: { ingress } } };
}

function explainRefusal(
  { reason, because }: AnnouncingRefusal,
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  switch (reason) {
    case "no-endpoint":
      return explainNoEndpoint(facts.endpoints ?? [], facts);
    case "shared-with-service-selector":
      return say(
        "False",
        "SharedWithServiceSelector",
        `${because}, so no agent announces ${listAddresses(facts.addresses)}; take the annotation ` +
          "metallb.io/allow-shared-ip away, or announce by an L2Advertisement without serviceSelectors",
      );
    // Whoever asks has looked at these before.
    case "deleted":
    case "no-address":
    case "invalid-address":
    case "no-pool":
    case "no-advertisement":
    case "advertisement-selects-others":
    case "no-candidate":
      return undefined;
    default:
      return assertNever(reason);
  }
}

/** No node may announce by these advertisements; undefined = one may, or the nodes are not known. */
export function explainNoNode(
  { advertisements, serving, kind }: CoveringAdvertisements,
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  const standings = facts.standings(advertisements, kind === "L2Advertisement" ? "layer2" : "bgp");
  if (standings === undefined) return undefined;
  const electorate = electorateOf(standings, serving, USUAL_ELECTORATE_RULES);
  if (electorate.candidates.length > 0) return undefined;
  const excluded = excludedNodes(standings, electorate);
  const why = serving === undefined ? whyNobody(excluded).because : explainLocal(excluded, serving);
  const standing = serving && excluded.filter(({ node }) => serving.has(node));
  const first = `${kind} ${advertisements[0]?.name ?? ""}`;
  return say(
    "False",
    "NoEligibleNode",
    `${why}, so nothing answers for ${listAddresses(facts.addresses)}; ${standing === undefined ? mend(excluded, first) : mendLocal(standing, first)}`,
  );
}

/** Those that are meant for a Service, and the nodes that run a pod of it where that matters. */
export interface CoveringAdvertisements {
  readonly kind: "L2Advertisement" | "BGPAdvertisement";
  readonly advertisements: readonly NamedAdvertisement[];
  readonly serving: ReadonlySet<string> | undefined;
}

/** With policy Local it matters what keeps those from announcing that run a pod. */
function explainLocal(excluded: readonly ExcludedNode[], serving: ReadonlySet<string>): string {
  const hosts = excluded.filter(({ node }) => serving.has(node));
  const others = excluded.length - hosts.length;
  const idle = others === 0 ? "" : `, and ${others} other ${others === 1 ? "node runs" : "nodes run"} none`;
  return hosts.length === 0
    ? "its pods run on no node that the cluster knows (externalTrafficPolicy Local)"
    : `with externalTrafficPolicy Local only nodes with a pod of it may announce it, but ${listNodes(hosts)}${idle}`;
}

const mostNodes = 10;

function listNodes(nodes: readonly ExcludedNode[]): string {
  const named = nodes.slice(0, mostNodes).map(({ node, because }) => `${node} ${because}`);
  const rest = nodes.length - named.length;
  return `${named.join(", ")}${rest === 0 ? "" : `, and ${rest} more`}`;
}

/** Nodes without a pod could be mended for ever, and would announce nothing. */
function mendLocal(hosts: readonly ExcludedNode[], advertisement: string): string {
  if (hosts.length === 0) return "run a pod on another node, or set externalTrafficPolicy to Cluster";
  const isUncovered = hosts.some(({ reason }) => reason === "not-covered");
  return `${mend(hosts, advertisement)}${isUncovered ? ", or run a pod on a node that it selects" : ""}`;
}

/** The one change that is the smallest for what keeps most nodes away. */
function mend(excluded: readonly ExcludedNode[], advertisement: string): string {
  const has = (reason: ExcludedNode["reason"]): boolean => excluded.some((node) => node.reason === reason);
  if (has("not-covered")) return `widen spec.nodeSelectors of ${advertisement}`;
  if (has("exclude-label") || has("taint")) return "take the label or taint away from a node";
  if (has("network-unavailable")) return "wait for the network of a node, or look at its CNI";
  return excluded.length === 0 ? "join a node that runs the agent" : "make a node Ready";
}
