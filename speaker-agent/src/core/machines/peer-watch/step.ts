import { assertNever, type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { judgeSilence } from "./silence.ts";
import {
  GONE_PING_INTERVAL,
  MOST_WITNESSES,
  PEERS_AT_FULL_RATE,
  type PeerState,
  type PeerWatchContext,
  type PeerWatchEffect,
  type PeerWatchInput,
  type PeerWatchState,
  type PeerWatchStep,
  PING_INTERVAL,
  SILENT_INTERVALS,
  type WatchedPeer,
} from "./types.ts";

/** The watch: see README.md for what it promises. Pure; never throws. */
export function stepPeerWatch(
  state: PeerWatchState,
  input: PeerWatchInput,
  { now }: PeerWatchContext,
): PeerWatchStep {
  switch (input.kind) {
    case "watch":
      return tick(withPeers(state, input, now), now, []);
    case "heard":
      return heard(state, input.node, now);
    case "refused":
      return refused(state, input.node, now);
    case "kernel-heard":
      return { state: changed(state, input.node, kernelAnswered), effects: [] };
    case "kernel-out-of-reach":
      return { state: changed(state, input.node, kernelOutOfReach), effects: [] };
    case "timer":
      return tick(forgiven(state, now), now, []);
    default:
      return assertNever(input);
  }
}

/** Between two pings of one peer. */
export function pingInterval(peers: number): Millis {
  return PING_INTERVAL * Math.max(1, Math.ceil(peers / PEERS_AT_FULL_RATE));
}

type Watch = Extract<PeerWatchInput, { kind: "watch" }>;

function withPeers(state: PeerWatchState, { peers: names, witnesses }: Watch, now: Instant): PeerWatchState {
  const wanted = new Set(names);
  const members = new Set(witnesses);
  const peers = new Map<string, WatchedPeer>();
  for (const [node, peer] of state.peers) {
    const stillBelievedIn = peer.at === "gone" && members.has(node);
    if (wanted.has(node) || stillBelievedIn) peers.set(node, peer);
  }
  for (const node of names) if (!peers.has(node)) peers.set(node, { at: "unheard", nextPingAt: now });
  const heardAt = new Map([...state.heardAt].filter(([node]) => members.has(node) || peers.has(node)));
  return { ...state, peers, wanted, witnesses, heardAt };
}

function heard(state: PeerWatchState, node: string, now: Instant): PeerWatchStep {
  const heardAt = new Map(state.heardAt).set(node, now);
  const peer = state.peers.get(node);
  const peers = reconnected(state, node, now);
  if (peer === undefined) return tick({ ...state, peers, heardAt }, now, []);
  // Nobody asks for it any more: it was watched only for as long as it was gone.
  if (!state.wanted.has(node)) peers.delete(node);
  else peers.set(node, { at: "up", heardAt: now, nextPingAt: earlier(peer.nextPingAt, now, PING_INTERVAL) });
  const effects: PeerWatchEffect[] = peer.at === "gone" ? [{ kind: "back", node }] : [];
  return tick({ ...state, peers, heardAt }, now, effects);
}

/**
 * While nobody was heard, no kernel could be: where this witness is the first since a silence began, what was asked before
 * does not count. One question may have left together with the one to the witness.
 */
function reconnected(state: PeerWatchState, witness: string, now: Instant): Map<string, WatchedPeer> {
  const peers = new Map(state.peers);
  for (const [node, peer] of state.peers) {
    if (node === witness || peer.at !== "silent" || peer.kernel === undefined) continue;
    if (peer.kernel.asked < 2 || isConnected(state, node, peer.since)) continue;
    peers.set(node, { ...peer, kernel: { asked: 0, nextAt: now, answered: peer.kernel.answered } });
  }
  return peers;
}

/** The next ping of somebody who is back is not as far off as that of somebody who is gone. */
function earlier(planned: Instant, now: Instant, interval: Millis): Instant {
  const soon = instantAfter(now, interval);
  return planned < soon ? planned : soon;
}

function refused(state: PeerWatchState, node: string, now: Instant): PeerWatchStep {
  const peer = state.peers.get(node);
  if (peer === undefined || peer.at === "gone" || peer.at === "unheard") return { state, effects: [] };
  return tick(withPeer(state, node, { at: "gone", cause: "process-gone", nextPingAt: now }), now, [
    { kind: "gone", node, cause: "process-gone", silentFor: now - peer.heardAt },
  ]);
}

function kernelAnswered(peer: PeerState): PeerState {
  if (peer.at !== "silent" || peer.kernel === undefined) return peer;
  return { ...peer, kernel: { ...peer.kernel, answered: true } };
}

function kernelOutOfReach(peer: PeerState): PeerState {
  return peer.at === "silent" ? { ...peer, kernel: undefined } : peer;
}

function changed(
  state: PeerWatchState,
  node: string,
  change: (peer: PeerState) => PeerState,
): PeerWatchState {
  const peer = state.peers.get(node);
  if (peer === undefined) return state;
  return withPeer(state, node, { ...change(peer), nextPingAt: peer.nextPingAt });
}

function withPeer(state: PeerWatchState, node: string, peer: WatchedPeer): PeerWatchState {
  return { ...state, peers: new Map(state.peers).set(node, peer) };
}

/** A timer that comes late means that this program stood still, and could not have heard anybody. */
function forgiven(state: PeerWatchState, now: Instant): PeerWatchState {
  const late = state.armedFor === undefined ? 0 : now - state.armedFor;
  const disarmed = { ...state, armedFor: undefined };
  if (late < PING_INTERVAL) return disarmed;
  const peers = new Map([...state.peers].map(([node, peer]) => [node, excused(peer, late, now)]));
  return { ...disarmed, peers };
}

function excused(peer: WatchedPeer, late: Millis, now: Instant): WatchedPeer {
  const { nextPingAt } = peer;
  switch (peer.at) {
    case "unheard":
    case "gone":
      return peer;
    // A silence that had been found begins anew as well: its questions could not be answered either.
    case "up":
    case "silent":
      return { at: "up", heardAt: latest(now, instantAfter(peer.heardAt, late)), nextPingAt };
  }
}

function latest(limit: Instant, instant: Instant): Instant {
  return instant < limit ? instant : limit;
}

/** Does all that is due, and arms the timer for what is due next. */
function tick(state: PeerWatchState, now: Instant, before: readonly PeerWatchEffect[]): PeerWatchStep {
  const effects = [...before];
  const interval = pingInterval(state.wanted.size);
  const peers = new Map<string, WatchedPeer>();
  for (const [node, peer] of state.peers) {
    const judged = judge(state, node, peer, now, effects);
    peers.set(node, pinged(node, judged, now, interval, effects));
  }
  const next = nextDue(peers, interval);
  const armed = next === undefined || (state.armedFor !== undefined && state.armedFor <= next);
  if (!armed) effects.push({ kind: "arm", at: next });
  return { state: { ...state, peers, armedFor: armed ? state.armedFor : next }, effects };
}

function judge(
  state: PeerWatchState,
  node: string,
  peer: WatchedPeer,
  now: Instant,
  effects: PeerWatchEffect[],
): WatchedPeer {
  const { nextPingAt } = peer;
  if (peer.at === "up") {
    const limit = SILENT_INTERVALS * pingInterval(state.wanted.size);
    if (now - peer.heardAt < limit) return peer;
    const kernel = { asked: 0, nextAt: now, answered: false };
    return judge(state, node, { ...peer, at: "silent", since: now, kernel }, now, effects);
  }
  if (peer.at !== "silent") return peer;
  const judgement = judgeSilence(peer, now, isConnected(state, node, peer.since));
  switch (judgement.kind) {
    case "wait":
      return { ...peer, kernel: judgement.kernel };
    case "ask":
      effects.push({ kind: "ask-kernel", node }, ...witnessPings(state, node));
      return { ...peer, kernel: judgement.kernel };
    case "gone":
      effects.push({ kind: "gone", node, cause: judgement.cause, silentFor: now - peer.heardAt });
      return { at: "gone", cause: judgement.cause, nextPingAt };
  }
}

/** Whether somebody else was heard after the silence was found; where there is nobody else there is nobody to ask. */
function isConnected(state: PeerWatchState, node: string, since: Instant): boolean {
  const others = state.witnesses.filter((witness) => witness !== node);
  return others.length === 0 || others.some((other) => (state.heardAt.get(other) ?? -1) >= since);
}

function witnessPings(state: PeerWatchState, node: string): readonly PeerWatchEffect[] {
  const credible = state.witnesses.filter((witness) => {
    const at = state.peers.get(witness)?.at;
    return witness !== node && at !== "silent" && at !== "gone";
  });
  return credible.slice(0, MOST_WITNESSES).map((witness) => ({ kind: "ping", node: witness }));
}

function pinged(
  node: string,
  peer: WatchedPeer,
  now: Instant,
  interval: Millis,
  effects: PeerWatchEffect[],
): WatchedPeer {
  if (peer.nextPingAt > now) return peer;
  effects.push({ kind: "ping", node });
  return { ...peer, nextPingAt: instantAfter(now, peer.at === "gone" ? GONE_PING_INTERVAL : interval) };
}

function nextDue(peers: ReadonlyMap<string, WatchedPeer>, interval: Millis): Instant | undefined {
  let next: Instant | undefined;
  for (const peer of peers.values()) {
    const due = dueOf(peer, interval);
    if (next === undefined || due < next) next = due;
  }
  return next;
}

function dueOf(peer: WatchedPeer, interval: Millis): Instant {
  const { nextPingAt } = peer;
  const other = otherDue(peer, interval);
  return other !== undefined && other < nextPingAt ? other : nextPingAt;
}

function otherDue(peer: PeerState, interval: Millis): Instant | undefined {
  if (peer.at === "up") return instantAfter(peer.heardAt, SILENT_INTERVALS * interval);
  return peer.at === "silent" ? peer.kernel?.nextAt : undefined;
}
