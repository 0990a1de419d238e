import { type BuiltConfig } from "@steelyard/model/config";
import { type AddressBook, type ServiceKey } from "./address-book.ts";
import { type AddressSubject, decideAddresses } from "./decide-addresses.ts";

export interface WaitingService {
  readonly subject: AddressSubject;
  /** RFC 3339 in UTC, as the API server writes it: text order is time order. */
  readonly createdAt: string;
}

/**
 * Offers what is free to those who wait, the one that has waited longest first; equal ages are ordered by key. What
 * they get is reserved in the book.
 *
 * @returns the keys of the Services that got something
 */
export function serveWaiting(
  waiting: readonly WaitingService[],
  built: BuiltConfig,
  book: AddressBook,
): readonly ServiceKey[] {
  const served: ServiceKey[] = [];
  for (const { subject } of [...waiting].sort(byAge)) {
    const before = book.reservedFor(subject.key).length;
    const { addresses } = decideAddresses(subject, built, book);
    book.reserve(subject.key, addresses);
    if (addresses.length > before) served.push(subject.key);
  }
  return served;
}

export function byAge(a: WaitingService, b: WaitingService): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.subject.key < b.subject.key ? -1 : 1;
}
