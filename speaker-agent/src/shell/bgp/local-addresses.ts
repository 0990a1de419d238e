import {
  ADDRESS_BITS,
  type IpAddress,
  ipAddressToBytes,
  type IpFamily,
  sameIpAddress,
} from "@steelyard/model/address";
import { hasSubnetOf, subnetsOf } from "../../core/interfaces/subnets.ts";
import { type NextHops } from "../../core/rib/types.ts";
import { crc32 } from "../../core/wire/gossip/crc32.ts";
import { isLinkLocal } from "../../core/wire/ipv6-multicast.ts";
import { type HostInterface } from "../../ports/router-watch.ts";

/** Both ends of a session's connection. */
export interface SessionEnds {
  readonly local: IpAddress;
  readonly remote: IpAddress;
  /** Where a link-local remote is; otherwise undefined. */
  readonly interface: string | undefined;
}

export interface HostView {
  readonly interfaces: readonly HostInterface[];
  /** Whether this node announces the address: such a one is no way to this node. */
  readonly isAnnounced: (address: IpAddress) => boolean;
}

type Held = HostInterface["addresses"][number];

/**
 * By which addresses the router of a session reaches this node: our end of the connection, and for the other family an
 * address of the same interface. IPv6 comes with the link-local address where the router is on one subnet with us
 * (RFC 2545, section 3), and a session between link-local addresses has no other.
 */
export function nextHopsOf(ends: SessionEnds, host: HostView): NextHops {
  const face = interfaceOf(ends, host.interfaces);
  const IPv4 = ends.local.family === "IPv4" ? ends.local : pick(face, "IPv4", host);
  const IPv6 = ipv6HopOf(ends, face, host);
  return { ...(IPv4 !== undefined && { IPv4 }), ...(IPv6 !== undefined && { IPv6 }) };
}

function ipv6HopOf(ends: SessionEnds, face: HostInterface | undefined, host: HostView): NextHops["IPv6"] {
  const address = ends.local.family === "IPv6" ? ends.local : pick(face, "IPv6", host);
  if (address === undefined || isLinkLocal(address) || !isNextDoor(ends, face)) return address && { address };
  const linkLocal = face?.addresses.find((held) => isLinkLocal(held.address))?.address;
  return { address, ...(linkLocal !== undefined && { linkLocal }) };
}

/**
 * The BGP identifier where none is configured: our end of an IPv4 session, else an IPv4 address of its interface, else of
 * any, else the CRC-32 of the node's name, as MetalLB's (reference metallb.md, section 5.5).
 */
export function fallbackRouterId(ends: SessionEnds, host: HostView, nodeName: string): number {
  if (ends.local.family === "IPv4") return Number(ends.local.value);
  const face = interfaceOf(ends, host.interfaces);
  const address = pick(face, "IPv4", host) ?? firstOf(host);
  return address === undefined ? crc32(new TextEncoder().encode(nodeName)) || 1 : Number(address.value);
}

function firstOf(host: HostView): IpAddress | undefined {
  const all = host.interfaces.flatMap(({ addresses }) => addresses);
  return pickFrom(all, "IPv4", host);
}

/** Whether the router is on a subnet of that interface. */
export function isNextDoor(
  { remote }: Pick<SessionEnds, "remote">,
  face: Pick<HostInterface, "addresses"> | undefined,
): boolean {
  return isLinkLocal(remote) || (face !== undefined && hasSubnetOf(subnetsOf(face.addresses), remote));
}

function interfaceOf(
  { local, interface: name }: SessionEnds,
  interfaces: readonly HostInterface[],
): HostInterface | undefined {
  // Two interfaces may have the same link-local address.
  if (name !== undefined) return interfaces.find((one) => one.name === name);
  return interfaces.find(({ addresses }) => addresses.some(({ address }) => sameIpAddress(address, local)));
}

function pick(face: HostInterface | undefined, family: IpFamily, host: HostView): IpAddress | undefined {
  return pickFrom(face?.addresses ?? [], family, host);
}

/** An address with a subnet first: a host address may be one that was put there to be announced. */
function pickFrom(addresses: readonly Held[], family: IpFamily, host: HostView): IpAddress | undefined {
  const fitting = addresses.filter(
    ({ address }) => address.family === family && !isLinkLocal(address) && !isLoopback(address),
  );
  const within = fitting.find(({ prefixLength }) => prefixLength < ADDRESS_BITS[family]);
  return (within ?? fitting.find(({ address }) => !host.isAnnounced(address)))?.address;
}

/** Of every host the same: a session from an address of `lo` must not offer them as ways to this node. */
function isLoopback(address: IpAddress): boolean {
  return address.family === "IPv4" ? ipAddressToBytes(address)[0] === 127 : address.value === 1n;
}
