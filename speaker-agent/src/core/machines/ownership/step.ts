import { assertNever, type Instant, instantAfter } from "@steelyard/model/foundation";
import { type Capability, sameCapability } from "../../interfaces/capability.ts";
import { encodeFittingCapability } from "../../wire/agent-messages/batch.ts";
import { decodeAgentMessage, decodeAgentState } from "../../wire/agent-messages/decode.ts";
import { type AgentMessage, type CapabilityMessage } from "../../wire/agent-messages/messages.ts";
import { addressKey } from "./address-key.ts";
import { type Hearsay, heardClaim, observed } from "./claims.ts";
import { decide } from "./decide.ts";
import { finish } from "./finish.ts";
import { askedToTake } from "./hand-over.ts";
import { emptyScoreMemo } from "./metallb-scores.ts";
import { decidePolicy, relineFor, takeRoster } from "./relining.ts";
import {
  withDraining,
  withLeaving,
  withMembers,
  withoutOverdueLeavers,
  withReady,
  withVerdict,
} from "./roster.ts";
import { takeSnapshot } from "./snapshot.ts";
import { type KnownCapability, type OwnershipState } from "./state.ts";
import { MOST_STRANGERS, type OwnershipContext, type OwnershipInput, type OwnershipStep } from "./types.ts";
import { beginWork, maySettle, setDue, type Work } from "./work.ts";

/** The ownership: see README.md for what it promises. Pure; never throws, whatever the messages hold. */
export function stepOwnership(
  state: OwnershipState,
  input: OwnershipInput,
  context: OwnershipContext,
): OwnershipStep {
  const { started, now } = atNow(state, context);
  const work = beginWork(started, now, context);
  if (state.startedAt === undefined) decidePolicy(work);
  take(work, input);
  if (work.changedCapabilities.size > 0) relineFor(work, work.changedCapabilities);
  if (!work.state.settled && maySettle(work)) settle(work);
  for (const place of work.touched) decide(work, place);
  return finish(work);
}

/** A clock that is set back must not make every deadline wait for it to catch up. */
function atNow(
  state: OwnershipState,
  { now, config }: OwnershipContext,
): { readonly started: OwnershipState; readonly now: Instant } {
  const behind = state.clock?.behind ?? 0;
  const last = state.clock?.last ?? now;
  const adjusted = instantAfter(now, behind);
  const clock = adjusted >= last ? { last: adjusted, behind } : { last, behind: behind + (last - adjusted) };
  if (state.startedAt !== undefined) return { started: { ...state, clock }, now: clock.last };
  const roster = { ...state.roster, me: config.nodeName, ring: config.membership };
  return {
    started: { ...state, clock, roster, startedAt: clock.last, tags: new Map(), scores: emptyScoreMemo() },
    now: clock.last,
  };
}

function take(work: Work, input: OwnershipInput): void {
  const { now } = work;
  const { roster } = work.state;
  switch (input.kind) {
    case "start":
      return;
    case "snapshot":
      takeRoster(work, withReady(roster, input.snapshot.readyNodes, now));
      return takeSnapshot(work, input.snapshot);
    case "members":
      return takeRoster(work, withMembers(roster, input.members, now));
    case "synced":
      work.state = { ...work.state, synced: true };
      return;
    case "user-message":
      return heardMessage(work, input.payload);
    case "user-state":
      return heardState(work, input.payload);
    case "gone": {
      const { cause, silentFor } = input;
      return takeRoster(work, withVerdict(roster, input.node, { cause, silentFor }, now));
    }
    case "back":
      return takeRoster(work, withVerdict(roster, input.node, undefined, now));
    case "capability":
      return tellCapability(work, input.capability);
    case "observed":
      return observed(work, input.address, input.claim);
    case "announced":
      return announced(work, new Set(input.addresses.map(addressKey)));
    case "drain":
      return beginDraining(work);
    case "timer":
      return timerFired(work);
    default:
      return assertNever(input);
  }
}

function settle(work: Work): void {
  work.state = { ...work.state, settled: true };
  for (let place = 0; place < work.entries.length; place += 1) work.touched.add(place);
}

function announced(work: Work, keys: ReadonlySet<bigint>): void {
  work.state = { ...work.state, announced: keys };
  for (const [place, { role, subject }] of work.entries.entries()) {
    if (role.at === "taking" && keys.has(subject.key)) work.touched.add(place);
  }
}

function beginDraining(work: Work): void {
  if (work.state.drainingSince !== undefined) return;
  work.state = { ...work.state, drainingSince: work.now };
  takeRoster(work, withDraining(work.state.roster, work.now));
  for (const [place, { role }] of work.entries.entries()) if (role.at !== "away") work.touched.add(place);
}

function timerFired(work: Work): void {
  const { now } = work;
  work.state = { ...work.state, armedFor: undefined };
  takeRoster(work, withoutOverdueLeavers(work.state.roster, now));
  const due = new Set<bigint>();
  for (const [key, at] of work.state.due) if (at <= now) due.add(key);
  if (due.size > 0) {
    for (const [place, { subject }] of work.entries.entries()) {
      if (due.has(subject.key)) work.touched.add(place);
    }
    for (const key of due) setDue(work, key, undefined);
  }
  forgetOrphans(work);
}

function forgetOrphans(work: Work): void {
  for (const [key, { until }] of work.state.orphans) {
    if (until > work.now) continue;
    work.orphans ??= new Map(work.state.orphans);
    work.orphans.delete(key);
  }
}

function heardMessage(work: Work, payload: Uint8Array): void {
  const message = decodeAgentMessage(payload);
  if (message.ok) heard(work, message.value, { fresh: true, witnessed: false });
  else ignored(work, 1);
}

function heardState(work: Work, payload: Uint8Array): void {
  const state = decodeAgentState(payload);
  if (!state.ok) return ignored(work, 1);
  if (state.value.ignored > 0) ignored(work, state.value.ignored);
  for (const message of state.value.messages) {
    heard(work, message, { fresh: false, witnessed: false });
  }
}

function ignored(work: Work, count: number): void {
  work.state = { ...work.state, ignoredMessages: work.state.ignoredMessages + count };
}

function heard(work: Work, message: AgentMessage, hearsay: Hearsay): void {
  switch (message.kind) {
    case "claims": {
      const { witnessed } = message;
      for (const claim of message.claims) heardClaim(work, claim, { ...hearsay, witnessed });
      return;
    }
    case "hand-over":
      if (message.to === work.me && message.cause === "drain") {
        takeRoster(work, withLeaving(work.state.roster, message.from, work.now));
      }
      return askedToTake(work, message);
    case "capability":
      return heardCapability(work, message);
  }
}

/** It is not passed on: the membership does that with whatever it hears for the first time, once for each node. */
function heardCapability(work: Work, message: CapabilityMessage): void {
  const { node, sequence, capability } = message;
  const known = (work.capabilities ?? work.state.capabilities).get(node);
  if (node === work.me) {
    // What an earlier run of this program has said must not stand above what is true now; an echo is no such thing.
    const isEcho = sequence === known?.sequence && sameCapability(known.capability, capability);
    if (known !== undefined && sequence >= known.sequence && !isEcho)
      spreadCapability(work, sequence + 1, known.capability);
    return;
  }
  if (known !== undefined && sequence <= known.sequence) return;
  keepCapability(work, node, { sequence, capability });
  if (known === undefined) forgetStrangers(work, node);
  if (known === undefined || !sameCapability(known.capability, capability))
    work.changedCapabilities.add(node);
}

/**
 * Nodes come and go for years, and agents tell each other what they know of them. Of those that are neither members nor
 * Ready nodes a few are remembered: what a node can may be known before the node is.
 */
function forgetStrangers(work: Work, newest: string): void {
  const { members, ready } = work.state.roster;
  const { capabilities } = work;
  if (capabilities === undefined || capabilities.size <= members.size + ready.size + MOST_STRANGERS) return;
  const isStranger = (node: string): boolean =>
    node !== work.me && node !== newest && !members.has(node) && !ready.has(node);
  for (const node of [...capabilities.keys()].filter(isStranger)) capabilities.delete(node);
}

function keepCapability(work: Work, node: string, known: KnownCapability): void {
  work.capabilities ??= new Map(work.state.capabilities);
  work.capabilities.set(node, known);
}

function tellCapability(work: Work, capability: Capability): void {
  const known = (work.capabilities ?? work.state.capabilities).get(work.me);
  if (known !== undefined && sameCapability(known.capability, capability)) return;
  spreadCapability(work, (known?.sequence ?? Math.floor(work.context.config.startedAt)) + 1, capability);
  work.changedCapabilities.add(work.me);
}

function spreadCapability(work: Work, sequence: number, capability: Capability): void {
  const { me } = work;
  keepCapability(work, me, { sequence, capability });
  if (!work.state.roster.ring) return;
  const payload = encodeFittingCapability({ kind: "capability", node: me, sequence, capability });
  work.effects.push({ kind: "broadcast", key: `capability/${me}`, payload });
}
