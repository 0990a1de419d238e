import { compareIpAddresses, formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Result } from "@steelyard/model/foundation";
import {
  type EndpointSliceResource,
  type NodeResource,
  serviceOfSlice,
  type ServiceResource,
} from "@steelyard/model/resources";
import { advertisementCoversNode, isHandledService } from "@steelyard/model/services";
import { type Sha256 } from "../election/rank-announcers.ts";
import { type Announcement } from "../election/ranked-announcement.ts";
import { type Claim, claimOf, type Refusal } from "./claim.ts";
import { type Election, electionBefore } from "./elections.ts";
import { findHomes } from "./homes.ts";
import { mergeRankings } from "./merge-rankings.ts";
import { withOwnAddresses } from "./own-addresses.ts";
import { serviceKey } from "./service-key.ts";
import {
  type AnnouncingOptions,
  type ClusterSnapshot,
  type Decision,
  type DesiredState,
  type Predecessor,
  type ServiceVerdict,
} from "./types.ts";

/**
 * Decides from a snapshot of the cluster which addresses this node has to do with, in which order nodes announce them,
 * and says of each Service why. Pure and deterministic: two agents with the same view agree, except about an address
 * whose pool is gone while its Service still holds it, of which an agent knows only what it saw itself (see homes.ts).
 *
 * @param previous the decision before this one, if there was any
 */
export function decideAnnouncements(
  cluster: ClusterSnapshot,
  options: AnnouncingOptions,
  deps: { readonly sha256: Sha256 },
  previous?: Predecessor,
): DesiredState {
  const slices = slicesByService(cluster.endpointSlices);
  const me = cluster.nodes.find((node) => node.metadata.name === options.nodeName);
  const ground = { config: cluster.config, nodes: cluster.nodes, ignoreExcludeLb: options.ignoreExcludeLb };
  const services = withOwnAddresses(cluster.services, cluster.config)
    .filter((service) => isHandledService(service, options.lbClasses))
    .sort((left, right) => (serviceKey(left.metadata) < serviceKey(right.metadata) ? -1 : 1));
  const { homes, remembered } = findHomes(services, cluster.config, previous?.remembered ?? new Map());
  const elections = services.map((service): Election => {
    const key = serviceKey(service.metadata);
    const claimant = { service, slices: slices.get(key) ?? [], home: homes.get(key) };
    const before = electionBefore(previous?.elections, ground, claimant);
    return before ?? { ...claimant, claim: claimOf(claimant, cluster, options, deps.sha256) };
  });
  const considered = elections.map(({ service, claim }) => consider(service, claim, me));
  const announcements = announcementsOf(considered);
  return {
    announcements: [...announcements.values()]
      .filter(({ ranking }) => ranking.includes(options.nodeName))
      .sort((left, right) => compareIpAddresses(left.address, right.address)),
    verdicts: considered.map((each) =>
      verdictOn(each, announcements, { name: options.nodeName, resource: me }),
    ),
    elections: {
      ...ground,
      byService: new Map(elections.map((election) => [serviceKey(election.service.metadata), election])),
    },
    remembered,
  };
}

/** The node this agent runs on. */
interface OwnNode {
  readonly name: string;
  /** undefined = the cluster has no such node. */
  readonly resource: NodeResource | undefined;
}

interface Considered {
  readonly service: ServiceResource;
  readonly claim: Result<Claim, Refusal>;
  /** undefined = no advertisement of the Service covers this node. */
  readonly interfaces: readonly string[] | undefined;
}

function consider(
  service: ServiceResource,
  claim: Result<Claim, Refusal>,
  me: NodeResource | undefined,
): Considered {
  return {
    service,
    claim,
    interfaces: claim.ok && me !== undefined ? interfacesOn(me, claim.value) : undefined,
  };
}

/** The union over advertisements for the Service that cover the node; one without a list means all (section 4.3). */
function interfacesOn(node: NodeResource, { advertisements }: Claim): readonly string[] | undefined {
  const lists = advertisements
    .filter((advertisement) => advertisementCoversNode(advertisement, node))
    .map((advertisement) => advertisement.interfaces);
  return lists.length === 0 ? undefined : unionOfLists(lists);
}

function unionOfLists(lists: readonly (readonly string[])[]): readonly string[] {
  return lists.some((list) => list.length === 0) ? [] : [...new Set(lists.flat())].sort();
}

/** By the text of the address: what all Services that hold it want, put together. */
function announcementsOf(considered: readonly Considered[]): ReadonlyMap<string, Announcement> {
  const holders = new Map<
    string,
    { address: IpAddress; claims: { claim: Claim; interfaces: Considered["interfaces"] }[] }
  >();
  for (const { claim, interfaces } of considered) {
    if (!claim.ok) continue;
    for (const address of claim.value.addresses) {
      const holder = holders.get(formatIpAddress(address)) ?? { address, claims: [] };
      holder.claims.push({ claim: claim.value, interfaces });
      holders.set(formatIpAddress(address), holder);
    }
  }
  const announcements = [...holders].map(([key, { address, claims }]): [string, Announcement] => {
    const ranking = mergeRankings(claims.map(({ claim }) => claim.ranking.map(({ node }) => node)));
    const lists = claims.flatMap(({ interfaces }) => (interfaces === undefined ? [] : [interfaces]));
    return [key, { address, ranking, interfaces: unionOfLists(lists) }];
  });
  return new Map(announcements);
}

function verdictOn(
  { service, claim, interfaces }: Considered,
  announcements: ReadonlyMap<string, Announcement>,
  node: OwnNode,
): ServiceVerdict {
  const { namespace = "", name, uid } = service.metadata;
  const identity = { service: { namespace, name, uid }, interfaces: interfaces ?? [] };
  if (!claim.ok) {
    const decision: Decision = { kind: "withdraw", ...claim.error };
    return { ...identity, addresses: [], ranking: [], excluded: [], decision };
  }
  const { addresses, ranking, excluded } = claim.value;
  const first = addresses[0] && announcements.get(formatIpAddress(addresses[0]));
  const decision = decide(claim.value, interfaces, first?.ranking ?? [], node);
  return { ...identity, addresses, ranking, excluded, decision };
}

function decide(
  claim: Claim,
  interfaces: Considered["interfaces"],
  ranking: readonly string[],
  me: OwnNode,
): Decision {
  const [owner] = ranking;
  if (owner === me.name) {
    const place = claim.ranking.find(({ node }) => node === me.name);
    const { keptBecause } = claim.home;
    const kept =
      keptBecause === undefined ? "" : `; kept until the Service gives it up, though ${keptBecause}`;
    return {
      kind: "announce",
      because: `first in the ranking (${place?.because ?? "for a shared address"})${kept}`,
    };
  }
  if (me.resource === undefined)
    return { kind: "withdraw", reason: "notOwner", because: `the cluster has no node ${me.name}` };
  if (interfaces === undefined) {
    const because = `no L2Advertisement for the Service covers the node ${me.name}`;
    return { kind: "withdraw", reason: "noMatchingAdvertisement", because };
  }
  if (owner === undefined) return { kind: "withdraw", reason: "notOwner", because: nobody(claim) };
  return { kind: "withdraw", reason: "notOwner", because: `node ${owner} is first in the ranking` };
}

function nobody({ excluded }: Claim): string {
  const each = excluded.map(({ node, because }) => `${node} ${because}`);
  return each.length === 0 ? "the cluster has no nodes" : `no node may announce it: ${each.join(", ")}`;
}

function slicesByService(
  slices: readonly EndpointSliceResource[],
): ReadonlyMap<string, readonly EndpointSliceResource[]> {
  const grouped = new Map<string, EndpointSliceResource[]>();
  for (const slice of slices) {
    const key = serviceOfSlice(slice);
    if (key === undefined) continue;
    const group = grouped.get(key);
    if (group === undefined) grouped.set(key, [slice]);
    else group.push(slice);
  }
  return grouped;
}
