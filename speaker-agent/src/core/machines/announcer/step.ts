import { assertNever, type Instant } from "@steelyard/model/foundation";
import { answerFrame } from "./answering.ts";
import { socketKey } from "./keys.ts";
import { buildReport } from "./report.ts";
import { followedBy, sendRounds, settle } from "./settle.ts";
import { forgetFailures, socketFailed, socketOpened } from "./sockets.ts";
import { addToTally, keepInTally } from "./tally.ts";
import { countOnto, timerFired } from "./timers.ts";
import {
  type AnnouncementSnapshot,
  type AnnouncerContext,
  type AnnouncerInput,
  type AnnouncerState,
  type AnnouncerStep,
  type AnnouncerTimer,
  type Tally,
} from "./types.ts";

/** The announcer: see README.md for what it promises. Pure; never throws, whatever the frames hold. */
export function stepAnnouncer(
  state: AnnouncerState,
  input: AnnouncerInput,
  context: AnnouncerContext,
): AnnouncerStep {
  const { now } = context;
  switch (input.kind) {
    case "snapshot":
      return settle({ ...state, snapshot: input.snapshot, tally: tallyFor(state, input.snapshot) }, now);
    case "peers":
      return { state: { ...state, peers: input.peers }, effects: [] };
    case "links": {
      const sockets = forgetFailures(state.sockets, state.links ?? [], input.links);
      return settle({ ...state, links: input.links, sockets }, now);
    }
    case "frames":
      return answer(state, input, now);
    case "timer":
      return fire(timerFired(state, input.timer), input.timer, now);
    case "socket-opened":
      return settle({ ...state, sockets: socketOpened(state.sockets, input) }, now);
    case "socket-error": {
      const { sockets, effects } = socketFailed(state.sockets, input, now);
      return followedBy({ state: { ...state, sockets }, effects }, [(failed) => settle(failed, now)]);
    }
    default:
      return assertNever(input);
  }
}

function fire(state: AnnouncerState, timer: AnnouncerTimer, now: Instant): AnnouncerStep {
  switch (timer) {
    case "repeat-gratuitous":
      return sendRounds(state, now);
    case "retry-sockets":
      return settle(state, now);
    case "report-counters":
      return reportCounters(state);
    default:
      return assertNever(timer);
  }
}

function tallyFor({ tally }: AnnouncerState, { announcements }: AnnouncementSnapshot): Tally {
  return keepInTally(
    tally,
    announcements.map(({ address }) => address),
  );
}

/** Counters alone are no reason to report before anything else has been, nor when the last report had them. */
function reportCounters(state: AnnouncerState): AnnouncerStep {
  if (state.reported === undefined || state.tally === state.reportedTally) return { state, effects: [] };
  return {
    state: { ...state, reportedTally: state.tally },
    effects: [{ kind: "report", report: buildReport(state) }],
  };
}

/** The fast path: no settling, no copy of anything that grows with the number of addresses. */
function answer(
  state: AnnouncerState,
  { interfaceIndex, protocol, frames }: Extract<AnnouncerInput, { kind: "frames" }>,
  now: Instant,
): AnnouncerStep {
  // Frames may still be under way from a socket that has been closed.
  const table = state.answering.get(socketKey(interfaceIndex, protocol));
  if (table === undefined) return { state, effects: [] };
  let { tally } = state;
  const replies: Uint8Array[] = [];
  for (const bytes of frames) {
    const reply = answerFrame(bytes, protocol, table);
    if (reply === undefined) continue;
    replies.push(reply.frame);
    tally = addToTally(tally, reply.address, { requests: 1, responses: 1 });
  }
  if (replies.length === 0) return { state, effects: [] };
  const counted = countOnto(state, tally, now);
  return {
    state: counted.state,
    effects: [{ kind: "send", interfaceIndex, protocol, frames: replies }, ...counted.effects],
  };
}
