import { instantAfter } from "@steelyard/model/foundation";
import {
  type AckMessage,
  type GossipEndpoint,
  type IndirectPingMessage,
  type PingMessage,
  type ReplyTo,
} from "../../wire/gossip/messages.ts";
import { suspectAcked } from "./last-word.ts";
import { probeAcked } from "./probing.ts";
import { nextSequence, replyToSelf, sendDatagram, sendWithGossip } from "./sending.ts";
import { type Turn } from "./turn.ts";

/** Pings for others under way at most; who asks for more is answered when some have ended. */
const MOST_RELAYS = 512;

const nothing = new Uint8Array(0);

/**
 * Rule "handlePing" (net.go). A ping for another name stays unanswered: its node has gone from this address. One that does
 * not say whom to answer is of a peer watch, which asks twenty times a second: news told to it would be used up on it.
 */
export function heardPing(turn: Turn, from: GossipEndpoint, ping: PingMessage): void {
  if (!isForUs(turn, ping.node)) return;
  const ack: AckMessage = { type: "ack", sequence: ping.sequence, payload: nothing };
  if (ping.replyTo === undefined) sendDatagram(turn, from, [ack]);
  else sendWithGossip(turn, answerTo(from, ping.replyTo), ack);
}

export function isForUs({ context }: Turn, node: string): boolean {
  return node === "" || node === context.options.name;
}

/** Rule "handleIndirectPing" (net.go): ping in somebody else's name. */
export function heardIndirectPing(turn: Turn, from: GossipEndpoint, request: IndirectPingMessage): void {
  const { state, context, now } = turn;
  if (state.relays.length >= MOST_RELAYS) return;
  const { port: ownPort } = context.options.endpoint;
  const { node, target, nack } = request;
  const sequence = nextSequence(turn);
  const requester = { endpoint: answerTo(from, request.replyTo), sequence: request.sequence };
  const deadline = instantAfter(now, context.options.tuning.probeTimeoutMillis);
  state.relays = [...state.relays, { sequence, requester, nack, deadline }];
  const ping: PingMessage = { type: "ping", sequence, node, replyTo: replyToSelf(turn) };
  sendWithGossip(turn, target.port === 0 ? { ...target, port: ownPort } : target, ping);
}

/** Rules "handleAck" and "invokeAckHandler" (net.go, state.go): for our probe, or for one we relayed. */
export function heardAck(turn: Turn, { sequence }: AckMessage): void {
  if (probeAcked(turn, sequence) || suspectAcked(turn, sequence)) return;
  const { state } = turn;
  const relay = state.relays.find((one) => one.sequence === sequence);
  if (relay === undefined) return;
  state.relays = state.relays.filter((one) => one !== relay);
  const { endpoint, sequence: theirs } = relay.requester;
  sendWithGossip(turn, endpoint, { type: "ack", sequence: theirs, payload: nothing });
}

/** Rule "handleIndirectPing", its end: the target has not answered; whoever can read it is told so. */
export function endRelays(turn: Turn): void {
  const { state, now } = turn;
  const due = state.relays.filter(({ deadline }) => deadline <= now);
  if (due.length === 0) return;
  state.relays = state.relays.filter(({ deadline }) => deadline > now);
  for (const { nack, requester } of due) {
    if (nack) sendWithGossip(turn, requester.endpoint, { type: "nack", sequence: requester.sequence });
  }
}

function answerTo(from: GossipEndpoint, replyTo: ReplyTo | undefined): GossipEndpoint {
  if (replyTo === undefined || replyTo.port === 0) return from;
  return { address: replyTo.address, port: replyTo.port };
}
