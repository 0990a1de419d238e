import { formatIpAddress, formatIpPrefix, type IpAddress } from "@steelyard/model/address";
import { type SegmentReport } from "@steelyard/model/resources";
import { type Clock } from "@steelyard/model/foundation";
import { type BgpVerdict } from "../core/desired/bgp/types.ts";
import { serviceKey } from "../core/desired/service-key.ts";
import { hasSubnetOf } from "../core/interfaces/subnets.ts";
import { type DesiredState } from "../core/desired/types.ts";
import { segmentReport } from "../core/reporting/segment-sight.ts";
import { type NetioReport, type RingMember } from "../ports/netio-report.ts";
import { type BgpPeerSummary, summariseBgpPeers } from "./bgp/peer-summary.ts";
import { type BgpPeerStatus } from "./bgp/peer-status.ts";

/** What `/status.json` says: what this agent knows of the moment, for people and their scripts. */
export interface AgentStatus {
  readonly node: string;
  readonly healthy: string;
  readonly ready: string;
  /** undefined = the worker has not spoken yet. */
  readonly policy: NetioReport["policy"] | undefined;
  /** undefined = there is no membership, or the worker has not spoken yet. */
  readonly members: readonly RingMember[] | undefined;
  readonly addresses: Readonly<Record<string, AddressStatus>>;
  /** Only what is not as it should be. */
  readonly segment: Omit<SegmentReport, "suspended"> | undefined;
  /** `off`: why there is no BGP; absent = there is. `peers`: by the name of a BGPPeer of this node. */
  readonly bgp: { readonly off?: string; readonly peers: Readonly<Record<string, BgpPeerSummary>> };
}

export interface AddressStatus {
  /** null = nobody, as far as this node knows. */
  readonly owner: string | null;
  /** Where this node announces it; absent = it does not. */
  readonly interfaces?: readonly string[];
  /** By BGP: to which routers, by the names of their BGPPeers, which prefix is to go; absent = to none. */
  readonly routes?: Readonly<Record<string, readonly string[]>>;
  readonly services: readonly string[];
  /** Whether this node may announce it, and why; one sentence. */
  readonly because: string;
}

export interface StatusFacts {
  readonly nodeName: string;
  readonly whyNotHealthy: string | undefined;
  readonly whyNotReady: string | undefined;
  readonly desired: DesiredState | undefined;
  readonly report: NetioReport | undefined;
  /** By the text of an address. */
  readonly owners: ReadonlyMap<string, string>;
  readonly bgp: {
    readonly verdicts: readonly BgpVerdict[];
    readonly peers: readonly BgpPeerStatus[];
    readonly whyOff: string | undefined;
  };
  readonly clock: Clock;
}

export function agentStatus(facts: StatusFacts): AgentStatus {
  const { nodeName, whyNotHealthy, whyNotReady, desired, report, owners, bgp, clock } = facts;
  return {
    node: nodeName,
    healthy: whyNotHealthy ?? "ok",
    ready: whyNotReady ?? "ok",
    policy: report?.policy,
    members: report?.members,
    addresses: desired === undefined ? {} : addressesOf(desired, report, owners, routesOf(bgp.verdicts)),
    segment: report && seenOf(report),
    bgp: {
      ...(bgp.whyOff !== undefined && { off: bgp.whyOff }),
      peers: summariseBgpPeers(bgp.peers, clock),
    },
  };
}

function seenOf(report: NetioReport): AgentStatus["segment"] {
  const { held, defended, checks, unannounceable } = segmentReport(report, []);
  return { held, defended, checks, unannounceable };
}

function addressesOf(
  { verdicts }: DesiredState,
  report: NetioReport | undefined,
  owners: StatusFacts["owners"],
  routes: ReadonlyMap<string, RoutedService>,
): AgentStatus["addresses"] {
  const announced = new Map(
    report?.owned.map(({ address, interfaces }) => [formatIpAddress(address), interfaces]),
  );
  const addresses = new Map<string, AddressStatus>();
  for (const { service, addresses: held, decision } of verdicts) {
    const routed = routes.get(serviceKey(service));
    // A Service that only BGP covers is not at fault for what layer 2 does not do.
    const { because } = decision.kind === "candidate" ? decision : (routed ?? decision);
    for (const text of textsOf(held, routed)) {
      const interfaces = announced.get(text);
      addresses.set(text, {
        owner: owners.get(text) ?? null,
        ...(interfaces !== undefined && { interfaces }),
        ...routesField(addresses.get(text), routed?.routes.get(text)),
        services: [...(addresses.get(text)?.services ?? []), serviceKey(service)],
        because,
      });
    }
  }
  return Object.fromEntries(addresses);
}

interface RoutedService {
  /** By the text of an address. */
  readonly routes: ReadonlyMap<string, Routes>;
  readonly because: string;
}

type Routes = NonNullable<AddressStatus["routes"]>;

/** By `namespace/name`, the Services that are to be announced by BGP. */
function routesOf(verdicts: readonly BgpVerdict[]): ReadonlyMap<string, RoutedService> {
  return new Map(
    verdicts.flatMap(({ service, addresses, prefixes, decision }) => {
      if (decision.kind !== "advertise") return [];
      const routes = new Map(addresses.map((one) => [formatIpAddress(one), routesTo(one, prefixes)]));
      return [[serviceKey(service), { routes, because: decision.because }] as const];
    }),
  );
}

function routesTo(address: IpAddress, prefixes: BgpVerdict["prefixes"]): Routes {
  const covering = prefixes.filter(({ prefix }) => hasSubnetOf([prefix], address));
  return Object.fromEntries(covering.map(({ prefix, peers }) => [formatIpPrefix(prefix), peers]));
}

function textsOf(held: readonly IpAddress[], routed: RoutedService | undefined): readonly string[] {
  return held.length > 0 ? held.map(formatIpAddress) : [...(routed?.routes.keys() ?? [])];
}

/** Several Services may share an address. */
function routesField(
  before: AddressStatus | undefined,
  routes: Routes | undefined,
): Pick<AddressStatus, "routes"> {
  const all = { ...before?.routes, ...routes };
  return Object.keys(all).length === 0 ? {} : { routes: all };
}
