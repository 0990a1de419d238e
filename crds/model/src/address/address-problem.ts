import { err, type Err } from "../foundation/index.ts";

/** Why a text is not an address, a prefix or a range. */
export type AddressProblemCode =
  /** Not the form at all: wrong characters, wrong number of parts, surrounding space. */
  | "malformed"
  /** The right form, but a number is too large. */
  | "out-of-range"
  /** A leading zero in a decimal number: some programs would read it as octal. */
  | "leading-zero"
  /** A zone such as `%eth0`: it means something on one host only. */
  | "zone"
  /** `::ffff:192.0.2.1`, an IPv4 address in the clothes of IPv6: ambiguous, as half of all programs unwrap it. */
  | "ipv4-mapped"
  /** Neither a prefix nor a range. */
  | "not-a-range"
  /** A range from one family into the other. */
  | "mixed-families"
  /** A range whose first address comes after its last. */
  | "reversed";

/** `message` is a sentence that names the offending text. */
export interface AddressProblem {
  readonly code: AddressProblemCode;
  readonly message: string;
}

export function addressProblem(code: AddressProblemCode, message: string): Err<AddressProblem> {
  return err({ code, message });
}

const LONGEST_QUOTE = 60;

/** Text of an unknown author for a message: on one line, escaped, and never longer than a line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`);
}
