import { instantAfter, type Instant } from "@steelyard/model/foundation";
import { abortDial, dial, dialAfresh, NO_DIAL, rest, retryAnew } from "./dialling.ts";
import { endAll } from "./endings.ts";
import { cease } from "./farewells.ts";
import { acceptsAsn, keepaliveOf } from "./negotiation.ts";
import { count, enter, type Turn } from "./turn.ts";
import { type BgpSessionConfig, type EstablishedConnection } from "./types.ts";

/** What of a new configuration the session can take over takes force at once; the rest resets it. */
export function configure(turn: Turn, config: BgpSessionConfig): void {
  const before = turn.state.config;
  if (sameConfig(before, config)) return;
  turn.state.config = config;
  const { phase } = turn.state;
  if (phase.at === "stopped") return;
  // What BFD said was of another path.
  if (before.transport !== config.transport) turn.state.bfd = { ...turn.state.bfd, awaited: false };
  if (isReset(turn, before, config)) {
    startAnew(turn);
    return;
  }
  if (phase.at === "established") adaptKeepalive(turn, phase.session);
  if (before.passive !== config.passive) adaptPassive(turn);
  retryAnew(turn, "the configuration has changed");
}

/** All of it is plain data; keys come in the order in which the driver writes them. */
function sameConfig(left: BgpSessionConfig, right: BgpSessionConfig): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function isReset({ state: { phase } }: Turn, before: BgpSessionConfig, after: BgpSessionConfig): boolean {
  if (
    before.transport !== after.transport ||
    before.localAsn !== after.localAsn ||
    before.extendedNextHop !== after.extendedNextHop ||
    [...before.families].sort().join() !== [...after.families].sort().join()
  )
    return true;
  if (phase.at === "established") return !satisfies(phase.session, after);
  return before.peerAsn !== after.peerAsn || before.routerId !== after.routerId;
}

/** Whether the standing session has what is wanted now of the router's AS and of our identifier. */
function satisfies({ negotiated }: EstablishedConnection, after: BgpSessionConfig): boolean {
  const { peerAsn, localAsn, routerId } = negotiated;
  return (
    acceptsAsn(after.peerAsn, localAsn, peerAsn) &&
    (after.routerId === undefined || after.routerId === routerId)
  );
}

function startAnew(turn: Turn): void {
  const because = "the configuration has changed";
  const wasEstablished = turn.state.phase.at === "established";
  endAll(turn, () => cease("otherConfigurationChange"));
  if (wasEstablished) {
    count(turn, "flaps");
    turn.effects.push({ kind: "down", because });
  }
  // What failed before, failed by another configuration.
  turn.state.lastError = wasEstablished ? because : undefined;
  turn.state.refusal = undefined;
  turn.state.failures = 0;
  turn.state.quietUntil = turn.now;
  if (turn.state.bfd.awaited) rest(turn, because);
  else dialAfresh(turn, because);
}

function adaptKeepalive(turn: Turn, session: EstablishedConnection): void {
  const { phase, config } = turn.state;
  if (phase.at !== "established") return;
  const keepalive = keepaliveOf(config.keepalive, session.negotiated.holdTimeSeconds);
  if (keepalive === session.negotiated.keepalive) return;
  const negotiated = { ...session.negotiated, keepalive };
  const keepaliveAt = earlier(session.keepaliveAt, instantAfter(turn.now, keepalive));
  turn.state.phase = { ...phase, session: { ...session, negotiated, keepaliveAt } };
}

/** Undefined = hold time 0: there are no KEEPALIVEs. */
function earlier(present: Instant | undefined, other: Instant): Instant | undefined {
  return present === undefined || present < other ? present : other;
}

function adaptPassive(turn: Turn): void {
  const { phase, config } = turn.state;
  if (phase.at === "waiting" && config.passive) rest(turn, "the router is to connect from now on");
  if (phase.at !== "opening") return;
  if (config.passive) {
    abortDial(turn, phase);
    enter(turn, { ...phase, dial: NO_DIAL }, "the router is to connect from now on");
  } else if (phase.dialled === undefined && phase.inbound === undefined) {
    if (turn.state.bfd.awaited) rest(turn, "waiting for BFD");
    else dial(turn, "dialling from now on");
  }
}
