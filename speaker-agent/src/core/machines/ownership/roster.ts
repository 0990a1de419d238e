import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { decodeNodeMeta } from "../../wire/agent-messages/node-meta.ts";
import { type MemberView } from "../membership/types.ts";
import { type GoneCause } from "../peer-watch/types.ts";
import { type MoveCause } from "./types.ts";

/** Who lives, as membership and peer watch see it together. */
export interface Roster {
  /** This node. */
  readonly me: string;
  /** Whether there is a ring; else whoever is Ready lives. */
  readonly ring: boolean;
  /** By node name. */
  readonly members: ReadonlyMap<string, RosterMember>;
  readonly ready: ReadonlySet<string>;
  /** This node is about to leave, and takes nothing any more. */
  readonly draining: boolean;
}

export interface RosterMember {
  /** Membership has it alive, or only suspects it. */
  readonly present: boolean;
  /** It said goodbye. */
  readonly left: boolean;
  /** One of ours; else a speaker of MetalLB. */
  readonly agent: boolean;
  /** Of its wall clock. */
  readonly startedAt: number;
  /** The peer watch's verdict, until it takes it back or membership sees the node die. */
  readonly gone: { readonly cause: GoneCause; readonly silentFor: Millis } | undefined;
  /** It gives its addresses away in order to end, and is forgotten by then at the latest. */
  readonly leavingUntil: Instant | undefined;
  /** When it last began or ceased to live. */
  readonly turnedAt: Instant;
  /** Since when nothing was heard of it; undefined = it is heard. */
  readonly silentSince: Instant | undefined;
}

/** A changed roster, and the nodes that now count differently. */
export interface RosterChange {
  readonly roster: Roster;
  readonly turned: ReadonlySet<string>;
}

/** A node that drains ends within two seconds; it may have been restarted by then. */
const LEAVING_TIME: Millis = 5000;

/** Whether a node is there to answer for what it owns. */
export function isAlive(roster: Roster, node: string): boolean {
  if (!roster.ring) return roster.ready.has(node);
  if (node === roster.me) return true;
  const member = roster.members.get(node);
  return member !== undefined && member.present && member.gone === undefined;
}

/** Whether a node may be given addresses: it lives, and is not about to leave. */
export function isElectable(roster: Roster, node: string): boolean {
  if (!isAlive(roster, node)) return false;
  if (node === roster.me) return !roster.draining;
  return roster.members.get(node)?.leavingUntil === undefined;
}

/** Whether MetalLB's speakers take a node for alive: they know of no peer watch. */
export function isPresent(roster: Roster, node: string): boolean {
  if (!roster.ring) return roster.ready.has(node);
  return node === roster.me || roster.members.get(node)?.present === true;
}

/** Without a ring nobody can tell, and all are taken for agents of ours. */
export function isAgent(roster: Roster, node: string): boolean {
  return !roster.ring || node === roster.me || roster.members.get(node)?.agent !== false;
}

export function isLeaving(roster: Roster, node: string): boolean {
  return roster.members.get(node)?.leavingUntil !== undefined;
}

/**
 * Whether what is held against a node's life is older than `instant`, at which it was seen. Of silence its beginning counts:
 * who was seen while it was silent is not dead because it goes on being silent. Who has no kernel, no process or said
 * goodbye is dead since it was found.
 */
export function isRefutedAt(roster: Roster, node: string, instant: Instant): boolean {
  const member = roster.members.get(node);
  if (member === undefined) return true;
  const { gone, left, turnedAt, silentSince } = member;
  const isCertain = left || (gone !== undefined && gone.cause !== "stalled");
  return (isCertain ? turnedAt : (silentSince ?? turnedAt)) <= instant;
}

/** For so long a node counts as one that has just come back. */
export const RETURN_TIME: Millis = 10_000;

/** Whether a node is away or back since a moment ago, while most others were here all the time: it was cut off, not they. */
export function wasCutOff(roster: Roster, node: string, now: Instant): boolean {
  const member = roster.members.get(node);
  if (!roster.ring || member === undefined || isHereAllTheTime(roster, node, now)) return false;
  let here = 1;
  let away = 0;
  for (const [name, { left }] of roster.members) {
    if (name === roster.me || left) continue;
    if (isHereAllTheTime(roster, name, now)) here += 1;
    else away += 1;
  }
  return here > away;
}

function isHereAllTheTime(roster: Roster, node: string, now: Instant): boolean {
  const turnedAt = roster.members.get(node)?.turnedAt;
  return isAlive(roster, node) && turnedAt !== undefined && instantAfter(turnedAt, RETURN_TIME) <= now;
}

/** Speakers of MetalLB in the ring, sorted by name. */
export function metallbSpeakers({ members, me }: Roster): readonly string[] {
  const names: string[] = [];
  for (const [node, member] of members) if (!member.agent && member.present && node !== me) names.push(node);
  return names.sort();
}

/** Everybody else that gossip believes alive, in the table's order. */
export function presentOthers({ members, me }: Roster): readonly string[] {
  const names: string[] = [];
  for (const [node, { present }] of members) if (present && node !== me) names.push(node);
  return names;
}

/** Why an owner that does not live any more lost its addresses, and how long it took to see. */
export function lossOf(
  roster: Roster,
  node: string,
): { readonly cause: MoveCause; readonly detectionMillis: Millis | undefined } {
  const member = roster.members.get(node);
  if (member?.left === true) return { cause: "left", detectionMillis: undefined };
  const gone = member?.gone;
  if (gone === undefined) return { cause: "holder-gone", detectionMillis: undefined };
  return {
    cause: gone.cause === "node-gone" ? "holder-gone" : gone.cause,
    detectionMillis: gone.silentFor,
  };
}

/** The whole table of members is another one. */
export function withMembers(roster: Roster, table: readonly MemberView[], now: Instant): RosterChange {
  const members = new Map<string, RosterMember>();
  for (const view of table) members.set(view.name, memberOf(view, roster.members.get(view.name), now));
  return changed(roster, { ...roster, members }, new Set([...roster.members.keys(), ...members.keys()]), now);
}

function memberOf(view: MemberView, before: RosterMember | undefined, now: Instant): RosterMember {
  const meta = decodeNodeMeta(view.meta);
  const present = view.state === "alive" || view.state === "suspect";
  const startedAt = meta?.startedAt ?? 0;
  // Whoever comes back, or has been restarted, begins anew; who dies keeps the verdict, which says how it died.
  const anew = before === undefined || (present && !before.present) || startedAt !== before.startedAt;
  return {
    present,
    left: view.state === "left",
    agent: meta !== undefined,
    startedAt,
    gone: anew ? undefined : before.gone,
    leavingUntil: anew || !present ? undefined : before.leavingUntil,
    turnedAt: before?.turnedAt ?? now,
    silentSince: silentSinceOf(view, anew ? undefined : before, now),
  };
}

/** Membership gives nobody up who was not silent for so long: the shortest suspicion of memberlist's defaults. */
const SHORTEST_SUSPICION: Millis = 4000;

function silentSinceOf(
  { state }: MemberView,
  before: RosterMember | undefined,
  now: Instant,
): Instant | undefined {
  if (state === "alive") return before?.gone === undefined ? undefined : before.silentSince;
  if (before?.silentSince !== undefined) return before.silentSince;
  return state === "suspect" ? now : instantAfter(now, -SHORTEST_SUSPICION);
}

export function withReady(roster: Roster, nodes: readonly string[], now: Instant): RosterChange {
  const ready = new Set(nodes);
  if (roster.ring) return { roster: { ...roster, ready }, turned: new Set() };
  return changed(roster, { ...roster, ready }, new Set([...roster.ready, ...ready]), now);
}

/** The peer watch has judged a node, or takes its verdict back. */
export function withVerdict(
  roster: Roster,
  node: string,
  gone: RosterMember["gone"],
  now: Instant,
): RosterChange {
  const silentSince = gone && instantAfter(now, -gone.silentFor);
  return withMember(roster, node, (member) => ({ ...member, gone, silentSince }), now);
}

export function withLeaving(roster: Roster, node: string, now: Instant): RosterChange {
  const leavingUntil = instantAfter(now, LEAVING_TIME);
  return withMember(roster, node, (member) => ({ ...member, leavingUntil }), now);
}

export function withDraining(roster: Roster, now: Instant): RosterChange {
  return changed(roster, { ...roster, draining: true }, new Set([roster.me]), now);
}

/** Nodes that were to leave and have not. */
export function withoutOverdueLeavers(roster: Roster, now: Instant): RosterChange {
  const overdue = new Set<string>();
  for (const [node, { leavingUntil }] of roster.members) {
    if (leavingUntil !== undefined && leavingUntil <= now) overdue.add(node);
  }
  if (overdue.size === 0) return { roster, turned: overdue };
  const members = new Map(roster.members);
  for (const node of overdue) {
    const member = members.get(node);
    if (member !== undefined) members.set(node, { ...member, leavingUntil: undefined });
  }
  return changed(roster, { ...roster, members }, overdue, now);
}

/** When the next of those who leave is overdue. */
export function nextOverdue({ members }: Roster): Instant | undefined {
  let next: Instant | undefined;
  for (const { leavingUntil } of members.values()) {
    if (leavingUntil !== undefined && (next === undefined || leavingUntil < next)) next = leavingUntil;
  }
  return next;
}

function withMember(
  roster: Roster,
  node: string,
  change: (member: RosterMember) => RosterMember,
  now: Instant,
): RosterChange {
  const member = roster.members.get(node);
  if (member === undefined) return { roster, turned: new Set() };
  const members = new Map(roster.members).set(node, change(member));
  return changed(roster, { ...roster, members }, new Set([node]), now);
}

function changed(before: Roster, after: Roster, nodes: ReadonlySet<string>, now: Instant): RosterChange {
  const turned = new Set<string>();
  const members = new Map(after.members);
  for (const node of nodes) {
    if (countsAs(before, node) === countsAs(after, node)) continue;
    turned.add(node);
    const member = members.get(node);
    if (member !== undefined && isAlive(before, node) !== isAlive(after, node)) {
      members.set(node, { ...member, turnedAt: now });
    }
  }
  return { roster: { ...after, members }, turned };
}

function countsAs(roster: Roster, node: string): number {
  return (
    Number(isAlive(roster, node)) +
    2 * Number(isElectable(roster, node)) +
    4 * Number(isPresent(roster, node)) +
    8 * Number(isAgent(roster, node))
  );
}
