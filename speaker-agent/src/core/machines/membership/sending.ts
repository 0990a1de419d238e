import { instantAfter, type Millis } from "@steelyard/model/foundation";
import {
  COMPOUND_ENTRY_BYTES,
  COMPOUND_HEADER_BYTES,
  type GossipEndpoint,
  type GossipMessage,
  MAX_COMPOUND_MESSAGES,
  type ReplyTo,
} from "../../wire/gossip/messages.ts";
import { enqueue, takeBroadcasts } from "./broadcast-queue.ts";
import { memberOf } from "./member-table.ts";
import { retransmitLimit } from "./timing.ts";
import { type Turn } from "./turn.ts";
import { type Member, type MembershipOptions } from "./types.ts";

/** Bytes for messages in one compound datagram. */
export function roomOf({ tuning, datagramOverheadBytes }: MembershipOptions): number {
  return tuning.udpBufferBytes - COMPOUND_HEADER_BYTES - datagramOverheadBytes;
}

/** Rule "encodeAndSendMsg" (net.go): one message, and whatever broadcasts fit beside it. */
export function sendWithGossip(
  turn: Turn,
  to: GossipEndpoint,
  message: GossipMessage,
  member?: Member,
): void {
  const extra = takeGossip(turn, roomOf(turn.context.options) - turn.context.sizeOf(message));
  sendDatagram(turn, to, [message, ...extra], member);
}

/** Rule "rawSendMsgPacket" (net.go): a checksum for whoever understands one. */
export function sendDatagram(
  turn: Turn,
  to: GossipEndpoint,
  messages: readonly GossipMessage[],
  member?: Member,
): void {
  const checksum = (member?.versions.protocol.maximum ?? 0) >= 5;
  turn.effects.push({ kind: "send-datagram", to, messages, checksum });
}

/** Rule "getBroadcasts" (broadcast.go): news of members before those of the application. */
export function takeGossip(turn: Turn, limit: number): readonly GossipMessage[] {
  const { state, context } = turn;
  if (state.broadcasts.length === 0 && state.userBroadcasts.length === 0) return [];
  const transmitLimit = retransmitLimit(context.options.tuning.retransmitMult, state.members.length);
  const room = { overhead: COMPOUND_ENTRY_BYTES, transmitLimit };
  const news = takeBroadcasts(state.broadcasts, { ...room, limit, mostMessages: MAX_COMPOUND_MESSAGES - 1 });
  state.broadcasts = news.queue;
  const users = takeBroadcasts(state.userBroadcasts, {
    ...room,
    limit: limit - news.bytes,
    mostMessages: MAX_COMPOUND_MESSAGES - 1 - news.messages.length,
  });
  state.userBroadcasts = users.queue;
  return [...news.messages, ...users.messages];
}

/** Lets a message about `node` spread, in place of an earlier one about it. */
export function spread(turn: Turn, node: string, message: GossipMessage): void {
  const { state } = turn;
  keepGossipPhase(turn);
  state.broadcastId++;
  const size = turn.context.sizeOf(message);
  const broadcast = { key: node, message, size, transmits: 0, id: state.broadcastId };
  state.broadcasts = enqueue(state.broadcasts, broadcast);
}

/** Of the application's broadcasts only so many wait: the oldest and most sent go. */
const MOST_USER_BROADCASTS = 1_000;

export function spreadUserMessage(turn: Turn, key: string, payload: Uint8Array): void {
  const { state } = turn;
  keepGossipPhase(turn);
  state.broadcastId++;
  const message = { type: "user", payload } as const;
  const size = turn.context.sizeOf(message);
  const broadcast = { key, message, size, transmits: 0, id: state.broadcastId };
  state.userBroadcasts = enqueue(state.userBroadcasts, broadcast).slice(0, MOST_USER_BROADCASTS);
}

/** While nothing spreads no gossip timer is armed; the first broadcast waits for the next tick of the old beat. */
function keepGossipPhase({ state, context, now }: Turn): void {
  const idle = state.broadcasts.length === 0 && state.userBroadcasts.length === 0;
  const interval = context.options.tuning.gossipIntervalMillis;
  if (!idle || state.nextGossipAt > now) return;
  const missed = Math.floor((now - state.nextGossipAt) / interval) + 1;
  state.nextGossipAt = instantAfter(state.nextGossipAt, missed * interval);
}

/** Brings the next gossip forward: what this node itself has to say should not wait for the beat. */
export function hurryGossip({ state, now }: Turn, within: Millis): void {
  const soon = instantAfter(now, within);
  if (soon < state.nextGossipAt) state.nextGossipAt = soon;
}

/** Rule "nextSeqNo" (state.go). */
export function nextSequence({ state }: Turn): number {
  state.sequence = (state.sequence + 1) >>> 0;
  return state.sequence;
}

export function replyToSelf({ context }: Turn): ReplyTo {
  return { ...context.options.endpoint, node: context.options.name };
}

export function sendToMember(turn: Turn, name: string, messages: readonly GossipMessage[]): void {
  const member = memberOf(turn.state.members, name);
  if (member !== undefined) sendDatagram(turn, member.endpoint, messages, member);
}
