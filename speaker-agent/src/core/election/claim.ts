import { type IpAddress } from "@steelyard/model/address";

/** That a node owns an address: of two claims of one address the later counts, on every node that knows both. */
export interface Claim {
  readonly address: IpAddress;
  /** Below `EPOCH_SPAN`; grows by one with every change of owner. */
  readonly epoch: number;
  readonly node: string;
}

/** Epochs have 48 bits: six bytes on the wire, and exact as a number. */
export const EPOCH_SPAN = 2 ** 48;

/** What the first claim of an address carries. */
export const FIRST_EPOCH = 1;

/** The epoch that beats this one; after the last comes 0. */
export function nextEpoch(epoch: number): number {
  return (epoch + 1) % EPOCH_SPAN;
}

/**
 * Whether `left` is later than `right`, as serial numbers (RFC 1982, section 3.2): later is what lies less than half the
 * circle ahead. So there is no greatest epoch that a broken peer could take for good; whatever it says, the next is later.
 */
export function isLaterEpoch(left: number, right: number): boolean {
  const ahead = (left - right + EPOCH_SPAN) % EPOCH_SPAN;
  return ahead > 0 && ahead < EPOCH_SPAN / 2;
}
