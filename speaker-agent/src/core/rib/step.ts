import { compareIpPrefixes, type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { assertNever } from "@steelyard/model/foundation";
import { clothe, EMPTY_TARGET } from "./clothe.ts";
import { firstRelease, heldBackOf, stillHeldBack, withoutHeldBack } from "./held-back.ts";
import { markForResending } from "./mark-for-resending.ts";
import { nextBatch } from "./next-batch.ts";
import { sameNextHops } from "./same-next-hops.ts";
import {
  type FamilyProgress,
  type RibOutContext,
  type RibOutEffect,
  type RibOutInput,
  type RibOutSession,
  type RibOutState,
  type RibOutStep,
  type RibSession,
} from "./types.ts";

/** Of a router that has just been configured. */
export function initialRibOut(): RibOutState {
  return {
    wanted: undefined,
    heldBack: new Map(),
    due: [],
    leaving: false,
    session: undefined,
    updatesSent: 0,
  };
}

/** One input to the outgoing routes of one router; pure (see README.md). */
export function stepRibOut(state: RibOutState, input: RibOutInput, context: RibOutContext): RibOutStep {
  const told = take(state, input, context);
  const timer = timerFor(told, state, input, context);
  const dressed = dress(told);
  const sent = send(dressed, context);
  const settled = settle(sent.state, input);
  return { state: settled.state, effects: [...timer, ...sent.effects, ...settled.effects] };
}

/** What the input changes by itself. */
function take(state: RibOutState, input: RibOutInput, context: RibOutContext): RibOutState {
  switch (input.kind) {
    case "routes":
      return input.routes === state.wanted
        ? state
        : withWanted(state, input.routes, heldBackOf(input.routes, state, context));
    case "established":
      return { ...state, session: newSession(input.session) };
    case "next-hops":
      return withSession(state, (session) => {
        if (sameNextHops(session.terms.nextHops, input.nextHops)) return session;
        return { ...session, terms: { ...session.terms, nextHops: input.nextHops } };
      });
    case "down":
      return state.session === undefined ? state : { ...state, session: undefined };
    case "refresh":
      return withSession(state, (session) => askAgain(session, input.family));
    case "writable":
      return withSession(state, (session) => ({ ...session, outstanding: false }));
    case "graceful-shutdown":
      return withSession({ ...state, leaving: true }, (session) => ({ ...session, settled: false }));
    case "timer":
      return state.wanted === undefined
        ? state
        : withWanted(state, state.wanted, stillHeldBack(state.heldBack, context));
    default:
      return assertNever(input);
  }
}

function withWanted(
  state: RibOutState,
  wanted: NonNullable<RibOutState["wanted"]>,
  heldBack: RibOutState["heldBack"],
): RibOutState {
  if (wanted === state.wanted && heldBack === state.heldBack) return state;
  return { ...state, wanted, heldBack, due: withoutHeldBack(wanted, heldBack) };
}

function withSession(state: RibOutState, change: (session: RibOutSession) => RibOutSession): RibOutState {
  return state.session === undefined ? state : { ...state, session: change(state.session) };
}

const notBegun: FamilyProgress = { endOfRibSent: false, refresh: "none" };

function newSession(terms: RibSession): RibOutSession {
  return {
    terms,
    target: EMPTY_TARGET,
    advertised: EMPTY_TARGET,
    outstanding: false,
    settled: false,
    families: { IPv4: notBegun, IPv6: notBegun },
  };
}

function askAgain(session: RibOutSession, family: IpFamily): RibOutSession {
  if (!session.terms.families.includes(family)) return session;
  if (!session.terms.enhancedRouteRefresh) {
    return { ...session, settled: false, advertised: markForResending(session.advertised, family) };
  }
  const families = {
    ...session.families,
    [family]: { ...session.families[family], refresh: "asked" as const },
  };
  return { ...session, settled: false, families };
}

/** The timer of those that are held back, when there are others than before, or it has just gone off. */
function timerFor(
  { heldBack }: RibOutState,
  before: RibOutState,
  input: RibOutInput,
  { routeDelay }: RibOutContext,
): readonly RibOutEffect[] {
  if (heldBack === before.heldBack && input.kind !== "timer") return [];
  const at = firstRelease(heldBack, routeDelay);
  return at === undefined ? [] : [{ kind: "arm", at }];
}

function dress(state: RibOutState): RibOutState {
  const { session, due, leaving } = state;
  if (session === undefined) return state;
  const target = clothe({ due, terms: session.terms, leaving }, session.target);
  return target === session.target ? state : { ...state, session: { ...session, target } };
}

function send(state: RibOutState, { batchBytes }: RibOutContext): RibOutStep {
  const { session, wanted } = state;
  if (session === undefined || wanted === undefined || session.outstanding) return { state, effects: [] };
  const batch = nextBatch(session, batchBytes);
  if (batch.messages.length === 0) return { state: { ...state, session: batch.session }, effects: [] };
  const updates = batch.messages.filter(({ kind }) => kind === "update").length;
  return {
    state: {
      ...state,
      session: { ...batch.session, outstanding: true, settled: false },
      updatesSent: state.updatesSent + updates,
    },
    effects: [{ kind: "send", messages: batch.messages }],
  };
}

/** When nothing is on its way, nothing is left: otherwise it would have been sent. */
function settle(state: RibOutState, input: RibOutInput): RibOutStep {
  const { session, wanted } = state;
  const settled: RibOutEffect = { kind: "settled" };
  if (session === undefined || wanted === undefined) {
    return { state, effects: input.kind === "graceful-shutdown" ? [settled] : [] };
  }
  if (session.outstanding || session.settled) return { state, effects: [] };
  return { state: { ...state, session: { ...session, settled: true } }, effects: [settled] };
}

/** Whether the router has a route to this prefix from us, as far as we know. */
export function isAdvertised({ session }: RibOutState, prefix: IpPrefix): boolean {
  const routes = session?.advertised.routes ?? [];
  let [from, to] = [0, routes.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const route = routes[middle];
    const order = route === undefined ? 0 : compareIpPrefixes(route.prefix, prefix);
    if (order === 0) return true;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return false;
}
