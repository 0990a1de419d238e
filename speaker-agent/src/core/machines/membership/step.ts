import { assertNever, type Instant, instantAfter } from "@steelyard/model/foundation";
import { type GossipEndpoint, type GossipMessage, type StreamMessage } from "../../wire/gossip/messages.ts";
import { gossip } from "./gossiping.ts";
import { exchanged, firstPatience, joinEnded, joinMissing, listPeers, runsOutOfPatience } from "./joining.ts";
import { askSuspects } from "./last-word.ts";
import { beginLeaving, continueLeaving } from "./leaving.ts";
import { announceSelf, endSuspicions, heardAlive, heardDead, heardSuspect } from "./news.ts";
import { endRelays, heardAck, heardIndirectPing, heardPing, isForUs } from "./pings.ts";
import {
  assertAlive,
  continueProbe,
  probeAnsweredStream,
  probeNacked,
  probeNext,
  probeRefused,
} from "./probing.ts";

import { forgiveStall } from "./stalls.ts";
import { acceptStream, answerStream, closeStream, forgetStream, renewStream, streamOf } from "./streams.ts";
import { exchangeTables, mergeTable, ownTable, scheduleFirstTable, scheduleNextTable } from "./tables.ts";
import { beginTurn, endTurn, type Turn } from "./turn.ts";
import {
  type MembershipContext,
  type MembershipInput,
  type MembershipState,
  type MembershipStep,
  type OpenStream,
} from "./types.ts";
import { broadcastUserMessage, heardUserMessage, sendUserMessage } from "./user-messages.ts";
import { armTimer } from "./wake.ts";

const nothing = new Uint8Array(0);

/** Membership: see README.md for what it promises. Pure; never throws, whatever the messages hold. */
export function stepMembership(
  state: MembershipState,
  input: MembershipInput,
  context: MembershipContext,
): MembershipStep {
  const turn = beginTurn(state, context);
  if (state.phase !== "idle") forgiveStall(turn);
  take(turn, input);
  if (turn.state.phase === "leaving") continueLeaving(turn);
  armTimer(turn);
  return endTurn(turn, state);
}

function take(turn: Turn, input: MembershipInput): void {
  switch (input.kind) {
    case "start":
      start(turn, input.meta);
      return;
    case "peers":
      listPeers(turn, input.peers);
      return;
    case "stream-accepted":
      acceptStream(turn, input.stream, input.from);
      return;
    default:
      if (turn.state.phase !== "idle") takeWhenStarted(turn, input);
  }
}

function takeWhenStarted(
  turn: Turn,
  input: Exclude<MembershipInput, { kind: "start" | "peers" | "stream-accepted" }>,
): void {
  switch (input.kind) {
    case "datagram":
      for (const message of input.messages) heard(turn, input.from, message);
      return;
    case "unreachable":
      probeRefused(turn, input.to);
      return;
    case "stream-connected":
      streamConnected(turn, input.stream);
      return;
    case "stream-message":
      streamSaid(turn, input.stream, input.message);
      return;
    case "stream-closed":
      streamGone(turn, streamOf(turn, input.stream), input.because);
      return;
    case "timer":
      wake(turn);
      return;
    case "broadcast":
      broadcastUserMessage(turn, input.key, input.payload);
      return;
    case "send":
      sendUserMessage(turn, input.to, input.payload);
      return;
    case "meta":
      if (turn.state.phase === "running") announceSelf(turn, input.meta);
      return;
    case "leave":
      beginLeaving(turn);
      return;
    default:
      assertNever(input);
  }
}

/** Rules "Create" and "schedule" (memberlist.go, state.go): everybody ticks at another moment. */
function start(turn: Turn, meta: Uint8Array): void {
  const { state, context, now } = turn;
  if (state.phase !== "idle") return;
  const { tuning } = context.options;
  const staggered = (interval: number): Instant => instantAfter(now, interval * context.random.fraction());
  state.phase = "running";
  state.run = Math.floor(context.random.fraction() * 2 ** 32);
  state.nextProbeAt = staggered(tuning.probeIntervalMillis);
  state.nextGossipAt = staggered(tuning.gossipIntervalMillis);
  scheduleFirstTable(turn);
  state.nextJoinAt = now;
  state.patienceUntil = firstPatience(turn);
  announceSelf(turn, meta);
  joinMissing(turn);
}

/** Rule "handleCommand" (net.go), for one message of a datagram. */
function heard(turn: Turn, from: GossipEndpoint, message: GossipMessage): void {
  switch (message.type) {
    case "ping":
      heardPing(turn, from, message);
      return;
    case "indirect-ping":
      heardIndirectPing(turn, from, message);
      return;
    case "ack":
      heardAck(turn, message);
      return;
    case "nack":
      probeNacked(turn, message.sequence);
      return;
    case "suspect":
      heardSuspect(turn, message);
      return;
    case "alive":
      heardAlive(turn, message);
      return;
    case "dead":
      heardDead(turn, message);
      return;
    case "user":
      heardUserMessage(turn, message.payload);
      return;
    default:
      assertNever(message);
  }
}

/** Whatever is due. What becomes due by it fires on its own, as the timer is armed anew. */
function wake(turn: Turn): void {
  const { state, context, now } = turn;
  state.armedFor = undefined;
  continueProbe(turn);
  endRelays(turn);
  askSuspects(turn);
  endSuspicions(turn);
  for (const stream of state.streams.filter(({ deadline }) => deadline <= now)) {
    turn.effects.push({ kind: "close-stream", stream: stream.id });
    streamGone(turn, stream, "it took too long");
  }
  if (state.nextGossipAt <= now) gossip(turn);
  if (state.phase !== "running") return;
  if (state.nextProbeAt <= now && state.probe === undefined) {
    const next = instantAfter(state.nextProbeAt, context.options.tuning.probeIntervalMillis);
    state.nextProbeAt = next > now ? next : instantAfter(now, context.options.tuning.probeIntervalMillis);
    probeNext(turn);
  }
  if (state.nextTableAt <= now) {
    scheduleNextTable(turn);
    exchangeTables(turn);
  }
  if (state.nextJoinAt <= now || runsOutOfPatience(turn)) joinMissing(turn);
}

function streamConnected(turn: Turn, id: string): void {
  const stream = streamOf(turn, id);
  // A user message has no answer: the stream has done its work when it is sent.
  if (stream?.purpose.kind === "user") closeStream(turn, id);
  else if (stream !== undefined && stream.purpose.kind !== "ping")
    renewStream(turn, stream, turn.context.options.tuning.tcpTimeoutMillis);
}

/** Rules "handleConn" and "sendAndReceiveState" (net.go). */
function streamSaid(turn: Turn, id: string, message: StreamMessage): void {
  const stream = streamOf(turn, id);
  if (stream === undefined) return;
  const { purpose, endpoint } = stream;
  if (purpose.kind === "accepted") {
    answer(turn, id, message);
    return;
  }
  closeStream(turn, id);
  if (purpose.kind === "ping" && message.type === "ack" && message.sequence === purpose.sequence)
    probeAnsweredStream(turn, purpose.sequence);
  if (purpose.kind !== "table" && purpose.kind !== "join") return;
  const incarnation = turn.state.incarnation;
  const taken = message.type === "push-pull" && mergeTable(turn, message);
  // Whoever takes us for dead does not gossip to us, nor we to it if it is dead here: it hears the refutation directly.
  if (turn.state.incarnation !== incarnation) assertAlive(turn, endpoint);
  if (purpose.kind === "join") joinEnded(turn, endpoint, taken ? undefined : refusalOf(message));
  if (taken) exchanged(turn);
}

function refusalOf(message: StreamMessage): string {
  return message.type === "error" ? `it says: ${message.message}` : "it did not answer with a table of ours";
}

/**
 * The table goes out after theirs is merged, and so with our refutation in it where they take us for dead; memberlist sends
 * first, and needs one more exchange for that.
 */
function answer(turn: Turn, id: string, message: StreamMessage): void {
  switch (message.type) {
    case "push-pull": {
      const taken = mergeTable(turn, message);
      answerStream(turn, id, ownTable(turn, message.join));
      if (taken) exchanged(turn);
      return;
    }
    case "ping":
      if (isForUs(turn, message.node))
        answerStream(turn, id, { type: "ack", sequence: message.sequence, payload: nothing });
      else closeStream(turn, id);
      return;
    case "user":
      closeStream(turn, id);
      heardUserMessage(turn, message.payload);
      return;
    case "ack":
    case "error":
      closeStream(turn, id);
      return;
    default:
      assertNever(message);
  }
}

function streamGone(turn: Turn, stream: OpenStream | undefined, because: string): void {
  if (stream === undefined) return;
  forgetStream(turn, stream.id);
  if (stream.purpose.kind === "join") joinEnded(turn, stream.endpoint, because);
}
