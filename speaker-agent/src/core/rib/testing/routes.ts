import {
  compareIpPrefixes,
  ipAddress,
  type IpAddress,
  type IpPrefix,
  parseIpAddress,
  parseIpPrefix,
} from "@steelyard/model/address";
import { type BgpCommunity } from "@steelyard/model/config";
import { type RibSession, type Route, type RouteTable } from "../types.ts";

export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

export function prefix(text: string): IpPrefix {
  const parsed = parseIpPrefix(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

export function route(text: string, changes: Partial<Route> = {}): Route {
  return { prefix: prefix(text), localPref: 0, asPathPrepend: 0, communities: none, ...changes };
}

const none: readonly BgpCommunity[] = [];

export function table(...routes: readonly Route[]): RouteTable {
  return [...routes].sort((a, b) => compareIpPrefixes(a.prefix, b.prefix));
}

/** `count` routes to single addresses from 10.0.0.0 on. */
export function manyRoutes(
  count: number,
  changes: (index: number) => Partial<Route> = () => ({}),
): RouteTable {
  return Array.from({ length: count }, (_unused, index) => ({
    ...route("10.0.0.0/32"),
    prefix: { network: ipAddress("IPv4", 0x0a000000n + BigInt(index)), length: 32 },
    ...changes(index),
  }));
}

export const external: RibSession = {
  localAsn: 64512,
  internal: false,
  families: ["IPv4", "IPv6"],
  extendedNextHop: false,
  enhancedRouteRefresh: false,
  nextHops: { IPv4: address("192.0.2.1"), IPv6: { address: address("2001:db8::1") } },
};
