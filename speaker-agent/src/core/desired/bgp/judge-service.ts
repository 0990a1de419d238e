import {
  ADDRESS_BITS,
  compareIpPrefixes,
  formatIpPrefix,
  type IpAddress,
  ipPrefix,
} from "@steelyard/model/address";
import { type BgpAdvertisement } from "@steelyard/model/config";
import {
  type AnnouncingRefusal,
  bgpAdvertisementsFor,
  conflictingAdvertisements,
  type ExcludedNode,
  servingNodes,
  settleAddresses,
} from "@steelyard/model/services";
import { type Claimant } from "../claim.ts";
import { type Home } from "../homes.ts";
import { serviceKey } from "../service-key.ts";
import { type JudgedService, type PrefixUse } from "./basis.ts";
import { namesOf, type NodeGround } from "./node-ground.ts";
import { type BgpDecision, type BgpVerdict, type BgpWithdrawReason } from "./types.ts";

type Withdrawal = Extract<BgpDecision, { kind: "withdraw" }>;

/** What this node advertises for a Service. */
interface Standing {
  readonly addresses: readonly IpAddress[];
  readonly advertisements: readonly BgpAdvertisement[];
  readonly suspended: readonly ExcludedNode[];
  readonly home: Home;
}

const nothing: readonly never[] = [];

/** Decides about one Service on this node (reference metallb.md, sections 4.1 and 5.1), in the reference's order. */
export function judgeService(claimant: Claimant, ground: NodeGround): JudgedService {
  const { service, slices, home } = claimant;
  const { namespace = "", name, uid } = service.metadata;
  const key = serviceKey(service.metadata);
  const standing = standFor(claimant, ground);
  const identity = { namespace, name, uid };
  if ("kind" in standing) {
    const decision = ground.sameDecision(standing);
    const verdict = {
      service: identity,
      addresses: nothing,
      prefixes: nothing,
      suspended: nothing,
      decision,
    };
    return { key, service, slices, home, verdict, uses: nothing };
  }
  const uses = usesOf(key, standing);
  return { key, service, slices, home, verdict: advertise(identity, standing, uses, ground), uses };
}

/** Goes through what keeps this node from advertising. */
function standFor({ service, slices, home }: Claimant, ground: NodeGround): Standing | Withdrawal {
  const settled = settleAddresses(service);
  if (!settled.ok) return refuse(settled.error);
  const { addresses } = settled.value;
  if (home === undefined)
    return withdraw("ipNotAllowed", "an address of the Service lies in no pool in force");
  const covering = ground.covering(home.bgpAdvertisements);
  if (covering.length === 0) return withdraw("notOwner", whyNotCovered(home, ground));
  const advertisements = bgpAdvertisementsFor({ bgpAdvertisements: covering }, service);
  if (advertisements.length === 0) return withdraw("noMatchingAdvertisement", whyNotMeant(home, covering));
  const conflict = whyConflict(advertisements, addresses);
  if (conflict !== undefined) return withdraw("conflictingAdvertisements", conflict);
  const here = standHere({ service, slices, advertisements }, ground);
  return "kind" in here ? here : { addresses, advertisements, home, ...here };
}

/** This node and the endpoints. */
function standHere(
  {
    service,
    slices,
    advertisements,
  }: Pick<Claimant, "service" | "slices"> & Pick<Standing, "advertisements">,
  ground: NodeGround,
): Pick<Standing, "suspended"> | Withdrawal {
  const serving = servingNodes(slices);
  const places = service.spec.externalTrafficPolicy === "Local" ? serving.nodes : undefined;
  const exclusion = ground.exclusion(advertisements);
  const isWithdrawn = exclusion !== undefined && exclusion.reason !== "network-unavailable";
  const suspended = isWithdrawn && serving.anywhere ? ground.suspension(advertisements, places) : undefined;
  if (exclusion !== undefined && suspended === undefined) return exclude(exclusion);
  const { nodeName } = ground;
  if (places !== undefined && !places.has(nodeName)) {
    const because = `no endpoint on the node ${nodeName} can serve (externalTrafficPolicy Local)`;
    return withdraw("noLocalEndpoints", because);
  }
  if (!serving.anywhere) return withdraw("noEndpoints", "no endpoint of the Service can serve");
  return { suspended: suspended ?? nothing };
}

function exclude({ node, reason, because }: ExcludedNode): Withdrawal {
  const why = `the node ${node} ${because}`;
  return withdraw(
    reason === "network-unavailable" ? "nodeNetworkUnavailable" : "nodeLabeledExcludeBalancers",
    why,
  );
}

function whyNotCovered({ name, bgpAdvertisements }: Home, { nodeName }: NodeGround): string {
  if (bgpAdvertisements.length === 0) return `no BGPAdvertisement selects the pool ${name}`;
  const names = bgpAdvertisements.map((one) => one.name).join(", ");
  return `no BGPAdvertisement of the pool ${name} (${names}) covers the node ${nodeName}`;
}

function whyNotMeant({ name }: Home, covering: readonly BgpAdvertisement[]): string {
  const names = covering.map((one) => one.name).join(", ");
  return `the labels of the Service match no BGPAdvertisement of the pool ${name} (${names})`;
}

function whyConflict(
  advertisements: readonly BgpAdvertisement[],
  addresses: readonly IpAddress[],
): string | undefined {
  const families = [...new Set(addresses.map(({ family }) => family))];
  const conflict = conflictingAdvertisements(advertisements, families);
  if (conflict === undefined) return undefined;
  const [one, other] = conflict;
  const preferences = `local preference ${one.localPref} and ${other.localPref}`;
  return `the BGPAdvertisements ${one.name} and ${other.name} want the same route with ${preferences}`;
}

/** One prefix per address and length; several advertisements of one length share it. */
function usesOf(service: string, { addresses, advertisements }: Standing): readonly PrefixUse[] {
  const uses = new Map<string, PrefixUse>();
  for (const address of addresses) {
    for (const length of lengthsOf(advertisements, address)) {
      const prefix = ipPrefix(address, length);
      const text = formatIpPrefix(prefix);
      if (uses.has(text)) continue;
      const wanting = advertisements.filter((one) => lengthOf(one, address) === length);
      // As a rule all of them, and then thousands of Services share the list.
      const shared = wanting.length === advertisements.length ? advertisements : wanting;
      uses.set(text, { prefix, text, service, advertisements: shared });
    }
  }
  return [...uses.values()].sort((a, b) => compareIpPrefixes(a.prefix, b.prefix));
}

function lengthsOf(advertisements: readonly BgpAdvertisement[], address: IpAddress): ReadonlySet<number> {
  return new Set(advertisements.map((one) => lengthOf(one, address)));
}

function lengthOf(
  { aggregationLength, aggregationLengthV6 }: BgpAdvertisement,
  { family }: IpAddress,
): number {
  return Math.min(family === "IPv4" ? aggregationLength : aggregationLengthV6, ADDRESS_BITS[family]);
}

function advertise(
  service: BgpVerdict["service"],
  { addresses, suspended, home, advertisements }: Standing,
  uses: readonly PrefixUse[],
  ground: NodeGround,
): BgpVerdict {
  const prefixes = uses.map(({ prefix, advertisements: own }) => ({ prefix, peers: ground.peerNames(own) }));
  const { keptBecause } = home;
  const own = suspended.find(({ node }) => node === ground.nodeName);
  const because = [
    whereTo(ground.peerNames(advertisements), advertisements, ground),
    own === undefined ? "" : `, though the node ${own.because}: nobody else is left`,
    keptBecause === undefined ? "" : `; kept until the Service gives it up, though ${keptBecause}`,
  ].join("");
  const decision = ground.sameDecision({ kind: "advertise", because });
  return { service, addresses, prefixes, suspended, decision };
}

function whereTo(
  peers: readonly string[],
  advertisements: readonly BgpAdvertisement[],
  { peers: all, nodeName }: NodeGround,
): string {
  const by = `by BGPAdvertisement ${namesOf(advertisements).replaceAll(" ", ", ")}`;
  if (peers.length > 0) return `to ${peers.join(", ")} ${by}`;
  if (all.length === 0) return `to nobody: no BGPPeer selects the node ${nodeName}`;
  return `to nobody ${by}: none of its peers is a BGPPeer of the node ${nodeName}`;
}

function refuse({ reason, because }: AnnouncingRefusal): Withdrawal {
  if (reason === "deleted") return withdraw("serviceDeleted", because);
  return withdraw(reason === "no-address" ? "noIPAllocated" : "invalidIP", because);
}

function withdraw(reason: BgpWithdrawReason, because: string): Withdrawal {
  return { kind: "withdraw", reason, because };
}
