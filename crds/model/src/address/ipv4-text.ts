import { ok, type Result } from "../foundation/index.ts";
import { addressProblem, quoted, type AddressProblem } from "./address-problem.ts";

const OCTETS = 4;
const DECIMAL = /^[0-9]{1,3}$/;

const DOT = 0x2e;
const ZERO = 0x30;

/**
 * Exactly four decimal numbers from 0 to 255 without leading zeros. The older forms that inet_aton reads (hexadecimal,
 * octal, fewer than four parts) are refused: programs disagree about what they mean.
 */
export function parseIpv4Value(text: string): Result<bigint, AddressProblem> {
  const value = readWellFormed(text);
  return value === undefined ? faultOf(text) : ok(BigInt(value));
}

function faultOf(text: string): Result<bigint, AddressProblem> {
  const octets = text.split(".");
  if (octets.length !== OCTETS || !octets.every((octet) => DECIMAL.test(octet))) {
    return addressProblem("malformed", `${quoted(text)} is not an IP address`);
  }
  if (octets.some((octet) => octet.length > 1 && octet.startsWith("0"))) {
    return addressProblem(
      "leading-zero",
      `${quoted(text)} is not an IP address: a number has a leading zero`,
    );
  }
  return addressProblem("out-of-range", `${quoted(text)} is not an IP address: a number is above 255`);
}

/**
 * The number of a well-formed address in one pass; undefined for everything else, whose fault is then named.
 * A start of the operator reads the same few texts of each of a hundred thousand Services several times.
 */
function readWellFormed(text: string): number | undefined {
  let [value, octet, digits, dots] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    const hasLeadingZero = digits > 0 && octet === 0;
    if (digit >= 0 && digit <= 9 && !hasLeadingZero) {
      octet = octet * 10 + digit;
      digits += 1;
    } else if (digit === DOT - ZERO && digits > 0) {
      value = value * 256 + octet;
      [octet, digits, dots] = [0, 0, dots + 1];
    } else return undefined;
    if (octet > 255) return undefined;
  }
  return dots === OCTETS - 1 && digits > 0 ? value * 256 + octet : undefined;
}

export function formatIpv4Value(value: bigint): string {
  const number = Number(value);
  return `${number >>> 24}.${(number >>> 16) & 0xff}.${(number >>> 8) & 0xff}.${number & 0xff}`;
}
