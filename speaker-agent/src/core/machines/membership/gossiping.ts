import { instantAfter } from "@steelyard/model/foundation";
import { isOwn, randomMembers } from "./member-table.ts";
import { roomOf, sendDatagram, takeGossip } from "./sending.ts";
import { type Turn } from "./turn.ts";
import { type Member } from "./types.ts";

/** Rule "gossip" (state.go): what spreads goes to a few random nodes, those that died lately among them. */
export function gossip(turn: Turn): void {
  const { state, context, now } = turn;
  const { gossipNodes, gossipIntervalMillis } = context.options.tuning;
  state.nextGossipAt = instantAfter(now, gossipIntervalMillis);
  if (state.broadcasts.length === 0 && state.userBroadcasts.length === 0) return;
  const listeners = randomMembers(state.members, gossipNodes, context.random, (member) =>
    listens(turn, member),
  );
  for (const member of listeners) {
    const messages = takeGossip(turn, roomOf(context.options));
    if (messages.length === 0) return;
    sendDatagram(turn, member.endpoint, messages, member);
  }
}

/** A dead node may live, and then has to hear of its death to refute it; who has left does not want to know. */
function listens(turn: Turn, { name, state, since }: Member): boolean {
  if (isOwn(turn, name) || state === "left") return false;
  return state !== "dead" || turn.now - since <= turn.context.options.tuning.gossipToTheDeadMillis;
}
