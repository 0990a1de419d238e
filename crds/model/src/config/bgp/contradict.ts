import { type IpFamily } from "../../address/index.ts";
import { AGGREGATION_FIELDS } from "./advertisements.ts";
import { type BgpAdvertisement } from "./types.ts";

/**
 * Whether two advertisements that meet on a node want the same route to the same router with another local preference
 * (reference metallb.md, section 5.1). Routes of another length are other routes.
 *
 * @param families of the addresses that both announce
 */
export function contradict(a: BgpAdvertisement, b: BgpAdvertisement, families: readonly IpFamily[]): boolean {
  if (a.localPref === b.localPref || !havePeersInCommon(a, b)) return false;
  return families.some((family) => a[AGGREGATION_FIELDS[family]] === b[AGGREGATION_FIELDS[family]]);
}

function havePeersInCommon(a: BgpAdvertisement, b: BgpAdvertisement): boolean {
  if (a.peers.length === 0 || b.peers.length === 0) return true;
  return a.peers.some((peer) => b.peers.includes(peer));
}
