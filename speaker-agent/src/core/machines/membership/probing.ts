import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { type GossipEndpoint, type PingMessage } from "../../wire/gossip/messages.ts";
import { isGone, isOwn, memberOf, randomMembers, sameEndpoint, shuffled } from "./member-table.ts";
import { aliveMessage, heardSuspect } from "./news.ts";
import { nextSequence, replyToSelf, sendDatagram, sendWithGossip } from "./sending.ts";
import { openStream } from "./streams.ts";
import { applyAwareness } from "./timing.ts";
import { complain, type Turn } from "./turn.ts";
import { type Member, type Probe } from "./types.ts";

/** Rule "probe" (state.go): the next node of the round that is neither this one nor gone. */
export function probeNext(turn: Turn): void {
  const { state } = turn;
  for (let checked = 0; checked <= state.probeOrder.length; checked++) {
    if (state.probeIndex >= state.probeOrder.length) beginRound(turn);
    const member = memberOf(state.members, state.probeOrder[state.probeIndex] ?? "");
    state.probeIndex++;
    if (member !== undefined && !isOwn(turn, member.name) && !isGone(member)) {
      probe(turn, member);
      return;
    }
  }
}

/** Rule "resetNodes" (state.go): nodes gone for long are forgotten, the others get a new order. */
function beginRound({ state, context, now }: Turn): void {
  const { gossipToTheDeadMillis } = context.options.tuning;
  const stays = (member: Member) =>
    !isGone(member) || member.name === context.options.name || now - member.since <= gossipToTheDeadMillis;
  if (!state.members.every(stays)) state.members = state.members.filter(stays);
  state.probeOrder = shuffled(
    state.members.map(({ name }) => name),
    context.random,
  );
  state.probeIndex = 0;
}

/** Rule "probeNode" (state.go): first a ping of our own. A suspect hears with it what it is accused of. */
function probe(turn: Turn, member: Member): void {
  const { state, context, now } = turn;
  const { probeIntervalMillis, probeTimeoutMillis } = context.options.tuning;
  const sequence = nextSequence(turn);
  // The worse this node seems to do itself, the more time it gives others (Lifeguard's local health).
  const deadline = instantAfter(now, probeIntervalMillis * (state.awareness + 1));
  const { name: node, incarnation, endpoint } = member;
  const directUntil = instantAfter(now, probeTimeoutMillis);
  const nothingYet = { nacksExpected: 0, nacks: 0, answeredStream: false };
  state.probe = { node, incarnation, endpoint, sequence, directUntil, deadline, ...nothingYet };
  const ping: PingMessage = { type: "ping", sequence, node, replyTo: replyToSelf(turn) };
  if (member.state === "alive") {
    sendWithGossip(turn, endpoint, ping, member);
    return;
  }
  const suspect = { type: "suspect", incarnation, node, from: context.options.name } as const;
  sendDatagram(turn, endpoint, [ping, suspect], member);
}

/** What the probe under way waits for next. */
export function probeDueAt({ directUntil, deadline }: Probe): Instant {
  return directUntil !== undefined && directUntil < deadline ? directUntil : deadline;
}

export function continueProbe(turn: Turn): void {
  const { probe: current } = turn.state;
  if (current === undefined) return;
  if (current.deadline <= turn.now) {
    endProbe(turn, current);
    return;
  }
  if (current.directUntil !== undefined && current.directUntil <= turn.now) askOthers(turn, current);
}

/** Rule "HANDLE_REMOTE_FAILURE" (state.go): the kernel knows that a ping of ours has not arrived; no use to wait. */
export function probeRefused(turn: Turn, to: GossipEndpoint): void {
  const { probe: current } = turn.state;
  if (current?.directUntil !== undefined && sameEndpoint(current.endpoint, to)) askOthers(turn, current);
}

/** Rule "handleAck" for our own probe, direct or relayed. True = it was about the probe. */
export function probeAcked({ state, context, now }: Turn, sequence: number): boolean {
  if (state.probe?.sequence !== sequence || state.probe.deadline <= now) return false;
  state.probe = undefined;
  state.awareness = applyAwareness(state.awareness, -1, context.options.tuning.awarenessMaxMultiplier);
  return true;
}

export function probeNacked({ state }: Turn, sequence: number): void {
  const { probe: current } = state;
  if (current?.sequence !== sequence || current.nacks >= current.nacksExpected) return;
  state.probe = { ...current, nacks: current.nacks + 1 };
}

export function probeAnsweredStream({ state }: Turn, sequence: number): void {
  if (state.probe?.sequence === sequence) state.probe = { ...state.probe, answeredStream: true };
}

/** Rule "probeNode", second half: through others, and over a stream. */
function askOthers(turn: Turn, current: Probe): void {
  const { state, context } = turn;
  const { indirectChecks, disableTcpPings } = context.options.tuning;
  const { sequence, node, endpoint: target } = current;
  const member = memberOf(state.members, node);
  const helpers = randomMembers(
    state.members,
    indirectChecks,
    context.random,
    ({ name, state: at }) => at === "alive" && name !== node && !isOwn(turn, name),
  );
  const replyTo = replyToSelf(turn);
  for (const helper of helpers) {
    const nack = knowsNacks(helper);
    const request = { type: "indirect-ping", sequence, target, node, nack, replyTo } as const;
    sendWithGossip(turn, helper.endpoint, request, helper);
  }
  const nacksExpected = helpers.filter(knowsNacks).length;
  state.probe = { ...current, directUntil: undefined, nacksExpected };
  if (disableTcpPings || member === undefined || member.versions.protocol.maximum < 3) return;
  const ping = { type: "ping", sequence, node, replyTo } as const;
  openStream(turn, { kind: "ping", sequence }, target, ping, current.deadline);
}

function knowsNacks({ versions }: Member): boolean {
  return versions.protocol.maximum >= 4;
}

/** Rule "probeNode", its end: nobody has heard of the node. How many helpers said so tells how well we are ourselves. */
function endProbe(turn: Turn, { node, incarnation, nacksExpected, nacks, answeredStream }: Probe): void {
  const { state, context } = turn;
  const { name, tuning } = context.options;
  state.probe = undefined;
  if (answeredStream) {
    state.awareness = applyAwareness(state.awareness, -1, tuning.awarenessMaxMultiplier);
    complain(turn, node, "stream-only", "it answers over TCP but not over UDP: is something blocking UDP?");
    return;
  }
  const blame = nacksExpected > 0 ? nacksExpected - nacks : 1;
  state.awareness = applyAwareness(state.awareness, blame, tuning.awarenessMaxMultiplier);
  heardSuspect(turn, { type: "suspect", incarnation, node, from: name });
}

/** For whoever has just told us that it takes us for dead. */
export function assertAlive(turn: Turn, to: GossipEndpoint): void {
  const self = memberOf(turn.state.members, turn.context.options.name);
  if (self !== undefined) sendDatagram(turn, to, [aliveMessage(self)]);
}
