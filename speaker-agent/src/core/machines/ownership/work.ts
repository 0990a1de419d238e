import { type IpAddress } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { type Claim } from "../../election/claim.ts";
import { whyCannotReach } from "../../interfaces/capability.ts";
import { type HandOverCause } from "../../wire/agent-messages/messages.ts";
import { type Field, fieldOf, type Group, lineOf, type LineRules } from "./lines.ts";
import { metallbSpeakers } from "./roster.ts";
import { type Entry, type KnownCapability, type Orphan, type OwnershipState, type Role } from "./state.ts";
import { type OwnershipContext, type OwnershipEffect, SETTLE_TIME } from "./types.ts";

/**
 * One step under way. It is the only thing in this folder that is changed in place: a step touches few of thousands of
 * addresses, and what it leaves behind is a state that is never changed again.
 */
export interface Work {
  readonly context: OwnershipContext;
  /** Never goes back. */
  readonly now: Instant;
  readonly me: string;
  readonly rules: LineRules;
  state: OwnershipState;
  /** The state's own until the first change. */
  entries: Entry[];
  entriesCopied: boolean;
  due: Map<bigint, Instant> | undefined;
  watched: Map<string, number> | undefined;
  orphans: Map<bigint, Orphan> | undefined;
  announced: Set<bigint> | undefined;
  capabilities: Map<string, KnownCapability> | undefined;
  /** Nodes whose reach may be another; their addresses are elected anew when the input has been read. */
  readonly changedCapabilities: Set<string>;
  /** Places in `entries` that have to be decided anew. */
  readonly touched: Set<number>;
  announcementsChanged: boolean;
  readonly owners: { readonly address: IpAddress; readonly node: string | undefined }[];
  /** For everybody. */
  readonly news: Claim[];
  /** For everybody; the claimants were seen announcing. */
  readonly witnessed: Claim[];
  /** By node name. */
  readonly direct: Map<string, Claim[]>;
  /** By cause and node name. */
  readonly requests: Map<string, Request>;
  readonly again: IpAddress[];
  /** Moves, transitions, messages that are whole already. */
  readonly effects: OwnershipEffect[];
}

export interface Request {
  readonly cause: HandOverCause;
  readonly to: string;
  readonly addresses: { readonly address: IpAddress; readonly epoch: number }[];
}

export function beginWork(state: OwnershipState, now: Instant, context: OwnershipContext): Work {
  const work: Omit<Work, "rules"> = {
    context,
    now,
    me: context.config.nodeName,
    state,
    entries: state.entries as Entry[],
    entriesCopied: false,
    due: undefined,
    watched: undefined,
    orphans: undefined,
    announced: undefined,
    capabilities: undefined,
    changedCapabilities: new Set(),
    touched: new Set(),
    announcementsChanged: false,
    owners: [],
    news: [],
    witnessed: [],
    direct: new Map(),
    requests: new Map(),
    again: [],
    effects: [],
  };
  // The rules look at the state of the moment: policy, roster and capabilities change during a step.
  const rules: LineRules = {
    get policy() {
      return work.state.policy;
    },
    get roster() {
      return work.state.roster;
    },
    sha256: context.sha256,
    scores: state.scores,
    reaches: ({ node, interfaces }, { address }) => {
      // Without a ring the others cannot know what this node lacks, and would leave the address to it all the same.
      if (!work.state.roster.ring) return true;
      const known = (work.capabilities ?? work.state.capabilities).get(node);
      return known === undefined || whyCannotReach(address, interfaces, known.capability) === undefined;
    },
  };
  return Object.assign(work, { rules });
}

/** Puts an entry in place of another, and notes what follows from the difference. */
export function putEntry(work: Work, place: number, entry: Entry): void {
  const before = work.entries[place];
  if (before === entry) return;
  if (!work.entriesCopied) {
    work.entries = [...work.entries];
    work.entriesCopied = true;
  }
  work.entries[place] = entry;
  if (before?.announcement !== entry.announcement) work.announcementsChanged = true;
  if (before?.announcement !== undefined && entry.announcement === undefined) {
    forgetAnnounced(work, entry.subject.key);
  }
  if (before?.owner !== entry.owner) {
    work.owners.push({ address: entry.subject.address, node: entry.owner });
  }
  countWatched(work, before, -1);
  countWatched(work, entry, 1);
}

export function isAnnounced({ announced, state }: Work, key: bigint): boolean {
  return (announced ?? state.announced).has(key);
}

/** What is withdrawn is not announced any more, whenever the announcer gets to say so. */
export function forgetAnnounced(work: Work, key: bigint): void {
  if (!isAnnounced(work, key)) return;
  work.announced ??= new Set(work.state.announced);
  work.announced.delete(key);
}

/**
 * Whom this node has to watch for an address: its owner, if this node is first or second in line after it; as the second
 * the first as well, or nobody would notice for seconds when the two are lost together.
 */
function watchedFor({ owner, line }: Entry, me: string): readonly string[] {
  if (owner === me) return [];
  const standbys = line.filter((node) => node !== owner);
  const place = standbys.indexOf(me);
  if (place < 0 || place > 1) return [];
  return [...(owner === undefined ? [] : [owner]), ...standbys.slice(0, place)];
}

/** Takes an entry into account (1), or no longer (-1). */
export function countWatched(work: Work, entry: Entry | undefined, more: 1 | -1): void {
  if (entry === undefined) return;
  for (const node of watchedFor(entry, work.me)) {
    work.watched ??= new Map(work.state.watched);
    const count = (work.watched.get(node) ?? 0) + more;
    if (count > 0) work.watched.set(node, count);
    else work.watched.delete(node);
  }
}

/** When an address has to be looked at again; undefined = not before something happens. */
export function setDue(work: Work, key: bigint, at: Instant | undefined): void {
  const due = work.due ?? work.state.due;
  if (due.get(key) === at) return;
  work.due ??= new Map(work.state.due);
  if (at === undefined) work.due.delete(key);
  else work.due.set(key, at);
}

export function fieldFor(work: Work, group: Group): Field {
  const known = work.state.fields.get(group);
  if (known !== undefined) return known;
  const { roster, policy } = work.state;
  const field = fieldOf(group, roster, policy === "hash" && metallbSpeakers(roster).length > 0);
  work.state = { ...work.state, fields: new Map(work.state.fields).set(group, field) };
  return field;
}

/** The entry with its line as it is now. */
export function withLine(work: Work, entry: Entry): Entry {
  const line = lineOf(entry.subject, fieldFor(work, entry.subject.group), work.rules);
  const same = line.length === entry.line.length && line.every((node, index) => node === entry.line[index]);
  return same ? entry : { ...entry, line };
}

export function canReach(work: Work, node: string, entry: Entry): boolean {
  const { group } = entry.subject;
  const candidate = group.candidates[group.position.get(node) ?? -1];
  return candidate !== undefined && work.rules.reaches(candidate, entry.subject);
}

export function preferenceOf({ subject: { group } }: Entry, node: string): number | undefined {
  return group.candidates[group.position.get(node) ?? -1]?.preference;
}

/** Whether new claims may be made: the others' are known, or there is no other, or waiting has to end. */
export function maySettle(work: Work): boolean {
  const { synced, startedAt, roster } = work.state;
  if (synced || !roster.ring || isLone(work)) return true;
  return startedAt !== undefined && work.now - startedAt >= SETTLE_TIME;
}

function isLone({ state: { roster }, me }: Work): boolean {
  return roster.ready.size === 1 && roster.ready.has(me);
}

export function log(work: Work, address: IpAddress | undefined, because: string): void {
  work.effects.push({ kind: "transition", address, because });
}

/** The claim by which this node announces, if it does. */
export function ownEpoch({ role, claim }: Entry): number | undefined {
  switch (role.at) {
    case "taking":
    case "giving":
      return role.epoch;
    case "owning":
      return claim?.epoch;
    case "away":
    case "parted":
      return undefined;
  }
}

export const AWAY: Role = { at: "away" };
