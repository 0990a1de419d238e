import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { jittered } from "./timers.ts";
import { count, enter, type Turn } from "./turn.ts";
import { type BgpOpeningPhase, type BgpSessionState, type Dial } from "./types.ts";

/** Shorter than the kernel's own patience: a wrong password is found out by silence alone. */
const DIAL_TIMEOUT: Millis = 10_000;
const FIRST_WAIT: Millis = 1000;
const LONGEST_WAIT: Millis = 30_000;
/** BFD is waited for this long: some routers begin with it only when BGP is established. */
const BFD_PATIENCE: Millis = 60_000;

export const NO_DIAL: Dial = { kind: "none" };

/** When the next dial is due after `failures` attempts that failed, this one included. */
export function nextDialAt(turn: Turn): Instant {
  const { config, failures } = turn.state;
  const wait = config.connectRetry ?? Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(10, failures - 1));
  return instantAfter(turn.now, jittered(wait, turn.context.random));
}

export function waitToDial(turn: Turn): Dial {
  return turn.state.config.passive ? NO_DIAL : { kind: "waiting", at: nextDialAt(turn) };
}

type Connections = Pick<BgpOpeningPhase, "dialled" | "inbound">;

const NO_CONNECTIONS: Connections = { dialled: undefined, inbound: undefined };

/** Dials, or waits for the router to do so; connections that are being opened stay as they are. */
export function dial(turn: Turn, because: string): void {
  const { phase } = turn.state;
  beginDial(turn, phase.at === "opening" ? phase : NO_CONNECTIONS, because);
}

/** The same when nothing is open any more, whatever the phase says. */
export function dialAfresh(turn: Turn, because: string): void {
  beginDial(turn, NO_CONNECTIONS, because);
}

function beginDial(turn: Turn, { dialled, inbound }: Connections, because: string): void {
  if (turn.state.config.passive) {
    enter(turn, { at: "opening", dial: NO_DIAL, dialled, inbound }, `${because}; the router is to connect`);
    return;
  }
  const giveUpAt = instantAfter(turn.now, DIAL_TIMEOUT);
  count(turn, "dials");
  turn.effects.push({ kind: "connect" });
  enter(turn, { at: "opening", dial: { kind: "dialling", giveUpAt }, dialled, inbound }, because);
}

/** Nothing is open any more: waits, as long as the failures ask for, or until `dialAt`; for BFD if that went down. */
export function rest(turn: Turn, because: string, dialAt?: Instant): void {
  const { config, bfd } = turn.state;
  if (config.passive) {
    enter(turn, { at: "opening", dial: NO_DIAL, ...NO_CONNECTIONS }, because);
    return;
  }
  const notBefore = dialAt ?? nextDialAt(turn);
  if (bfd.awaited) {
    const patience = instantAfter(turn.now, BFD_PATIENCE);
    enter(turn, { at: "waiting", for: "bfd", dialAt: patience, notBefore }, because);
  } else {
    enter(turn, { at: "waiting", for: "damping", dialAt: notBefore, notBefore }, because);
  }
}

/** A dial came to nothing; a connection that came in meanwhile goes on. */
export function dialFailed(turn: Turn, because: string): void {
  const { phase } = turn.state;
  if (phase.at !== "opening" || phase.dial.kind !== "dialling") return;
  turn.state.failures++;
  turn.state.refusal = undefined;
  if (phase.inbound === undefined) turn.state.lastError = because;
  enter(turn, { ...phase, dial: waitToDial(turn) }, because);
}

export function dialTimedOut(turn: Turn): void {
  const seconds = DIAL_TIMEOUT / 1000;
  const silence = `no answer on TCP port ${turn.state.config.port} for ${seconds} s`;
  turn.effects.push({ kind: "abort-connect" });
  dialFailed(turn, `${silence}: the router is not there, or the password differs`);
}

export function abortDial(turn: Turn, phase: BgpOpeningPhase): void {
  if (phase.dial.kind === "dialling") turn.effects.push({ kind: "abort-connect" });
}

/** The end of a wait that no event has cut short. */
export function waited(turn: Turn): void {
  const { awaited } = turn.state.bfd;
  if (awaited) turn.state.bfd = { ...turn.state.bfd, awaited: false };
  dial(turn, awaited ? "dialling without BFD, which has not come back" : "dialling");
}

/** Links of a busy node come and go with its pods: a router that refuses us does not pay for that. */
const BETWEEN_RETRIES: Millis = 10_000;

/** What the session failed by may be gone: dials now, or ten seconds after the last time; not while BFD says that it is down. */
export function retry(turn: Turn, because: string): void {
  const { phase, retriedAt } = turn.state;
  if (turn.state.bfd.awaited) return;
  const at = retriedAt === undefined ? turn.now : instantAfter(retriedAt, BETWEEN_RETRIES);
  if (at > turn.now) hasten(turn, at);
  else if (isWaiting(phase)) {
    turn.state.retriedAt = turn.now;
    dialAtOnce(turn, because);
  }
}

/** The configuration is another one: what failed before does not count. */
export function retryAnew(turn: Turn, because: string): void {
  if (!isWaiting(turn.state.phase) || turn.state.bfd.awaited) return;
  turn.state.failures = 0;
  dialAtOnce(turn, because);
}

function dialAtOnce(turn: Turn, because: string): void {
  turn.state.quietUntil = turn.now;
  dial(turn, because);
}

/** Waits until then at most. */
function hasten(turn: Turn, at: Instant): void {
  const { phase } = turn.state;
  if (phase.at === "waiting" && phase.dialAt > at) turn.state.phase = { ...phase, dialAt: at, notBefore: at };
  else if (phase.at === "opening" && phase.dial.kind === "waiting" && phase.dial.at > at)
    turn.state.phase = { ...phase, dial: { kind: "waiting", at } };
  else return;
  turn.state.retriedAt = at;
}

function isWaiting(phase: BgpSessionState["phase"]): boolean {
  return phase.at === "waiting" || (phase.at === "opening" && phase.dial.kind === "waiting");
}

/** BFD is up again, or says nothing any more. */
export function stopAwaitingBfd(turn: Turn, because: string): void {
  const { phase } = turn.state;
  turn.state.bfd = { ...turn.state.bfd, awaited: false };
  if (phase.at !== "waiting" || phase.for !== "bfd") return;
  const { notBefore } = phase;
  if (notBefore > turn.now)
    turn.state.phase = { at: "waiting", for: "damping", dialAt: notBefore, notBefore };
  else dial(turn, because);
}
