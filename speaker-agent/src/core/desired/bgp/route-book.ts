import { formatIpPrefix, type IpPrefix } from "@steelyard/model/address";
import { type BgpAdvertisement } from "@steelyard/model/config";
import { compareTexts } from "@steelyard/model/foundation";
import { conflictingAdvertisements } from "@steelyard/model/services";
import { type BookEntry, type JudgedService, type PrefixUse, type RouteBook } from "./basis.ts";

export const EMPTY_BOOK: RouteBook = { entries: new Map(), disputes: new Map() };

/** What has become of Services since the last decision: of each the old outcome, the new one, or both. */
export interface BookChange {
  readonly before: JudgedService | undefined;
  readonly after: JudgedService | undefined;
}

export interface ChangedBook {
  readonly book: RouteBook;
  /** Of which something has changed. */
  readonly dirty: readonly IpPrefix[];
}

/** Brings the book up to date; costs as much as has changed, and a copy. */
export function changeBook(book: RouteBook, changes: readonly BookChange[]): ChangedBook {
  const edits = editsOf(changes);
  if (edits.size === 0) return { book, dirty: [] };
  const entries = new Map(book.entries);
  const disputes = new Map(book.disputes);
  for (const [text, edit] of edits) {
    const entry = changeEntry(entries.get(text), edit);
    const dispute = entry && disputeOf(entry);
    if (entry === undefined) entries.delete(text);
    else entries.set(text, entry);
    if (dispute === undefined) disputes.delete(text);
    else disputes.set(text, dispute);
  }
  return { book: { entries, disputes }, dirty: [...edits.values()].map(({ prefix }) => prefix) };
}

interface Edit {
  readonly prefix: IpPrefix;
  readonly gone: Set<PrefixUse>;
  readonly come: PrefixUse[];
}

/** By the text of the prefix. */
function editsOf(changes: readonly BookChange[]): ReadonlyMap<string, Edit> {
  const edits = new Map<string, Edit>();
  const editOf = ({ text, prefix }: PrefixUse): Edit => {
    const edit = edits.get(text) ?? { prefix, gone: new Set(), come: [] };
    edits.set(text, edit);
    return edit;
  };
  for (const { before, after } of changes) {
    if (before?.uses === after?.uses) continue;
    for (const use of before?.uses ?? []) editOf(use).gone.add(use);
    for (const use of after?.uses ?? []) editOf(use).come.push(use);
  }
  return edits;
}

function changeEntry(entry: BookEntry | undefined, { prefix, gone, come }: Edit): BookEntry | undefined {
  const uses = [...(entry?.uses ?? []).filter((use) => !gone.has(use)), ...come];
  if (uses.length === 0) return undefined;
  return { prefix, uses: uses.sort((a, b) => compareTexts(a.service, b.service)) };
}

/** Sorted by name, each once. */
export function advertisementsOf({ uses }: BookEntry): readonly BgpAdvertisement[] {
  const [first] = uses;
  if (first === undefined) return [];
  if (uses.every(({ advertisements }) => advertisements === first.advertisements))
    return first.advertisements;
  const all = new Set(uses.flatMap(({ advertisements }) => advertisements));
  return [...all].sort((a, b) => compareTexts(a.name, b.name));
}

/**
 * Two Services with one prefix may be selected by advertisements that differ in the local preference. MetalLB keeps the one
 * it came to first; here it is the first by name, so that all nodes say the same.
 */
function disputeOf(entry: BookEntry): string | undefined {
  if (entry.uses.length < 2) return undefined;
  const conflict = conflictingAdvertisements(advertisementsOf(entry), [entry.prefix.network.family]);
  if (conflict === undefined) return undefined;
  const [one, other] = conflict;
  const prefix = formatIpPrefix(entry.prefix);
  return `${prefix} goes with local preference ${one.localPref} of BGPAdvertisement ${one.name}, not ${other.localPref} of ${other.name}, by which another Service has it`;
}
