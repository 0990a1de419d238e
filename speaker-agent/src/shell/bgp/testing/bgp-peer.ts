import { type BgpPeer } from "@steelyard/model/config";
import { ip } from "../../../core/wire/testing/ip.ts";

/** A BGPPeer with nothing but what it must have: another AS, one hop away. */
export function bgpPeer(changes: Partial<BgpPeer> = {}): BgpPeer {
  return {
    name: "tor",
    myAsn: 65_000,
    peerAsn: 65_010,
    localAsn: undefined,
    endpoint: { by: "address", address: ip("192.0.2.1") },
    port: 179,
    sourceAddress: undefined,
    timers: undefined,
    connectTimeSeconds: undefined,
    routerId: undefined,
    nodeSelectors: [],
    password: undefined,
    bfd: undefined,
    gracefulRestart: false,
    ebgpMultiHop: false,
    ttlSecurity: undefined,
    vrf: undefined,
    dualStackAddressFamily: false,
    ...changes,
  };
}
