import { ok, type Result } from "../foundation/index.ts";
import { addressProblem, quoted, type AddressProblem } from "./address-problem.ts";

const OCTETS = 4;
const DECIMAL = /^[0-9]{1,3}$/;

/**
 * Exactly four decimal numbers from 0 to 255 without leading zeros. The older forms that inet_aton reads (hexadecimal,
 * octal, fewer than four parts) are refused: programs disagree about what they mean.
 */
export function parseIpv4Value(text: string): Result<bigint, AddressProblem> {
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
  if (octets.some((octet) => Number(octet) > 255)) {
    return addressProblem("out-of-range", `${quoted(text)} is not an IP address: a number is above 255`);
  }
  return ok(BigInt(octets.reduce((value, octet) => value * 256 + Number(octet), 0)));
}

export function formatIpv4Value(value: bigint): string {
  const number = Number(value);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join(".");
}
