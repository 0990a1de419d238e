import { ok, type Result } from "../foundation/index.ts";
import { addressProblem, quoted, type AddressProblem } from "./address-problem.ts";
import { formatIpv4Value, parseIpv4Value } from "./ipv4-text.ts";

const GROUPS = 8;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
/** The first 96 bits of an IPv4-mapped address (RFC 4291, section 2.5.5.2). */
const MAPPED_PREFIX = 0xffffn;

/**
 * The forms of RFC 4291, section 2.2: eight groups, or fewer around one "::" that stands for at least one group, the
 * last 32 bits optionally as a dotted quad. Zones and IPv4-mapped addresses are refused.
 */
export function parseIpv6Value(text: string): Result<bigint, AddressProblem> {
  if (text.includes("%")) {
    return addressProblem("zone", `${quoted(text)} has a zone, which means something on one host only`);
  }
  const groups = expandGroups(text);
  if (!groups) return addressProblem("malformed", `${quoted(text)} is not an IP address`);
  const value = BigInt(`0x${groups.map((group) => group.padStart(4, "0")).join("")}`);
  if (value >> 32n === MAPPED_PREFIX) {
    const plain = formatIpv4Value(value & 0xffff_ffffn);
    return addressProblem("ipv4-mapped", `${quoted(text)} is an IPv4 address inside IPv6: write ${plain}`);
  }
  return ok(value);
}

/** All eight groups as hexadecimal text, or undefined when the text has no such reading. */
function expandGroups(text: string): readonly string[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", tail] = halves;
  const before = parseGroups(head, tail === undefined);
  const after = parseGroups(tail ?? "", true);
  if (!before || !after) return undefined;
  const missing = GROUPS - before.length - after.length;
  const complete = tail === undefined ? missing === 0 : missing > 0;
  return complete ? [...before, ...Array<string>(missing).fill("0"), ...after] : undefined;
}

/** The groups between colons; only the half that ends the address may end in a dotted quad, worth two groups. */
function parseGroups(half: string, endsAddress: boolean): readonly string[] | undefined {
  if (half === "") return [];
  const groups = half.split(":");
  const last = groups.at(-1) ?? "";
  if (endsAddress && last.includes(".")) {
    const quad = parseIpv4Value(last);
    if (!quad.ok) return undefined;
    groups.splice(-1, 1, (quad.value >> 16n).toString(16), (quad.value & 0xffffn).toString(16));
  }
  return groups.every((group) => GROUP.test(group)) ? groups : undefined;
}

/** The canonical text of RFC 5952: lower case, no leading zeros, the longest (then first) run of zeros as "::". */
export function formatIpv6Value(value: bigint): string {
  if (value >> 32n === MAPPED_PREFIX) return `::ffff:${formatIpv4Value(value & 0xffff_ffffn)}`;
  const digits = value.toString(16).padStart(GROUPS * 4, "0");
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    Number.parseInt(digits.slice(index * 4, index * 4 + 4), 16).toString(16),
  );
  const { start, length } = longestZeroRun(groups);
  // RFC 5952, section 4.2.2: a single zero group is written out.
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === "0" ? length + 1 : 0;
    if (length > best.length) best = { start: index + 1 - length, length };
  }
  return best;
}
