import { type IpAddress } from "@steelyard/model/address";
import { type MacAddress } from "./mac-address.ts";

/** ff02::1, every node on the link (RFC 4291, section 2.7.1). */
export const ALL_NODES: IpAddress = { family: "IPv6", value: (0xff02n << 112n) | 1n };

/** ff02::2, every router on the link. */
export const ALL_ROUTERS: IpAddress = { family: "IPv6", value: (0xff02n << 112n) | 2n };

/** `::`, the source of a host that has no address yet. */
export const UNSPECIFIED: IpAddress = { family: "IPv6", value: 0n };

const SOLICITED_NODE_PREFIX = (0xff02n << 112n) | (0x1_ffn << 24n);

/** ff02::1:ffXX:XXXX, the group in which questions about `address` are asked (RFC 4291, section 2.7.1). */
export function solicitedNodeGroup(address: IpAddress): IpAddress {
  return { family: "IPv6", value: SOLICITED_NODE_PREFIX | (address.value & 0xff_ffffn) };
}

export function isMulticast(address: IpAddress): boolean {
  return address.family === "IPv6" && address.value >> 120n === 0xffn;
}

/** fe80::/10 (RFC 4291, section 2.5.6). */
export function isLinkLocal(address: IpAddress): boolean {
  return address.family === "IPv6" && address.value >> 118n === 0xfe80n >> 6n;
}

/** 33:33 and the last four bytes of the group (RFC 2464, section 7). */
export function multicastMac(group: IpAddress): MacAddress {
  const low = Number(group.value & 0xffff_ffffn);
  return new Uint8Array([0x33, 0x33, low >>> 24, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff]);
}
