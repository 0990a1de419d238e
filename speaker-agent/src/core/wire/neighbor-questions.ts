import { type IpAddress } from "@steelyard/model/address";
import { claimOption, type ClaimTrailer } from "./claim-trailer.ts";
import { encodeEthernet, ETHERTYPE_IPV6 } from "./ethernet.ts";
import { encodeIpv6 } from "./ipv6.ts";
import { multicastMac, solicitedNodeGroup, UNSPECIFIED } from "./ipv6-multicast.ts";
import { BROADCAST_MAC, type MacAddress } from "./mac-address.ts";
import { type NdpOption } from "./ndp-options.ts";
import { encodeNdp } from "./ndp.ts";
import { arpFrame } from "./neighbor-frames.ts";

/** "Who has `target`?", asked by a station that has an address itself. */
export interface NeighborQuestion {
  /** Who asks. */
  readonly mac: MacAddress;
  /** Of the family of `target`. */
  readonly from: IpAddress;
  readonly target: IpAddress;
  /** Absent = to everyone (ARP) or to the target's solicited-node group (NDP). */
  readonly to?: MacAddress;
}

const NO_MAC: MacAddress = new Uint8Array(6);
const NO_ADDRESS: IpAddress = { family: "IPv4", value: 0n };

/** An ARP request (RFC 826) or a neighbour solicitation (RFC 4861, section 4.3), by the family of the target. */
export function questionFrame(question: NeighborQuestion): Uint8Array {
  return question.target.family === "IPv4" ? arpRequestFrame(question) : solicitationFrame(question);
}

/**
 * Asks whether anybody has `target`, without saying that we want it to neighbours that would remember: an ARP probe
 * (sender 0.0.0.0; RFC 5227, section 2.1.1) or a probe for duplicates (source ::; RFC 4862, section 5.4.2). The claim
 * tells other agents of ours who asks.
 */
export function probeFrame(target: IpAddress, mac: MacAddress, claim?: ClaimTrailer): Uint8Array {
  return target.family === "IPv4"
    ? arpRequestFrame({ mac, from: NO_ADDRESS, target }, claim)
    : solicitationFrame({ mac, from: UNSPECIFIED, target }, claim && [claimOption(claim)]);
}

function arpRequestFrame(
  { mac, from, target, to = BROADCAST_MAC }: NeighborQuestion,
  claim?: ClaimTrailer,
): Uint8Array {
  const sender = { senderMac: mac, senderAddress: from };
  const packet = { operation: "request", ...sender, targetMac: NO_MAC, targetAddress: target } as const;
  return arpFrame(to, packet, claim);
}

/** `options` undefined = the source link-layer address, unless the source is :: and must not have one. */
export function solicitationFrame(
  { mac, from, target, to }: NeighborQuestion,
  options?: readonly NdpOption[],
): Uint8Array {
  const group = solicitedNodeGroup(target);
  const isProbe = from.value === UNSPECIFIED.value;
  const own: readonly NdpOption[] = isProbe ? [] : [{ kind: "source-link-layer-address", mac }];
  const message = { kind: "solicitation", target, options: options ?? own } as const;
  const payload = encodeIpv6(encodeNdp(message, from, to === undefined ? group : target));
  return encodeEthernet({
    destination: to ?? multicastMac(group),
    source: mac,
    etherType: ETHERTYPE_IPV6,
    payload,
  });
}
