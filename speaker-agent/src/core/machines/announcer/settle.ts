import { type IpAddress } from "@steelyard/model/address";
import { nextRound, planBursts, sendDueRounds } from "./burst.ts";
import { keepConflicts } from "./claims.ts";
import { planGroups } from "./groups.ts";
import { protocolOf, socketKey } from "./keys.ts";
import { askDue, type ProbePlace } from "./probing.ts";
import { planRefreshes, sendDueRefreshes } from "./refresh.ts";
import { besides, buildReport } from "./report.ts";
import { nextRetry, planSockets, type WantedSocket } from "./sockets.ts";
import { answeringTables, ownMacs, settledAddresses } from "./standing.ts";
import { keepInTally } from "./tally.ts";
import { armTimer, countOnto, countsOf } from "./timers.ts";
import { sameStandings, transitionsBetween } from "./transitions.ts";
import { type AnnouncerContext, type AnnouncerState, type AnnouncerStep } from "./types.ts";
import { type WantedAddress, wantedAddresses } from "./wanted-addresses.ts";

/**
 * Brings everything to the level that snapshot and links demand. A second run right after changes nothing. What is
 * withdrawn goes first: a filter that no longer lets requests through comes before any new socket.
 */
export function settle(state: AnnouncerState, context: AnnouncerContext): AnnouncerStep {
  const { snapshot, links } = state;
  if (snapshot === undefined || links === undefined) return { state, effects: [] };
  const wanted = wantedAddresses(snapshot, links, state.wanted);
  const planned = planSockets(state.sockets, wantedSockets(wanted.addresses), context.now);
  const settled = settledAddresses(wanted.addresses, planned.sockets, state, context.config);
  const present = { ...state, wanted, sockets: planned.sockets, ownMacs: ownMacs(links, state.ownMacs) };
  const arranged =
    settled === state.settled && present.ownMacs === state.ownMacs
      ? { state: present, effects: [] }
      : arrange(present, settled, context);
  return followedBy({ state: arranged.state, effects: [...planned.effects, ...arranged.effects] }, [
    (current) => sendRounds(current, context),
    (current) => (arranged.state === present ? unchanged(current) : sendRefreshes(current, context)),
    (current) => ask(current, context),
    (current) => armTimer(current, "retry-sockets", nextRetry(current.sockets)),
    tell,
  ]);
}

/** Everything that follows from what the addresses have come to. */
function arrange(
  state: AnnouncerState,
  settled: AnnouncerState["settled"],
  context: AnnouncerContext,
): AnnouncerStep {
  const answering = answeringTables(settled, state.ownMacs);
  const { groups, effects } = planGroups(state.groups, settled);
  const bursts = planBursts(state.bursts, state.answering, answering, context.now);
  const refreshes = planRefreshes(state.refreshes, answering, context);
  const counts = {
    tally: keepInTally(state.tally, (key) => settled.get(key)?.probeOnly === false),
    conflicts: keepConflicts(state.conflicts, (key) => settled.has(key)),
  };
  return { state: { ...state, settled, answering, groups, bursts, refreshes, ...counts }, effects };
}

/** Sends the rounds of bursts that are due and arms the timer for the round after it. */
export function sendRounds(state: AnnouncerState, { now }: AnnouncerContext): AnnouncerStep {
  const round = sendDueRounds(state.bursts, state.answering, state.tally, now);
  return followedBy({ state: { ...state, bursts: round.bursts }, effects: round.effects }, [
    (sent) => countOnto(sent, { tally: round.tally }, now),
    (sent) => armTimer(sent, "repeat-gratuitous", nextRound(round.bursts)),
  ]);
}

/** Likewise for the reminders that go on after the bursts. */
export function sendRefreshes(state: AnnouncerState, context: AnnouncerContext): AnnouncerStep {
  const round = sendDueRefreshes(state.refreshes, state.answering, state.tally, context);
  return followedBy({ state: { ...state, refreshes: round.refreshes }, effects: round.effects }, [
    (sent) => countOnto(sent, { tally: round.tally }, context.now),
    (sent) => armTimer(sent, "refresh", round.nextAt),
  ]);
}

/** Asks what is due; what turns out to be free is announced at once. */
export function ask(state: AnnouncerState, context: AnnouncerContext): AnnouncerStep {
  if (state.probing.size === 0) return { state, effects: [] };
  const round = askDue(state.probing, (key) => probePlace(state, key), context);
  const asked = followedBy({ state: { ...state, probing: round.probing }, effects: round.effects }, [
    (sent) => armTimer(sent, "probe", round.nextAt),
  ]);
  const isSettled = [...round.probing].every(([key, { stage }]) => stage === state.probing.get(key)?.stage);
  return isSettled ? asked : followedBy(asked, [(freed) => settle(freed, context)]);
}

/** Nobody is asked while a socket is being opened: one silent link must not free what another would find held. */
function probePlace(state: AnnouncerState, key: string): ProbePlace | undefined {
  const settled = state.settled.get(key);
  if (settled === undefined || settled.links.length === 0 || isOpening(state)) return undefined;
  return settled;
}

/**
 * Tells log and main thread what is new; counters have their own pace. While a socket is being opened there is nothing
 * settled to tell: a socket that is refused every second must not read as an address that comes and goes.
 */
function tell(state: AnnouncerState): AnnouncerStep {
  if (isOpening(state) || isFindingOut(state)) return { state, effects: [] };
  const reported = besides(state);
  const isNews = !sameStandings(state.told, state.settled);
  const told = { ...state, told: state.settled };
  if (!isNews && reported === state.reported) return { state: told, effects: [] };
  const transitions = isNews ? transitionsBetween(state.told, state.settled) : [];
  return {
    state: { ...told, reported, reportedCounts: countsOf(state) },
    effects: [...transitions, { kind: "report", report: buildReport(state) }],
  };
}

/** Runs further steps on the outcome of a first one, effects in order. */
export function followedBy(
  first: AnnouncerStep,
  next: readonly ((state: AnnouncerState) => AnnouncerStep)[],
): AnnouncerStep {
  return next.reduce((before, run) => {
    const after = run(before.state);
    return { state: after.state, effects: [...before.effects, ...after.effects] };
  }, first);
}

/**
 * An address that is only watched was held when this was last known. A report that has it neither held nor free would
 * read as if its holder were gone; so there is none until the first round is over, a moment later.
 */
export function isFindingOut({ probing, settled }: AnnouncerState): boolean {
  for (const [key, { asked, stage }] of probing)
    if (asked !== undefined && stage === "asking" && settled.get(key)?.probeOnly === true) return true;
  return false;
}

function unchanged(state: AnnouncerState): AnnouncerStep {
  return { state, effects: [] };
}

function isOpening({ sockets }: AnnouncerState): boolean {
  for (const socket of sockets.values()) if (socket.at === "opening") return true;
  return false;
}

function wantedSockets(wanted: ReadonlyMap<string, WantedAddress>): ReadonlyMap<string, WantedSocket> {
  const sockets = new Map<string, WantedSocket & { readonly addresses: IpAddress[] }>();
  for (const { address, links } of wanted.values()) {
    const protocol = protocolOf(address);
    for (const { index: interfaceIndex } of links) {
      const key = socketKey(interfaceIndex, protocol);
      const socket = sockets.get(key) ?? { interfaceIndex, protocol, addresses: [] };
      socket.addresses.push(address);
      sockets.set(key, socket);
    }
  }
  return sockets;
}
