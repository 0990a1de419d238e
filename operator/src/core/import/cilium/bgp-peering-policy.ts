import { type LabelSelector } from "@steelyard/model/foundation";
import { type Fields } from "../fields.ts";
import { type ForeignObject } from "../foreign-object.ts";
import { type MetallbObjects, selectorList } from "../metallb-objects.ts";
import { readCommunities } from "./communities.ts";
import { advertisementSelectors } from "./service-selector.ts";
import { readGracefulRestart, readSecret, readTimers, speaksBothFamilies } from "./session.ts";

/** The older form: routers, their neighbours, and which Services they are told of, all in one object. */
export function importBgpPeeringPolicy(from: ForeignObject, made: MetallbObjects): void {
  const spec = from.spec();
  const nodes = spec.selector("nodeSelector");
  const routers = spec.each("virtualRouters");
  for (const [index, router] of routers.entries()) {
    const stem = routers.length === 1 ? from.name : `${from.name}-${index + 1}`;
    importRouter(from, router, { stem, nodes, made });
  }
  spec.end();
}

interface RouterContext {
  /** How names begin. */
  readonly stem: string;
  readonly nodes: LabelSelector | undefined;
  readonly made: MetallbObjects;
}

function importRouter(from: ForeignObject, router: Fields, context: RouterContext): void {
  const localAsn = router.number("localASN");
  if (router.flag("exportPodCIDR") === true)
    router.lose("exportPodCIDR", "networks of Pods are not announced");
  router.drop("podIPPoolSelector", "networks of Pods are not announced");
  const services = router.selector("serviceSelector");
  const kinds = router.texts("serviceAdvertisements");
  const isAboutUs = kinds.length === 0 || kinds.includes("LoadBalancerIP");
  for (const kind of kinds.filter((one) => one !== "LoadBalancerIP"))
    router.lose("serviceAdvertisements", `${kind} of Services is not announced`);
  const selected =
    services === undefined || !isAboutUs
      ? undefined
      : advertisementSelectors(services, router, "serviceSelector");
  for (const [index, neighbor] of router.each("neighbors").entries())
    importNeighbor(from, neighbor, { ...context, localAsn, index: index + 1, services: selected });
  if (services === undefined)
    from.hint("without a serviceSelector Cilium announces no Service, so nothing is here either");
  router.end();
}

interface NeighborContext extends RouterContext {
  readonly localAsn: number | undefined;
  readonly index: number;
  /** undefined = nothing is announced. */
  readonly services: readonly LabelSelector[] | undefined;
}

function importNeighbor(from: ForeignObject, neighbor: Fields, context: NeighborContext): void {
  const { stem, nodes, made, localAsn, index, services } = context;
  const hops = neighbor.number("eBGPMultihopTTL") ?? 1;
  const peerAsn = neighbor.number("peerASN");
  neighbor.drop("peerASNMode", "the AS number is as given");
  const peer = made.add(from, "BGPPeer", `${stem}-peer-${index}`, {
    myASN: localAsn,
    peerASN: peerAsn,
    peerAddress: neighbor.requiredText("peerAddress").replace(/\/(32|128)$/, ""),
    peerPort: neighbor.number("peerPort"),
    ...readTimers(neighbor),
    // Within one AS the TTL is no matter, and MetalLB's objects refuse the two together.
    ebgpMultiHop: hops > 1 && peerAsn !== localAsn ? true : undefined,
    enableGracefulRestart: readGracefulRestart(neighbor.fields("gracefulRestart")),
    dualStackAddressFamily: speaksBothFamilies(neighbor.each("families")) ? true : undefined,
    passwordSecret: readSecret(neighbor.text("authSecretRef"), from),
    nodeSelectors: selectorList(nodes),
  });
  if (services !== undefined) advertise(from, neighbor, { ...context, services, peer });
  neighbor.end();
}

function advertise(
  from: ForeignObject,
  neighbor: Fields,
  context: NeighborContext & { readonly services: readonly LabelSelector[]; readonly peer: string },
): void {
  const { nodes, made, services, peer } = context;
  const common = { nodeSelectors: selectorList(nodes), serviceSelectors: services, peers: [peer] };
  const attributes = neighbor.each("advertisedPathAttributes").map(readAttributes);
  const forAll = attributes.filter(({ pools }) => pools === undefined);
  made.add(from, "BGPAdvertisement", peer, {
    ...common,
    communities: [...new Set(forAll.flatMap(({ communities }) => communities))],
    localPref: forAll.findLast(({ localPref }) => localPref !== undefined)?.localPref,
  });
  // A second advertisement adds communities to the routes of the first; two preferences would contradict each other.
  for (const { pools, communities, localPref, fields } of attributes) {
    if (pools === undefined) continue;
    if (localPref !== undefined)
      fields.lose(
        "localPreference",
        "it is for all pools or for none, as long as the other pools share an advertisement",
      );
    if (communities.length > 0)
      made.add(from, "BGPAdvertisement", `${peer}-some`, {
        ...common,
        ipAddressPoolSelectors: [pools],
        communities,
      });
  }
}

interface PathAttributes {
  readonly fields: Fields;
  /** undefined = all. */
  readonly pools: LabelSelector | undefined;
  readonly communities: readonly string[];
  readonly localPref: number | undefined;
}

function readAttributes(fields: Fields): PathAttributes {
  const isAboutPools = fields.requiredText("selectorType") === "CiliumLoadBalancerIPPool";
  const pools = fields.selector("selector");
  const communities = readCommunities(fields.fields("communities"));
  const localPref = fields.number("localPreference");
  fields.end();
  if (isAboutPools) return { fields, pools, communities, localPref };
  fields.lose("selectorType", "networks of Pods are not announced");
  return { fields, pools: undefined, communities: [], localPref: undefined };
}
