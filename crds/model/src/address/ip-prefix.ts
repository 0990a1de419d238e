import { ok, type Result } from "../foundation/index.ts";
import { addressProblem, quoted, type AddressProblem } from "./address-problem.ts";
import { ADDRESS_BITS, compareIpAddresses, ipAddress } from "./ip-address.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address-text.ts";
import { type IpAddress, type IpPrefix, type IpRange } from "./types.ts";

const LENGTH = /^[0-9]{1,3}$/;

/** `address/length` in CIDR notation. Host bits are allowed and cleared, as MetalLB does (reference, section 2.2). */
export function parseIpPrefix(text: string): Result<IpPrefix, AddressProblem> {
  const slash = text.indexOf("/");
  if (slash < 0)
    return addressProblem("not-a-range", `${quoted(text)} is not a CIDR: it has no prefix length`);
  const address = parseIpAddress(text.slice(0, slash));
  if (!address.ok)
    return addressProblem(address.error.code, `invalid CIDR ${quoted(text)}: ${address.error.message}`);
  const length = parseLength(text, slash, ADDRESS_BITS[address.value.family]);
  return length.ok ? ok(ipPrefix(address.value, length.value)) : length;
}

/** The prefix of that length around an address; a length outside the family throws a RangeError. */
export function ipPrefix(address: IpAddress, length: number): IpPrefix {
  const hostBits = BigInt(ADDRESS_BITS[address.family] - length);
  const network = ipAddress(address.family, (address.value >> hostBits) << hostBits);
  return Object.freeze({ network, length });
}

export function formatIpPrefix(prefix: IpPrefix): string {
  return `${formatIpAddress(prefix.network)}/${prefix.length}`;
}

/** For sort: by network as addresses are, then the shorter one first. */
export function compareIpPrefixes(a: IpPrefix, b: IpPrefix): number {
  return compareIpAddresses(a.network, b.network) || a.length - b.length;
}

/** All addresses of the prefix, network and broadcast address included: to a load balancer they are like any other. */
export function prefixRange(prefix: IpPrefix): IpRange {
  const { family, value: first } = prefix.network;
  const size = 1n << BigInt(ADDRESS_BITS[family] - prefix.length);
  return { family, first, last: first + size - 1n };
}

function parseLength(text: string, slash: number, longest: number): Result<number, AddressProblem> {
  const digits = text.slice(slash + 1);
  if (!LENGTH.test(digits))
    return addressProblem("malformed", `invalid CIDR ${quoted(text)}: no prefix length`);
  if (digits.length > 1 && digits.startsWith("0")) {
    return addressProblem(
      "leading-zero",
      `invalid CIDR ${quoted(text)}: the prefix length has a leading zero`,
    );
  }
  if (Number(digits) > longest) {
    return addressProblem(
      "out-of-range",
      `invalid CIDR ${quoted(text)}: the prefix length is above ${longest}`,
    );
  }
  return ok(Number(digits));
}
