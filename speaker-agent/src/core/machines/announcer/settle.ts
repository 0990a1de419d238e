import { type IpAddress } from "@steelyard/model/address";
import { nextRound, planBursts, sendDueRounds } from "./burst.ts";
import { planGroups } from "./groups.ts";
import { protocolOf, socketKey } from "./keys.ts";
import { claimOf } from "./own-claim.ts";
import { askDue, type ProbePlace } from "./probing.ts";
import { planRefreshes, sendDueRefreshes } from "./refresh.ts";
import { buildReport, reportFingerprint } from "./report.ts";
import { nextRetry, planSockets, type WantedSocket } from "./sockets.ts";
import { answeringTables, settledAddresses } from "./standing.ts";
import { armTimer, countOnto, countsOf } from "./timers.ts";
import { transitionsBetween } from "./transitions.ts";
import { type AnnouncerContext, type AnnouncerState, type AnnouncerStep } from "./types.ts";
import { type WantedAddress, wantedAddresses } from "./wanted-addresses.ts";

/**
 * Brings everything to the level that snapshot and links demand. A second run right after changes nothing. What is
 * withdrawn goes first: a filter that no longer lets requests through comes before any new socket.
 */
export function settle(state: AnnouncerState, context: AnnouncerContext): AnnouncerStep {
  const { snapshot, links } = state;
  if (snapshot === undefined || links === undefined) return { state, effects: [] };
  const wanted = wantedAddresses(snapshot, links);
  const { sockets, effects: socketEffects } = planSockets(state.sockets, wantedSockets(wanted), context.now);
  const settled = settledAddresses(wanted, sockets, state.probing);
  const answering = answeringTables(settled, links, context.config);
  const { groups, effects: groupEffects } = planGroups(state.groups, settled);
  const bursts = planBursts(state.bursts, state.answering, answering, context.now);
  const refreshes = planRefreshes(state.refreshes, answering, context);
  const next = { ...state, sockets, settled, answering, groups, bursts, refreshes };
  return followedBy({ state: next, effects: [...socketEffects, ...groupEffects] }, [
    (current) => sendRounds(current, context),
    (current) => sendRefreshes(current, context),
    (current) => ask(current, context),
    (current) => armTimer(current, "retry-sockets", nextRetry(current.sockets)),
    tell,
  ]);
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
  const round = askDue(state.probing, (key) => probePlace(state, key, context), context);
  const asked = followedBy({ state: { ...state, probing: round.probing }, effects: round.effects }, [
    (sent) => armTimer(sent, "probe", round.nextAt),
  ]);
  const isSettled = [...round.probing].every(([key, { stage }]) => stage === state.probing.get(key)?.stage);
  return isSettled ? asked : followedBy(asked, [(freed) => settle(freed, context)]);
}

/** Nobody is asked while a socket is being opened: one silent link must not free what another would find held. */
function probePlace(
  state: AnnouncerState,
  key: string,
  { config }: AnnouncerContext,
): ProbePlace | undefined {
  const settled = state.settled.get(key);
  if (settled === undefined || settled.links.length === 0 || isOpening(state)) return undefined;
  return { links: settled.links, probeOnly: settled.probeOnly, claim: claimOf(settled.epoch, config) };
}

/**
 * Tells log and main thread what is new; counters have their own pace. While a socket is being opened there is nothing
 * settled to tell: a socket that is refused every second must not read as an address that comes and goes.
 */
function tell(state: AnnouncerState): AnnouncerStep {
  if (isOpening(state)) return { state, effects: [] };
  const transitions = transitionsBetween(state.told, state.settled);
  const report = buildReport(state);
  const reported = reportFingerprint(report);
  const told = { ...state, told: state.settled };
  if (reported === state.reported) return { state: told, effects: transitions };
  return {
    state: { ...told, reported, reportedCounts: countsOf(state) },
    effects: [...transitions, { kind: "report", report }],
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
