import { type Fields } from "../fields.ts";
import { type ForeignObject } from "../foreign-object.ts";
import { type MetallbObjects } from "../metallb-objects.ts";
import { type MadePeer } from "./bgp-cluster-config.ts";
import { readCommunities } from "./communities.ts";
import { advertisementSelectors } from "./service-selector.ts";

interface Audience {
  readonly peers: readonly MadePeer[];
  /** Those of them that choose this advertisement. */
  readonly told: readonly MadePeer[];
}

export function importAdvertisement(from: ForeignObject, audience: Audience, made: MetallbObjects): void {
  const spec = from.spec();
  for (const entry of spec.each("advertisements")) importEntry(from, entry, audience, made);
  spec.end();
}

function importEntry(from: ForeignObject, entry: Fields, audience: Audience, made: MetallbObjects): void {
  const { peers, told } = audience;
  const type = entry.requiredText("advertisementType");
  const service = entry.fields("service");
  const selector = entry.selector("selector");
  const attributes = entry.fields("attributes");
  const communities = readCommunities(attributes?.fields("communities"));
  const localPref = attributes?.number("localPreference");
  attributes?.end();
  entry.end();
  if (type !== "Service")
    return entry.lose("advertisementType", `${type} is not announced; only Services are`);
  const isAboutUs = readKinds(service);
  const aggregation = readAggregation(service);
  service?.end();
  if (!isAboutUs) return;
  if (selector === undefined)
    return from.hint("without a selector Cilium announces no Service by it, so nothing is here either");
  if (told.length === 0)
    return from.hint("no CiliumBGPPeerConfig of the files chooses it, so nothing is announced by it");
  const services = advertisementSelectors(selector, entry, "selector");
  if (services === undefined) return;
  const isAggregated = Object.values(aggregation).some((length) => length !== undefined);
  if (isAggregated && services.length > 0)
    service?.lose(
      "aggregationLengthIPv4",
      "routes of selected Services are not aggregated; they are announced one by one",
    );
  made.add(from, "BGPAdvertisement", from.name, {
    ...(services.length === 0 ? aggregation : {}),
    communities,
    localPref,
    serviceSelectors: services,
    // Without a list all peers are told.
    peers: told.length === peers.length ? [] : told.map(({ name }) => name),
  });
}

function readKinds(service: Fields | undefined): boolean {
  const kinds = service?.texts("addresses") ?? [];
  for (const kind of kinds.filter((one) => one !== "LoadBalancerIP"))
    service?.lose("addresses", `${kind} of Services is not announced`);
  return kinds.includes("LoadBalancerIP");
}

function readAggregation(service: Fields | undefined): Readonly<Record<string, number | undefined>> {
  return {
    aggregationLength: service?.number("aggregationLengthIPv4"),
    aggregationLengthV6: service?.number("aggregationLengthIPv6"),
  };
}
