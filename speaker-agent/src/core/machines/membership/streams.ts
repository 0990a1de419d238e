import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { type GossipEndpoint, type StreamMessage } from "../../wire/gossip/messages.ts";
import { type Turn } from "./turn.ts";
import { type OpenStream, type StreamId, type StreamPurpose } from "./types.ts";

/** Rule "maxPushPullRequests" (net.go): so many strangers may be connected at once. */
const MOST_ACCEPTED = 128;

/** Connects and sends; the deadline is for both, until `renewStream`. */
export function openStream(
  turn: Turn,
  purpose: StreamPurpose,
  to: GossipEndpoint,
  message: StreamMessage,
  deadline: Instant,
): void {
  const { state } = turn;
  state.streamId++;
  const id = `out-${state.streamId}`;
  state.streams = [...state.streams, { id, purpose, endpoint: to, deadline }];
  turn.effects.push({ kind: "connect-stream", stream: id, to, message });
}

/** Rule "handleConn" (net.go): what somebody wants who connects has to come within the timeout. */
export function acceptStream(turn: Turn, id: StreamId, from: GossipEndpoint): void {
  const { state, context, now } = turn;
  const accepted = state.streams.filter(({ purpose }) => purpose.kind === "accepted").length;
  if (accepted >= MOST_ACCEPTED || state.phase === "idle" || streamOf(turn, id) !== undefined) {
    turn.effects.push({ kind: "close-stream", stream: id });
    return;
  }
  const deadline = instantAfter(now, context.options.tuning.tcpTimeoutMillis);
  state.streams = [...state.streams, { id, purpose: { kind: "accepted" }, endpoint: from, deadline }];
}

export function streamOf({ state }: Turn, id: StreamId): OpenStream | undefined {
  return state.streams.find((stream) => stream.id === id);
}

export function renewStream({ state, now }: Turn, stream: OpenStream, within: Millis): void {
  const renewed = { ...stream, deadline: instantAfter(now, within) };
  state.streams = state.streams.map((other) => (other.id === stream.id ? renewed : other));
}

/** Forgets it; with `closeStream` when it is still open. */
export function forgetStream({ state }: Turn, id: StreamId): void {
  state.streams = state.streams.filter((stream) => stream.id !== id);
}

export function closeStream(turn: Turn, id: StreamId): void {
  forgetStream(turn, id);
  turn.effects.push({ kind: "close-stream", stream: id });
}

export function answerStream(turn: Turn, id: StreamId, message: StreamMessage): void {
  turn.effects.push({ kind: "send-stream", stream: id, message });
  closeStream(turn, id);
}
