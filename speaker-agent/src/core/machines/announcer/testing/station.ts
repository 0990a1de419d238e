import { type IpAddress } from "@steelyard/model/address";
import { encodeArp } from "../../../wire/arp.ts";
import { encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV6 } from "../../../wire/ethernet.ts";
import { multicastMac, solicitedNodeGroup, UNSPECIFIED } from "../../../wire/ipv6-multicast.ts";
import { encodeIpv6 } from "../../../wire/ipv6.ts";
import { BROADCAST_MAC, type MacAddress } from "../../../wire/mac-address.ts";
import { type NdpOption } from "../../../wire/ndp-options.ts";
import { encodeNdp } from "../../../wire/ndp.ts";
import { ip } from "../../../wire/testing/ip.ts";

export interface Question {
  /** Who asks; `:c` of 02:00:00:00:00:0c. */
  readonly mac: MacAddress;
  readonly from: IpAddress;
  readonly target: IpAddress;
  /** Unicast instead of to everyone. */
  readonly to?: MacAddress;
}

export const CLIENT_MAC: MacAddress = new Uint8Array([2, 0, 0, 0, 0, 0x0c]);

/** "Who has `target`? Tell `from`." */
export function arpRequest({ mac, from, target, to = BROADCAST_MAC }: Question): Uint8Array {
  const payload = encodeArp({
    operation: "request",
    senderMac: mac,
    senderAddress: from,
    targetMac: new Uint8Array(6),
    targetAddress: target,
  });
  return encodeEthernet({ destination: to, source: mac, etherType: ETHERTYPE_ARP, payload });
}

/** A probe for duplicates when `from` is ::; to the solicited-node group unless `to` makes it unicast. */
export function solicitation(question: Question, options?: readonly NdpOption[]): Uint8Array {
  const { mac, from, target, to } = question;
  const isProbe = from.value === UNSPECIFIED.value;
  const group = solicitedNodeGroup(target);
  const own: NdpOption[] = isProbe ? [] : [{ kind: "source-link-layer-address", mac }];
  const message = { kind: "solicitation", target, options: options ?? own } as const;
  const packet = encodeNdp(message, from, to === undefined ? group : target);
  const destination = to ?? multicastMac(group);
  return encodeEthernet({ destination, source: mac, etherType: ETHERTYPE_IPV6, payload: encodeIpv6(packet) });
}

/** The questions of one client, by default to everyone. */
export const client = {
  arp: (target: string, to?: MacAddress) =>
    arpRequest({ mac: CLIENT_MAC, from: ip("192.0.2.1"), target: ip(target), ...(to && { to }) }),
  arpProbe: (target: string) => arpRequest({ mac: CLIENT_MAC, from: ip("0.0.0.0"), target: ip(target) }),
  ndp: (target: string, to?: MacAddress) =>
    solicitation({ mac: CLIENT_MAC, from: ip("fe80::c"), target: ip(target), ...(to && { to }) }),
  ndpProbe: (target: string) => solicitation({ mac: CLIENT_MAC, from: UNSPECIFIED, target: ip(target) }),
} as const;
