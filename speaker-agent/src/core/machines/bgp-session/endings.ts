import { assertNever, instantAfter, type Millis } from "@steelyard/model/foundation";
import { encodeShutdownCommunication } from "../../wire/bgp/shutdown-communication.ts";
import { abortDial, rest, waitToDial } from "./dialling.ts";
import {
  type AnyConnection,
  connectionsOf,
  findConnection,
  goOn,
  otherThan,
  sendOpen,
  withoutConnection,
} from "./opening.ts";
import { cease, type Farewell, part } from "./farewells.ts";
import { count, enter, type Turn } from "./turn.ts";
import {
  type BgpOpeningPhase,
  type BgpSessionInput,
  type ConnectionId,
  type OpeningConnection,
} from "./types.ts";

/** After an attempt that failed nobody is taken in for a moment, so that a router which dials at once cannot keep us busy. */
const QUIET: Millis = 1000;
/** As is after a session of less than this: a passive one should not turn away a router that was restarted in haste. */
const BRIEF: Millis = 5000;
/** A session that lasted this long makes us forget what failed before. */
const LASTING: Millis = 30_000;

/** The end of one connection by a fault, of whichever side; what is left of the session goes on, or waits. */
export function endConnection(turn: Turn, id: ConnectionId, farewell: Farewell, because: string): void {
  const { phase } = turn.state;
  const connection = findConnection(phase, id);
  if (connection === undefined) return;
  part(turn, id, farewell);
  if (phase.at === "opening" && farewell !== "gone") turn.state.refusal = because;
  if (connection.at === "established") loseSession(turn, because);
  else if (phase.at === "established") turn.state.phase = { ...phase, challenger: undefined };
  else if (phase.at === "opening") loseOpening(turn, phase, connection, because);
}

/** Of two connections that are being opened this one goes, which is no failure. */
export function dropForOther(turn: Turn, connection: OpeningConnection, because: string): void {
  const { phase } = turn.state;
  if (phase.at !== "opening") return;
  part(turn, connection.id, cease("connectionCollision"));
  const other = otherThan(phase, connection);
  const left = withoutConnection(phase, connection);
  if (other === undefined) enter(turn, left, because);
  else goOn(turn, left, other, because);
}

function loseOpening(
  turn: Turn,
  phase: BgpOpeningPhase,
  connection: OpeningConnection,
  because: string,
): void {
  turn.state.failures++;
  const other = otherThan(phase, connection);
  const left = withoutConnection(phase, connection);
  if (other !== undefined) {
    const isToDial = left.dial.kind === "none" && other.inbound && other.at !== "open-confirm";
    goOn(turn, isToDial ? { ...left, dial: waitToDial(turn) } : left, other, because);
    return;
  }
  turn.state.lastError = because;
  turn.state.quietUntil = instantAfter(turn.now, QUIET);
  if (left.dial.kind === "dialling") enter(turn, left, because);
  else rest(turn, because, left.dial.kind === "waiting" ? left.dial.at : undefined);
}

function loseSession(turn: Turn, because: string): void {
  const { phase } = turn.state;
  if (phase.at !== "established") return;
  const lasted = turn.now - phase.session.establishedAt;
  turn.state.failures = lasted >= LASTING ? 1 : turn.state.failures + 1;
  turn.state.lastError = because;
  if (lasted < BRIEF) turn.state.quietUntil = instantAfter(turn.now, QUIET);
  count(turn, "flaps");
  turn.effects.push({ kind: "down", because });
  const { challenger } = phase;
  if (challenger === undefined) rest(turn, because);
  else {
    const inbound = sendOpen(turn, challenger);
    enter(turn, { at: "opening", dial: waitToDial(turn), dialled: undefined, inbound }, because);
  }
}

/** The other side has ended a connection; undefined = in order. */
export function connectionClosed(turn: Turn, id: ConnectionId, because: string | undefined): void {
  const connection = findConnection(turn.state.phase, id);
  if (connection === undefined) return;
  const isMute = connection.at === "held" || connection.at === "open-sent";
  const how = because === undefined ? "" : ` (${because})`;
  // What routers do that have no such neighbour in their configuration, and BIRD for a while after it has refused us.
  const mute = `the router took the connection and closed it without an OPEN${how}: it may not know this node as a neighbour`;
  const { refusal = mute } = turn.state;
  endConnection(turn, id, "gone", isMute ? refusal : `the router closed the connection${how}`);
}

/** Everything that is open or being dialled goes; the caller says what comes then. */
export function endAll(turn: Turn, farewell: (connection: AnyConnection) => Farewell): void {
  const { phase } = turn.state;
  for (const connection of connectionsOf(phase)) part(turn, connection.id, farewell(connection));
  if (phase.at === "opening") abortDial(turn, phase);
}

/** RFC 5882, section 4.2. */
export function bfdWentDown(turn: Turn): void {
  const { phase } = turn.state;
  const because = "BFD says that the path to the router is down";
  turn.state.bfd = { wasUp: false, awaited: true };
  if (phase.at === "stopped") return;
  endAll(turn, () => cease("bfdDown"));
  if (phase.at === "established") {
    turn.state.phase = { ...phase, challenger: undefined };
    loseSession(turn, because);
    return;
  }
  turn.state.failures++;
  turn.state.lastError = because;
  turn.state.quietUntil = instantAfter(turn.now, QUIET);
  rest(turn, because);
}

type Stop = Extract<BgpSessionInput, { kind: "stop" }>;

/** The two exits of the design, and that of a peer that is configured no more. */
export function stop(turn: Turn, { exit, communication }: Stop): void {
  const { phase } = turn.state;
  const because = REASON_TO_STOP[exit];
  endAll(turn, (connection) => lastWord(turn, connection, exit, communication));
  if (phase.at === "established") turn.effects.push({ kind: "down", because });
  enter(turn, { at: "stopped" }, because);
}

const REASON_TO_STOP: Readonly<Record<Stop["exit"], string>> = {
  "roll-out": "this agent makes way for the next one",
  "shut-down": "this agent shuts down",
  deconfigured: "the peer is configured no more",
};

function lastWord(turn: Turn, connection: AnyConnection, exit: Stop["exit"], communication = ""): Farewell {
  const words = communication === "" ? undefined : encodeShutdownCommunication(communication);
  switch (exit) {
    case "roll-out":
      return keepsRoutes(turn, connection) ? "hang-up" : cease("administrativeReset", words);
    case "shut-down":
      return cease("administrativeShutdown", words);
    case "deconfigured":
      return cease("peerDeconfigured");
    default:
      return assertNever(exit);
  }
}

/** RFC 4724, section 4.2: who hears no NOTIFICATION keeps our routes for the restart time, those of a lost session as well. */
function keepsRoutes(turn: Turn, connection: AnyConnection): boolean {
  if (connection.at === "established") return connection.negotiated.gracefulRestart !== undefined;
  return turn.state.config.gracefulRestart !== undefined;
}
