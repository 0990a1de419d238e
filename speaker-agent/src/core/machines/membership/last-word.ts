import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { memberOf, putMember } from "./member-table.ts";
import { nextSequence, replyToSelf, sendDatagram } from "./sending.ts";
import { tell, type Turn } from "./turn.ts";
import { type Suspicion } from "./types.ts";

/**
 * Where datagrams are lost a refutation may reach everybody but one, who then takes a living node for dead; in a ring of
 * 200 that happens every few minutes when TCP is no help. So whoever is about to do that asks the node itself first, once.
 */
export function askSuspects(turn: Turn): void {
  const { state, context, now } = turn;
  const { probeTimeoutMillis } = context.options.tuning;
  for (const [node, suspicion] of state.suspicions) {
    const member = memberOf(state.members, node);
    if (member === undefined || suspicion.lastPing !== undefined) continue;
    if (suspicionDueAt(suspicion, probeTimeoutMillis) > now) continue;
    const sequence = nextSequence(turn);
    // Late confirmations may have left no time at all; an answer needs some.
    const deadline = Math.max(suspicion.deadline, instantAfter(now, probeTimeoutMillis)) as Instant;
    state.suspicions = new Map(state.suspicions).set(node, { ...suspicion, deadline, lastPing: sequence });
    const { incarnation, endpoint } = member;
    const ping = { type: "ping", sequence, node, replyTo: replyToSelf(turn) } as const;
    const suspect = { type: "suspect", incarnation, node, from: context.options.name } as const;
    sendDatagram(turn, endpoint, [ping, suspect], member);
  }
}

/** What the suspicion waits for next: the last question, or the end. */
export function suspicionDueAt({ lastPing, deadline }: Suspicion, probeTimeout: Millis): Instant {
  return lastPing === undefined ? instantAfter(deadline, -probeTimeout) : deadline;
}

/** It answers, so it lives, whatever the others think. True = the ack was about a suspect. */
export function suspectAcked(turn: Turn, sequence: number): boolean {
  const { state, now } = turn;
  const found = [...state.suspicions].find(([, { lastPing }]) => lastPing === sequence);
  if (found === undefined) return false;
  const [node] = found;
  const suspicions = new Map(state.suspicions);
  suspicions.delete(node);
  state.suspicions = suspicions;
  const member = memberOf(state.members, node);
  if (member === undefined) return true;
  state.members = putMember(state.members, { ...member, state: "alive", since: now });
  tell(turn, node, "alive", "it answered when it was asked for the last time");
  return true;
}
