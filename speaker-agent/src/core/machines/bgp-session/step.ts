import { assertNever, type Instant } from "@steelyard/model/foundation";
import { configure } from "./configuring.ts";
import { takeConnection } from "./connections.ts";
import { dial, dialFailed, retry, stopAwaitingBfd } from "./dialling.ts";
import { bfdWentDown, connectionClosed, stop } from "./endings.ts";
import { advertise } from "./established.ts";
import { receive } from "./receiving.ts";
import { timerFired } from "./timer-fired.ts";
import { beginTurn, endTurn, type Turn } from "./turn.ts";
import {
  type BgpSessionConfig,
  type BgpSessionContext,
  type BgpSessionInput,
  type BgpSessionState,
  type BgpSessionStep,
} from "./types.ts";

const START_OF_TIME = 0 as Instant;

/** Before `start`. */
export function initialBgpSession(config: BgpSessionConfig): BgpSessionState {
  return {
    config,
    phase: { at: "stopped" },
    since: START_OF_TIME,
    failures: 0,
    retriedAt: undefined,
    quietUntil: START_OF_TIME,
    bfd: { wasUp: false, awaited: false },
    lastError: undefined,
    refusal: undefined,
    counters: {
      dials: 0,
      opensSent: 0,
      opensReceived: 0,
      notificationsSent: 0,
      notificationsReceived: 0,
      updatesSent: 0,
      updatesReceived: 0,
      keepalivesSent: 0,
      keepalivesReceived: 0,
      routeRefreshesSent: 0,
      routeRefreshesReceived: 0,
      treatedAsWithdraw: 0,
      attributesDiscarded: 0,
      flaps: 0,
    },
  };
}

/** The session with one router: see README.md. Pure; never throws, whatever the router sends. */
export function stepBgpSession(
  state: BgpSessionState,
  input: BgpSessionInput,
  context: BgpSessionContext,
): BgpSessionStep {
  const turn = beginTurn(state, context);
  take(turn, input);
  const step = endTurn(turn, state);
  // Last, so that nothing is open or armed when it is heard.
  return input.kind === "stop" ? { ...step, effects: [...step.effects, { kind: "stopped" }] } : step;
}

function take(turn: Turn, input: BgpSessionInput): void {
  switch (input.kind) {
    case "start":
      if (turn.state.phase.at === "stopped") dial(turn, "the session begins");
      return;
    case "stop":
      return stop(turn, input);
    case "configure":
      return configure(turn, input.config);
    case "retry":
      return retry(turn, "dialling at once");
    case "connected":
      return takeConnection(turn, input);
    case "connect-failed":
      return dialFailed(turn, input.because);
    case "received":
      return receive(turn, input);
    case "closed":
      return connectionClosed(turn, input.connection, input.because);
    case "timer":
      return timerFired(turn, input);
    case "bfd":
      return takeBfd(turn, input.state);
    case "advertise":
      return advertise(turn, input);
    default:
      return assertNever(input);
  }
}

function takeBfd(turn: Turn, verdict: Extract<BgpSessionInput, { kind: "bfd" }>["state"]): void {
  const { wasUp, awaited } = turn.state.bfd;
  switch (verdict) {
    case "waiting":
      return;
    case "down":
      if (wasUp) bfdWentDown(turn);
      return;
    case "up":
      if (!wasUp) turn.state.bfd = { wasUp: true, awaited };
      return stopAwaitingBfd(turn, "BFD is up again");
    case "admin-down":
    case undefined:
      if (wasUp) turn.state.bfd = { wasUp: false, awaited };
      return stopAwaitingBfd(turn, "BFD was switched off");
    default:
      return assertNever(verdict);
  }
}
