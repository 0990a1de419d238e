import { type IpAddress } from "@steelyard/model/address";
import { err, type Millis, ok, type Result } from "@steelyard/model/foundation";
import { readHalf, readWord } from "./address-bytes.ts";
import { decodeError, type DecodeError } from "./decode-error.ts";
import { ALL_NODES, ALL_ROUTERS, isLinkLocal, UNSPECIFIED } from "./ipv6-multicast.ts";
import { type Ipv6Packet, NEXT_HEADER_ICMPV6 } from "./ipv6.ts";
import { type MacAddress } from "./mac-address.ts";
import { decodeNdpOptions, encodeNdpOptions, type NdpOption, sourceLinkLayerAddress } from "./ndp-options.ts";
import { ndpPacket, whyNotSound } from "./ndp-packet.ts";

export const TYPE_ROUTER_SOLICITATION = 133;
export const TYPE_ROUTER_ADVERTISEMENT = 134;

/** Up to the options: type, code, checksum; then reserved 4, or hop limit, flags, lifetime 2, reachable time 4, retransmission 4. */
const FIXED_LENGTHS = { "router-solicitation": 8, "router-advertisement": 16 } as const;
/** RFC 6275, section 7.3: reserved 2, milliseconds 4. */
const ADVERTISEMENT_INTERVAL = 7;

/** "Who is a router here?" (RFC 4861, section 4.1). */
export interface RouterSolicitation {
  readonly kind: "router-solicitation";
  readonly from: IpAddress;
}

/** "I am" (RFC 4861, section 4.2); what it says of prefixes and parameters of the link is not kept. */
export interface RouterAdvertisement {
  readonly kind: "router-advertisement";
  /** Link-local. */
  readonly from: IpAddress;
  /** How long it may be a default router; 0 = it is none. */
  readonly lifetimeSeconds: number;
  /** The longest time between two unasked-for ones, where the router says it. */
  readonly interval: Millis | undefined;
}

export type RouterDiscoveryMessage = RouterSolicitation | RouterAdvertisement;

/** Decodes and validates by RFC 4861, sections 6.1.1 and 6.1.2. */
export function decodeRouterDiscovery(packet: Ipv6Packet): Result<RouterDiscoveryMessage, DecodeError> {
  const { payload, source } = packet;
  const isIcmpv6 = packet.nextHeader === NEXT_HEADER_ICMPV6 && payload.length > 0;
  const kind = isIcmpv6 ? kindOf(payload[0]) : undefined;
  if (kind === undefined) return err(decodeError("foreign", "the packet is not about routers"));
  const length = FIXED_LENGTHS[kind];
  if (payload.length < length)
    return err(decodeError("truncated", `the ${kind} is shorter than ${length} bytes`));
  const unsound = whyNotSound(packet);
  if (unsound !== undefined) return err(unsound);
  const options = decodeNdpOptions(payload.subarray(length));
  if (!options.ok) return options;
  if (kind === "router-advertisement") return advertisementOf(source, payload, options.value);
  return source.value === UNSPECIFIED.value && sourceLinkLayerAddress(options.value) !== undefined
    ? err(decodeError("malformed", "a question from nowhere names its sender"))
    : ok({ kind, from: source });
}

/**
 * What tells routers on an unnumbered link our address. With a lifetime of zero, so that no host takes this node for a default
 * router, and with nothing on the link's parameters (RFC 4861, section 6.2.3).
 */
export function routerAdvertisement(source: IpAddress, mac: MacAddress): Ipv6Packet {
  return discoveryPacket("router-advertisement", mac, source, ALL_NODES);
}

/** Asks the routers of a link to advertise themselves now (RFC 4861, section 6.3.7). */
export function routerSolicitation(source: IpAddress, mac: MacAddress): Ipv6Packet {
  return discoveryPacket("router-solicitation", mac, source, ALL_ROUTERS);
}

function discoveryPacket(
  kind: RouterDiscoveryMessage["kind"],
  mac: MacAddress,
  source: IpAddress,
  destination: IpAddress,
): Ipv6Packet {
  const options = encodeNdpOptions([{ kind: "source-link-layer-address", mac }]);
  const payload = new Uint8Array(FIXED_LENGTHS[kind] + options.length);
  payload[0] = kind === "router-solicitation" ? TYPE_ROUTER_SOLICITATION : TYPE_ROUTER_ADVERTISEMENT;
  payload.set(options, FIXED_LENGTHS[kind]);
  return ndpPacket(payload, source, destination);
}

function kindOf(type: number | undefined): RouterDiscoveryMessage["kind"] | undefined {
  if (type === TYPE_ROUTER_SOLICITATION) return "router-solicitation";
  return type === TYPE_ROUTER_ADVERTISEMENT ? "router-advertisement" : undefined;
}

function advertisementOf(
  from: IpAddress,
  payload: Uint8Array,
  options: readonly NdpOption[],
): Result<RouterAdvertisement, DecodeError> {
  if (!isLinkLocal(from)) return err(decodeError("malformed", "the router's address is not link-local"));
  const lifetimeSeconds = readHalf(payload, 6);
  return ok({ kind: "router-advertisement", from, lifetimeSeconds, interval: intervalOf(options) });
}

function intervalOf(options: readonly NdpOption[]): Millis | undefined {
  for (const option of options) {
    if (option.kind === "other" && option.type === ADVERTISEMENT_INTERVAL) return readWord(option.body, 2);
  }
  return undefined;
}
