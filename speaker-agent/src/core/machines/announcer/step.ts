import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { assertNever } from "@steelyard/model/foundation";
import { type HeardClaim, type Reading, readFrame } from "./answering.ts";
import { oneRound } from "./burst.ts";
import { conflictKey, witness } from "./claims.ts";
import { protocolOf, socketKey } from "./keys.ts";
import { claimantOf, peerTable } from "./peers.ts";
import { acquitPeers, foundHeld, planProbing } from "./probing.ts";
import { buildReport } from "./report.ts";
import { ask, followedBy, isFindingOut, sendRefreshes, sendRounds, settle } from "./settle.ts";
import { forgetFailures, socketFailed, socketOpened } from "./sockets.ts";
import { addToTally } from "./tally.ts";
import { countOnto, countsOf, sameCounts, timerFired } from "./timers.ts";
import {
  type AnnouncementSnapshot,
  type AnnouncerContext,
  type AnnouncerEffect,
  type AnnouncerInput,
  type AnnouncerState,
  type AnnouncerStep,
  type AnnouncerTimer,
  type AnsweringTable,
  type DropCounts,
  type KernelAnswer,
  type Peer,
} from "./types.ts";

/** The announcer: see README.md for what it promises. Pure; never throws, whatever the frames hold. */
export function stepAnnouncer(
  state: AnnouncerState,
  input: AnnouncerInput,
  context: AnnouncerContext,
): AnnouncerStep {
  switch (input.kind) {
    case "snapshot":
      return settle(takeSnapshot(state, input.snapshot, context), context);
    case "peers":
      return takePeers(state, input.peers, context);
    case "announce-again":
      return announceAgain(state, input.addresses, context);
    case "kernel-answers":
      return { state: { ...state, kernelAnswers: bySocket(input.answers) }, effects: [] };
    case "links": {
      const sockets = forgetFailures(state.sockets, state.links ?? [], input.links);
      return settle({ ...state, links: input.links, sockets }, context);
    }
    case "frames":
      return read(state, input, context);
    case "timer":
      return fire(timerFired(state, input.timer), input.timer, context);
    case "socket-opened":
      return settle({ ...state, sockets: socketOpened(state.sockets, input) }, context);
    case "socket-error": {
      const { sockets, effects } = socketFailed(state.sockets, input, context.now);
      return followedBy({ state: { ...state, sockets }, effects }, [(failed) => settle(failed, context)]);
    }
    default:
      return assertNever(input);
  }
}

function fire(state: AnnouncerState, timer: AnnouncerTimer, context: AnnouncerContext): AnnouncerStep {
  switch (timer) {
    case "repeat-gratuitous":
      return sendRounds(state, context);
    case "refresh":
      return sendRefreshes(state, context);
    case "probe":
      return ask(state, context);
    case "retry-sockets":
      return settle(state, context);
    case "report-counters":
      return reportCounters(state);
    default:
      return assertNever(timer);
  }
}

function takeSnapshot(
  state: AnnouncerState,
  snapshot: AnnouncementSnapshot,
  { now }: AnnouncerContext,
): AnnouncerState {
  return { ...state, snapshot, probing: planProbing(state.probing, state.snapshot, snapshot, now) };
}

function takePeers(state: AnnouncerState, peers: readonly Peer[], context: AnnouncerContext): AnnouncerStep {
  const table = peerTable(peers);
  const probing = acquitPeers(state.probing, table, context.now);
  const known = { ...state, peers: table, probing };
  return probing === state.probing ? { state: known, effects: [] } : settle(known, context);
}

/** Counters alone are no reason to report before anything else has been, nor when the last report had them. */
function reportCounters(state: AnnouncerState): AnnouncerStep {
  if (state.reported === undefined || sameCounts(state, state.reportedCounts)) return unchanged(state);
  if (isFindingOut(state)) return unchanged(state);
  return {
    state: { ...state, reportedCounts: countsOf(state) },
    effects: [{ kind: "report", report: buildReport(state) }],
  };
}

type Frames = Extract<AnnouncerInput, { kind: "frames" }>;

/** The fast path: no settling, no copy of anything that grows with the number of addresses. */
function read(state: AnnouncerState, input: Frames, context: AnnouncerContext): AnnouncerStep {
  const { interfaceIndex, protocol, frames } = input;
  const drops = { ...state.drops };
  // Frames may still be under way from a socket that has been closed.
  const table = state.answering.get(socketKey(interfaceIndex, protocol));
  if (table === undefined) {
    drops["closed-socket"] += frames.length;
    return countOnto(state, { drops }, context.now);
  }
  let { tally } = state;
  const replies: Uint8Array[] = [];
  const claims: HeardClaim[] = [];
  let dropped = false;
  const byKernel = state.kernelAnswers.get(socketKey(interfaceIndex, protocol));
  for (const bytes of frames) {
    const reading = leftToKernel(readFrame(bytes, protocol, table), byKernel);
    if (reading.kind === "answer") {
      replies.push(reading.frame);
      tally = addToTally(tally, reading.address, { requests: 1, responses: 1 });
    } else if (reading.kind === "claimed") claims.push(reading);
    else {
      drops[reading.reason] += 1;
      dropped = true;
    }
  }
  const sent: AnnouncerEffect[] =
    replies.length === 0 ? [] : [{ kind: "send", interfaceIndex, protocol, frames: replies }];
  const counts: { tally: typeof tally; drops?: DropCounts } = dropped ? { tally, drops } : { tally };
  return followedBy({ state, effects: sent }, [
    (answered) => countOnto(answered, counts, context.now),
    ...claims.map((claim) => (heard: AnnouncerState) => hear(heard, claim, table, context)),
  ]);
}

function leftToKernel(reading: Reading, byKernel: ReadonlySet<bigint> | undefined): Reading {
  if (reading.kind !== "answer" || byKernel?.has(reading.address.value) !== true) return reading;
  return { kind: "drop", reason: "kernel-answers" };
}

function bySocket(answers: readonly KernelAnswer[]): AnnouncerState["kernelAnswers"] {
  const values = new Map<string, Set<bigint>>();
  for (const { address, interfaceIndex } of answers) {
    const key = socketKey(interfaceIndex, protocolOf(address));
    values.set(key, (values.get(key) ?? new Set()).add(address.value));
  }
  return values;
}

/** Somebody else claims one of our addresses; rare, so it may cost something. */
function hear(
  state: AnnouncerState,
  heard: HeardClaim,
  table: AnsweringTable,
  context: AnnouncerContext,
): AnnouncerStep {
  const { now } = context;
  const key = conflictKey(heard);
  const node = claimantOf(state.peers, heard.mac, heard.claim);
  const announced = table.addresses.has(heard.address.value);
  const { conflict, effects, defend } = witness(state.conflicts.get(key), heard, node, announced, now);
  const conflicts = new Map(state.conflicts).set(key, conflict);
  return followedBy({ state, effects }, [
    (told) => countOnto(told, { conflicts }, now),
    (counted) => (node !== undefined ? unchanged(counted) : suspect(counted, heard, table, context)),
    (judged) => (defend ? announceAgain(judged, [heard.address], context) : unchanged(judged)),
  ]);
}

/** A stranger's claim decides about an address that is asked about. */
function suspect(
  state: AnnouncerState,
  { address, mac, weight }: HeardClaim,
  { link }: AnsweringTable,
  context: AnnouncerContext,
): AnnouncerStep {
  const key = formatIpAddress(address);
  const before = state.probing.get(key);
  if (before === undefined || state.settled.get(key)?.standing === "announced") return unchanged(state);
  // Whoever only seeks an address does so against us while we seek it, too; else it will say when it has it.
  if (weight === "sought" && before.asked === undefined) return unchanged(state);
  const after = foundHeld(before, { mac: mac.slice(), interfaceName: link.name }, context);
  if (after === before) return unchanged(state);
  return settle({ ...state, probing: new Map(state.probing).set(key, after) }, context);
}

function announceAgain(
  state: AnnouncerState,
  addresses: readonly IpAddress[],
  context: AnnouncerContext,
): AnnouncerStep {
  const bursts = oneRound(state.bursts, state.answering, addresses, context.now);
  return sendRounds({ ...state, bursts }, context);
}

function unchanged(state: AnnouncerState): AnnouncerStep {
  return { state, effects: [] };
}
