import { includesIpAddress } from "@steelyard/model/address";
import { type BuiltConfig } from "@steelyard/model/config";
import { type AddressBook } from "./address-book.ts";
import { type AddressSubject } from "./address-subject.ts";
import { decideAddresses } from "./decide-addresses.ts";
import { type ServiceKey } from "./holders.ts";

export interface WaitingService {
  readonly subject: AddressSubject;
  /** RFC 3339 in UTC, as the API server writes it: text order is time order. */
  readonly createdAt: string;
}

/**
 * Offers what is free to those who wait: first those who only want back what was theirs, then the one that has waited
 * longest; equal ages are ordered by key. What they get is reserved in the book.
 *
 * @returns the keys of the Services that got something
 */
export function serveWaiting(
  waiting: readonly WaitingService[],
  built: BuiltConfig,
  book: AddressBook,
): readonly ServiceKey[] {
  const served: ServiceKey[] = [];
  for (const { subject } of [...waiting].sort(byClaim)) {
    const before = book.reservedFor(subject.key);
    const { addresses } = decideAddresses(subject, built, book);
    book.reserve(subject.key, addresses);
    if (addresses.some((address) => !includesIpAddress(before, address))) served.push(subject.key);
  }
  return served;
}

function byClaim(a: WaitingService, b: WaitingService): number {
  const remembers = ({ subject }: WaitingService): number => Math.min(1, subject.remembered.length);
  return remembers(b) - remembers(a) || byAge(a, b);
}

export function byAge(a: WaitingService, b: WaitingService): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.subject.key < b.subject.key ? -1 : 1;
}
