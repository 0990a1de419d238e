import { formatIpAddress, type IpAddress, ipPrefix, sameIpAddress } from "@steelyard/model/address";
import { whySuspended } from "@steelyard/model/services";
import { type CarriedRoutes } from "../desired/bgp/carried-routes.ts";
import { type AdvertisedPrefix, type BgpVerdict } from "../desired/bgp/types.ts";
import { serviceKey } from "../desired/service-key.ts";
import { type AnnouncedPlace, type Standing, type Standings } from "./standing.ts";

/**
 * What this node announces of each Service by BGP: an address begins to be announced when a router has a route to it, and
 * is announced until the configuration or the Service ends it. A session that goes down and comes back is told of once,
 * as a session, and not once for each of ten thousand Services.
 */
export function buildBgpStandings(
  before: Standings,
  verdicts: readonly BgpVerdict[],
  carried: CarriedRoutes,
): Standings {
  const standings = verdicts.flatMap((verdict): [string, Standing][] => {
    const key = serviceKey(verdict.service);
    const known = before.get(key);
    if (known !== undefined && goesOn(verdict, known)) return [[key, known]];
    const announced = placesOf(verdict, known, carried);
    return announced.length === 0 ? [] : [[key, standingOf(verdict, announced)]];
  });
  return new Map(standings);
}

/** One list for ten thousand Services. */
const nothing: readonly never[] = [];

/** Whether all of it is announced already: then no router has to be asked, and of ten thousand Services mostly all go on. */
function goesOn({ service, addresses, prefixes, suspended }: BgpVerdict, known: Standing): boolean {
  if (service.uid !== known.service.uid || suspended.length > 0 || known.suspended !== undefined)
    return false;
  if (addresses.length !== known.announced.length) return false;
  return addresses.every((address, index) => {
    const announced = known.announced[index]?.address;
    const isSame = announced !== undefined && sameIpAddress(address, announced);
    return isSame && prefixes.some((prefix) => prefix.peers.length > 0 && isIn(address, prefix));
  });
}

/** Addresses that this node advertises although a rule excludes every node that may. */
export function advertisedSuspended(
  verdicts: readonly BgpVerdict[],
  carried: CarriedRoutes,
): readonly IpAddress[] {
  return verdicts
    .filter(({ suspended }) => suspended.length > 0)
    .flatMap((verdict) => placesOf(verdict, undefined, carried))
    .map(({ address }) => address);
}

function standingOf({ service, suspended }: BgpVerdict, announced: readonly AnnouncedPlace[]): Standing {
  return {
    service,
    announced,
    failed: nothing,
    held: nothing,
    defended: nothing,
    suspended: suspended.length > 0 ? whySuspended(suspended) : undefined,
  };
}

function placesOf(
  { service, addresses, prefixes }: BgpVerdict,
  before: Standing | undefined,
  carried: CarriedRoutes,
): readonly AnnouncedPlace[] {
  const isSame = before?.service.uid === service.uid;
  const known = new Set(
    (isSame ? before?.announced : undefined)?.map(({ address }) => formatIpAddress(address)),
  );
  return addresses.flatMap((address) => {
    const routes = prefixes.filter((prefix) => isIn(address, prefix) && prefix.peers.length > 0);
    const peers = routes.flatMap(({ prefix, peers: wanted }) =>
      wanted.filter((peer) => carried.carries(peer, prefix)),
    );
    const isAnnounced = peers.length > 0 || (routes.length > 0 && known.has(formatIpAddress(address)));
    return isAnnounced ? [{ address, interfaces: nothing, peers: [...new Set(peers)].sort() }] : [];
  });
}

function isIn(address: IpAddress, { prefix: { network, length } }: AdvertisedPrefix): boolean {
  if (address.family !== network.family) return false;
  // As a rule it is a host route.
  return address.value === network.value || ipPrefix(address, length).network.value === network.value;
}
