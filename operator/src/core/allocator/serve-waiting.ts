import { includesIpAddress } from "@steelyard/model/address";
import { type BuiltConfig } from "@steelyard/model/config";
import { type AddressBook } from "./address-book.ts";
import { type AddressOutcome } from "./address-outcome.ts";
import { type AddressSubject } from "./address-subject.ts";
import { decideAddresses } from "./decide-addresses.ts";
import { type ServiceKey } from "./holders.ts";
import { recall } from "./recall.ts";

export interface WaitingService {
  readonly subject: AddressSubject;
  /** RFC 3339 in UTC, as the API server writes it: text order is time order. */
  readonly createdAt: string;
}

/**
 * Offers what is free to those who wait. First everybody gets back what was its own, before anybody's wishes are looked at;
 * then comes the one that has waited longest; equal ages are ordered by key. What they get is reserved in the book.
 *
 * @returns the keys of the Services that got something, and of those that are told who holds what they want: it may be
 * somebody else by now
 */
export function serveWaiting(
  waiting: readonly WaitingService[],
  built: BuiltConfig,
  book: AddressBook,
): readonly ServiceKey[] {
  const inOrder = [...waiting].sort(byAge);
  const before = new Map(inOrder.map(({ subject: { key } }) => [key, book.reservedFor(key)]));
  for (const { subject } of inOrder) giveBack(subject, built, book);
  const tellsOfHolder = new Set<ServiceKey>();
  for (const { subject } of inOrder) {
    const { addresses, outcome } = decideAddresses(subject, built, book);
    book.reserve(subject.key, addresses);
    if (namesHolder(outcome)) tellsOfHolder.add(subject.key);
  }
  const hasNew = (key: ServiceKey): boolean =>
    book.reservedFor(key).some((address) => !includesIpAddress(before.get(key) ?? [], address));
  return inOrder.map(({ subject: { key } }) => key).filter((key) => hasNew(key) || tellsOfHolder.has(key));
}

/** Whether the Service is told who has what it wants, in the cluster or outside. */
function namesHolder(outcome: AddressOutcome): boolean {
  const considered = "considered" in outcome ? outcome.considered : [];
  return (
    "conflict" in outcome ||
    considered.some(
      ({ verdict: full }) =>
        full.is === "full" && (full.unshared !== undefined || full.quarantined !== undefined),
    )
  );
}

/** What a Service that has nothing had before its pool went away. */
function giveBack(subject: AddressSubject, built: BuiltConfig, book: AddressBook): void {
  const { key, remembered } = subject;
  const hasAny = book.observedFor(key).length > 0 || book.reservedFor(key).length > 0;
  if (hasAny || remembered.length === 0) return;
  book.reserve(key, recall(subject, built, book)?.addresses ?? []);
}

export function byAge(a: WaitingService, b: WaitingService): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.subject.key < b.subject.key ? -1 : 1;
}
