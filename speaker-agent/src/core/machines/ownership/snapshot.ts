import { compareIpAddresses, sameIpAddress } from "@steelyard/model/address";
import { instantAfter } from "@steelyard/model/foundation";
import { spreadKeyHash } from "../../election/spread-order.ts";
import { type Candidate, type ElectableAddress, type ElectionSnapshot } from "../../election/types.ts";
import { addressKey } from "./address-key.ts";
import {
  type Field,
  type Group,
  type GroupChange,
  groupChange,
  groupOf,
  groupText,
  wouldEnter,
} from "./lines.ts";
import { isElectable, metallbSpeakers } from "./roster.ts";
import { type Entry, type Subject } from "./state.ts";
import { ORPHAN_TIME } from "./types.ts";
import { AWAY, countWatched, forgetAnnounced, putEntry, setDue, withLine, type Work } from "./work.ts";

/** With more new candidates than these it is cheaper to elect anew. */
const FEW = 8;

/** Walks the old and the new list side by side: what has not changed costs two comparisons. */
export function takeSnapshot(work: Work, snapshot: ElectionSnapshot): void {
  const groups = new Groups(work.state.groups);
  const before = work.entries;
  const after: Entry[] = [];
  const toReline = new Set<number>();
  let at = 0;
  for (const electable of snapshot.addresses) {
    for (; at < before.length; at += 1) {
      const old = before[at];
      if (old === undefined || compareIpAddresses(old.subject.address, electable.address) >= 0) break;
      dropped(work, old);
    }
    const old = before[at];
    const known =
      old !== undefined && sameIpAddress(old.subject.address, electable.address) ? old : undefined;
    if (known !== undefined) at += 1;
    const entry = entryOf(work, electable, groups.groupOf(electable.candidates), known);
    if (entry !== known) {
      work.touched.add(after.length);
      if (known === undefined || groups.mayReorder(work, known, entry)) toReline.add(after.length);
    }
    after.push(entry);
  }
  for (const old of before.slice(at)) dropped(work, old);
  work.entries = after;
  work.entriesCopied = true;
  const fields = new Map<Group, Field>();
  for (const group of groups.used.values()) {
    const field = work.state.fields.get(group);
    if (field !== undefined) fields.set(group, field);
  }
  work.state = { ...work.state, groups: groups.used, fields, snapshotVersion: snapshot.version };
  for (const place of toReline) {
    const entry = after[place];
    if (entry !== undefined) putEntry(work, place, withLine(work, entry));
  }
}

/** Equal lists of candidates become one group, that of the snapshot before where there was one. */
class Groups {
  readonly used = new Map<string, Group>();
  readonly #before: ReadonlyMap<string, Group>;
  /** By the new group. */
  readonly #changes = new Map<Group, { readonly before: Group; readonly change: GroupChange }>();
  readonly #byList = new Map<readonly Candidate[], Group>();

  constructor(before: ReadonlyMap<string, Group>) {
    this.#before = before;
  }

  /** Whether the change of an address may change its line. */
  mayReorder(work: Work, before: Entry, { subject }: Entry): boolean {
    const { line, subject: old } = before;
    if (old.keyHash !== subject.keyHash || !sameIpAddress(old.electionKey, subject.electionKey)) return true;
    if (old.group === subject.group) return false;
    // Whom MetalLB's speakers choose among is not in the line.
    if (metallbSpeakers(work.state.roster).length > 0) return true;
    const { gone, come } = this.#change(old.group, subject.group);
    if (come.length > FEW || line.some((node) => gone.has(node))) return true;
    return come.some(
      (node) => isElectable(work.state.roster, node) && wouldEnter(node, line, subject, work.rules),
    );
  }

  #change(before: Group, after: Group): GroupChange {
    const known = this.#changes.get(after);
    if (known?.before === before) return known.change;
    const change = groupChange(before, after);
    this.#changes.set(after, { before, change });
    return change;
  }

  groupOf(candidates: readonly Candidate[]): Group {
    const seen = this.#byList.get(candidates);
    if (seen !== undefined) return seen;
    const text = groupText(candidates);
    const group = this.used.get(text) ?? this.#before.get(text) ?? groupOf(candidates);
    this.used.set(text, group);
    this.#byList.set(candidates, group);
    return group;
  }
}

function entryOf(work: Work, electable: ElectableAddress, group: Group, known: Entry | undefined): Entry {
  if (known !== undefined) {
    const subject = subjectOf(work, electable, group, known.subject);
    return subject === known.subject ? known : { ...known, subject };
  }
  const subject = subjectOf(work, electable, group, undefined);
  return {
    subject,
    claim: unorphaned(work, subject.key),
    line: [],
    role: AWAY,
    doubt: undefined,
    overbid: undefined,
    claimedAt: undefined,
    openSince: undefined,
    overruled: 0,
    announcement: undefined,
    owner: undefined,
  };
}

function subjectOf(
  { me }: Work,
  { address, electionKey, fresh }: ElectableAddress,
  group: Group,
  known: Subject | undefined,
): Subject {
  const sameKey = known !== undefined && sameIpAddress(known.electionKey, electionKey);
  if (known !== undefined && sameKey && known.group === group && known.fresh === fresh) return known;
  return {
    address: known?.address ?? address,
    key: known?.key ?? addressKey(address),
    // Not the new snapshot's, of which nothing else is kept.
    electionKey: sameKey ? known.electionKey : electionKey,
    keyHash: sameKey ? known.keyHash : spreadKeyHash(electionKey),
    fresh,
    group,
    own: group.candidates[group.position.get(me) ?? -1],
  };
}

/** An address that is no more is not answered for from now on; its claim is remembered in case it comes back. */
function dropped(work: Work, entry: Entry): void {
  const { subject, claim, announcement, owner } = entry;
  setDue(work, subject.key, undefined);
  countWatched(work, entry, -1);
  if (announcement !== undefined) work.announcementsChanged = true;
  forgetAnnounced(work, subject.key);
  if (owner !== undefined) work.owners.push({ address: subject.address, node: undefined });
  if (claim === undefined) return;
  work.orphans ??= new Map(work.state.orphans);
  const until = instantAfter(work.now, ORPHAN_TIME);
  work.orphans.set(subject.key, { claim: { address: subject.address, ...claim }, until, wasOurs: true });
}

function unorphaned(work: Work, key: bigint): Entry["claim"] {
  const orphan = (work.orphans ?? work.state.orphans).get(key);
  if (orphan === undefined) return undefined;
  work.orphans ??= new Map(work.state.orphans);
  work.orphans.delete(key);
  const { epoch, node } = orphan.claim;
  return { epoch, node };
}
