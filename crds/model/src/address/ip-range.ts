import { ok, type Result } from "../foundation/index.ts";
import { addressProblem, quoted, type AddressProblem } from "./address-problem.ts";
import { ADDRESS_BITS, ipAddress } from "./ip-address.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address-text.ts";
import { formatIpPrefix, ipPrefix, parseIpPrefix, prefixRange } from "./ip-prefix.ts";
import { type IpAddress, type IpFamily, type IpPrefix, type IpRange } from "./types.ts";

/**
 * One entry of `spec.addresses`: a CIDR, or `first-last` with optional spaces around the two addresses. A bare address
 * is refused, as are ranges that run backwards or across families (reference metallb.md, sections 2.2 and 10).
 */
export function parseIpRange(text: string): Result<IpRange, AddressProblem> {
  const dash = text.indexOf("-");
  if (dash < 0) return parsePrefixAsRange(text);
  const first = parseEnd(text, text.slice(0, dash));
  if (!first.ok) return first;
  const last = parseEnd(text, text.slice(dash + 1));
  if (!last.ok) return last;
  return rangeBetween(text, first.value, last.value);
}

/** The CIDR when the range is exactly one, otherwise `first-last`. */
export function formatIpRange(range: IpRange): string {
  const prefix = prefixAt(range.family, range.first, range.last);
  if (prefixRange(prefix).last === range.last) return formatIpPrefix(prefix);
  const [first, last] = [ipAddress(range.family, range.first), ipAddress(range.family, range.last)];
  return `${formatIpAddress(first)}-${formatIpAddress(last)}`;
}

/** How many addresses the range holds. */
export function rangeSize(range: IpRange): bigint {
  return range.last - range.first + 1n;
}

/** The shortest list of prefixes that together are the range, ascending; at most two per bit of the family. */
export function rangeToPrefixes(range: IpRange): IpPrefix[] {
  const prefixes: IpPrefix[] = [];
  let first = range.first;
  while (first <= range.last) {
    const prefix = prefixAt(range.family, first, range.last);
    prefixes.push(prefix);
    first = prefixRange(prefix).last + 1n;
  }
  return prefixes;
}

/** The largest prefix that begins at `first` and does not reach beyond `last`. */
function prefixAt(family: IpFamily, first: bigint, last: bigint): IpPrefix {
  const bits = ADDRESS_BITS[family];
  let hostBits = 0;
  while (hostBits < bits) {
    const wider = 1n << BigInt(hostBits + 1);
    if (first % wider !== 0n || first + wider - 1n > last) break;
    hostBits += 1;
  }
  return ipPrefix(ipAddress(family, first), bits - hostBits);
}

function parsePrefixAsRange(text: string): Result<IpRange, AddressProblem> {
  const prefix = parseIpPrefix(text);
  if (prefix.ok) return ok(prefixRange(prefix.value));
  return prefix.error.code === "not-a-range" ? explainNoRange(text) : prefix;
}

/** Most bare addresses are meant as ranges of one: say how to write that. */
function explainNoRange(text: string): Result<never, AddressProblem> {
  const bare = parseIpAddress(text);
  const hint = bare.ok ? `; for one address write ${text}/${ADDRESS_BITS[bare.value.family]}` : "";
  return addressProblem(
    "not-a-range",
    `invalid CIDR ${quoted(text)}: neither a CIDR nor a range first-last${hint}`,
  );
}

function parseEnd(text: string, end: string): Result<IpAddress, AddressProblem> {
  const address = parseIpAddress(end.trim());
  if (address.ok) return address;
  return addressProblem(address.error.code, `invalid IP range ${quoted(text)}: ${address.error.message}`);
}

function rangeBetween(text: string, first: IpAddress, last: IpAddress): Result<IpRange, AddressProblem> {
  if (first.family !== last.family) {
    return addressProblem("mixed-families", `invalid IP range ${quoted(text)}: it mixes IPv4 and IPv6`);
  }
  if (first.value > last.value) {
    const problem = `the first address ${formatIpAddress(first)} is after the second ${formatIpAddress(last)}`;
    return addressProblem("reversed", `invalid IP range ${quoted(text)}: ${problem}`);
  }
  return ok({ family: first.family, first: first.value, last: last.value });
}
