import { formatIpAddress } from "@steelyard/model/address";
import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { type GossipEndpoint } from "../../wire/gossip/messages.ts";
import { endpointKey, isGone, randomBelow, sameEndpoint } from "./member-table.ts";
import { openStream } from "./streams.ts";
import { ownTable } from "./tables.ts";
import { tell, type Turn } from "./turn.ts";
import { type ListedPeer } from "./types.ts";

/** How often it is looked whether a listed peer is no member. */
const LOOK_MILLIS: Millis = 1_000;
/** Whoever is there connects in much less; whoever is not must not hold up a start. */
export const JOIN_CONNECT_MILLIS: Millis = 2_000;
const FIRST_RETRY_MILLIS: Millis = 3_000;
const LAST_RETRY_MILLIS: Millis = 60_000;
/** Joins under way at once: several until one has succeeded, as many of a list may be down. */
const MOST_AT_START = 4;
/** A start must not wait longer for listed peers that are not there. */
const PATIENCE_WITH_PEERS: Millis = 3_000;
/** Nor for the list itself, which needs the API server. */
const PATIENCE_WITHOUT_LIST: Millis = 5_000;
/** From this many on, to know more than half of the list is enough: whoever told us of those is one of the ring. */
const LONG_LIST = 5;

/** The list of peers is level: what is on it is to be joined, for as long as it is on it. */
export function listPeers(turn: Turn, peers: readonly GossipEndpoint[]): void {
  const { state, context, now } = turn;
  const before = new Map(state.peers?.map((peer) => [peer.endpointKey, peer]));
  const listed = new Map<string, ListedPeer>();
  for (const endpoint of peers) {
    if (sameEndpoint(endpoint, context.options.endpoint)) continue;
    const key = endpointKey(endpoint);
    listed.set(
      key,
      before.get(key) ?? { endpoint, endpointKey: key, failures: 0, tried: false, notBefore: now },
    );
  }
  const isFirst = state.peers === undefined;
  state.peers = [...listed.values()];
  state.nextJoinAt = now;
  if (isFirst && state.phase === "running") state.patienceUntil = firstPatience(turn);
}

export function firstPatience({ state, now }: Turn): Instant {
  return instantAfter(now, state.peers === undefined ? PATIENCE_WITHOUT_LIST : PATIENCE_WITH_PEERS);
}

export function runsOutOfPatience({ state, now }: Turn): boolean {
  return state.synced === "no" && state.patienceUntil <= now;
}

/** Looks who of the listed ones is missing, and tries some of those. */
export function joinMissing(turn: Turn): void {
  const { state, now } = turn;
  state.nextJoinAt = instantAfter(now, LOOK_MILLIS);
  for (const peer of choose(turn, missingPeers(turn))) join(turn, peer);
  settleSync(turn);
}

/** A join has ended. Even one that went well counts as tried, in case its node does not turn up in the table. */
export function joinEnded(turn: Turn, endpoint: GossipEndpoint, failure: string | undefined): void {
  const { state, context, now } = turn;
  const peer = state.peers?.find((one) => sameEndpoint(one.endpoint, endpoint));
  if (peer === undefined || state.peers === undefined) return;
  const backoff = Math.min(FIRST_RETRY_MILLIS * 2 ** peer.failures, LAST_RETRY_MILLIS);
  const jitter = 0.8 + 0.4 * context.random.fraction();
  const notBefore = instantAfter(now, backoff * jitter);
  const ended = { ...peer, failures: peer.failures + 1, tried: true, notBefore };
  state.peers = state.peers.map((one) => (one === peer ? ended : one));
  // The next one does not wait for the next look while nobody has been reached.
  if (state.synced !== "with-peers") state.nextJoinAt = now;
  const name = `${formatIpAddress(endpoint.address)}:${endpoint.port}`;
  if (failure === undefined) tell(turn, name, "reached", "tables have been exchanged");
  else if (peer.failures === 0) tell(turn, name, "unreachable", failure);
}

/** Somebody's table has been taken. */
export function exchanged(turn: Turn): void {
  turn.state.exchanged = true;
  settleSync(turn);
}

/**
 * One table is not always enough: the first one to answer may have been started a moment ago, like us, and know nothing of
 * the ring yet. So the others on the list are tried, too, before the table counts as good.
 */
function settleSync(turn: Turn): void {
  const { state, now } = turn;
  if (state.synced === "with-peers") return;
  const how = state.exchanged ? "with-peers" : "alone";
  if (state.synced === how || (state.patienceUntil > now && !isDone(turn))) return;
  state.synced = how;
  turn.effects.push({ kind: "synced", how });
}

/** Whether every listed peer lives in our table or has been tried, or more than half of a long list lives. */
function isDone(turn: Turn): boolean {
  const { peers } = turn.state;
  if (peers === undefined) return false;
  const missing = missingPeers(turn);
  if (missing.every(({ tried }) => tried)) return true;
  return turn.state.exchanged && peers.length >= LONG_LIST && missing.length * 2 < peers.length;
}

/** Before the first table everybody is missed, even who has gossiped to us already. */
function missingPeers({ state }: Turn): readonly ListedPeer[] {
  const { peers, members, exchanged: any, missing: before } = state;
  if (peers === undefined) return [];
  if (!any) return peers;
  if (before?.peers === peers && before.members === members) return before.missing;
  const living = new Set(members.filter((member) => !isGone(member)).map((member) => member.endpointKey));
  // A peer that lives begins anew when it is missed one day.
  const forgiven = peers.some(({ failures, endpointKey: key }) => failures > 0 && living.has(key))
    ? peers.map((peer) => (living.has(peer.endpointKey) ? { ...peer, failures: 0 } : peer))
    : peers;
  const missing = forgiven.filter((peer) => !living.has(peer.endpointKey));
  state.peers = forgiven;
  state.missing = { peers: forgiven, members, missing };
  return missing;
}

/** At random, so that not everybody asks the first of the list. */
function choose(turn: Turn, missing: readonly ListedPeer[]): readonly ListedPeer[] {
  const { state, context, now } = turn;
  const joining = state.streams.filter(({ purpose }) => purpose.kind === "join");
  const open = new Set(joining.map(({ endpoint }) => endpointKey(endpoint)));
  const due = missing.filter((peer) => peer.notBefore <= now && !open.has(peer.endpointKey));
  const most = (state.synced === "with-peers" ? 1 : MOST_AT_START) - joining.length;
  const chosen: ListedPeer[] = [];
  while (chosen.length < most && due.length > 0)
    chosen.push(...due.splice(randomBelow(due.length, context.random), 1));
  return chosen;
}

function join(turn: Turn, { endpoint }: ListedPeer): void {
  const deadline = instantAfter(turn.now, JOIN_CONNECT_MILLIS);
  openStream(turn, { kind: "join" }, endpoint, ownTable(turn, true), deadline);
}
