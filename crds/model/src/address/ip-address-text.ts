import { ok, type Result } from "../foundation/index.ts";
import { type AddressProblem } from "./address-problem.ts";
import { ipAddress } from "./ip-address.ts";
import { formatIpv4Value, parseIpv4Value } from "./ipv4-text.ts";
import { formatIpv6Value, parseIpv6Value } from "./ipv6-text.ts";
import { type IpAddress } from "./types.ts";

/** Reads one address, strictly: what two programs could read differently is refused (docs/adr/0005-address-text.md). */
export function parseIpAddress(text: string): Result<IpAddress, AddressProblem> {
  const family = text.includes(":") ? "IPv6" : "IPv4";
  const value = family === "IPv6" ? parseIpv6Value(text) : parseIpv4Value(text);
  return value.ok ? ok(ipAddress(family, value.value)) : value;
}

/** Dotted decimal, or the canonical form of RFC 5952. */
export function formatIpAddress(address: IpAddress): string {
  return address.family === "IPv4" ? formatIpv4Value(address.value) : formatIpv6Value(address.value);
}
