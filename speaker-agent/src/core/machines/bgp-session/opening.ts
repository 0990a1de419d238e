import { instantAfter, type Millis } from "@steelyard/model/foundation";
import { type BgpOpenMessage } from "../../wire/bgp/messages.ts";
import { abortDial, NO_DIAL } from "./dialling.ts";
import { cease, part } from "./farewells.ts";
import { buildOpen, formatRouterId, negotiate } from "./negotiation.ts";
import { nothingReceived } from "./received-prefixes.ts";
import { send } from "./sending.ts";
import { nextKeepalive } from "./timers.ts";
import { enter, type Turn } from "./turn.ts";
import {
  type BgpNegotiated,
  type BgpOpeningPhase,
  type BgpPhase,
  type ConnectionId,
  type EstablishedConnection,
  type HeldConnection,
  type OpenConfirmConnection,
  type OpeningConnection,
  type OpenSentConnection,
  type UndecidedConnection,
} from "./types.ts";

/** RFC 4271, section 8.2.2: the large hold timer before the router has said its own. */
const LARGE_HOLD: Millis = 240_000;
/** How long the connection that would win a collision may take to show its OPEN. */
const OPEN_PATIENCE: Millis = 5000;

const NOTHING = new Uint8Array(0);

export type AnyConnection = OpeningConnection | EstablishedConnection;

export function connectionsOf(phase: BgpPhase): readonly AnyConnection[] {
  switch (phase.at) {
    case "stopped":
    case "waiting":
      return [];
    case "opening":
      return [phase.dialled, phase.inbound].filter((one) => one !== undefined);
    case "established":
      return phase.challenger === undefined ? [phase.session] : [phase.session, phase.challenger];
  }
}

export function findConnection(phase: BgpPhase, id: ConnectionId): AnyConnection | undefined {
  return connectionsOf(phase).find((one) => one.id === id);
}

/** The other connection that is being opened. */
export function otherThan(
  phase: BgpOpeningPhase,
  { inbound }: OpeningConnection,
): OpeningConnection | undefined {
  return inbound ? phase.dialled : phase.inbound;
}

export function withConnection(phase: BgpOpeningPhase, connection: OpeningConnection): BgpOpeningPhase {
  return connection.inbound ? { ...phase, inbound: connection } : { ...phase, dialled: connection };
}

export function withoutConnection(phase: BgpOpeningPhase, { inbound }: OpeningConnection): BgpOpeningPhase {
  return inbound ? { ...phase, inbound: undefined } : { ...phase, dialled: undefined };
}

export function held(turn: Turn, id: ConnectionId, routerId: number): HeldConnection {
  const giveUpAt = instantAfter(turn.now, LARGE_HOLD);
  return { at: "held", id, inbound: true, routerId, buffered: NOTHING, cameAt: turn.now, giveUpAt };
}

/** Sends our OPEN on a connection that is new, or was held. */
export function sendOpen(
  turn: Turn,
  {
    id,
    inbound,
    routerId,
    buffered = NOTHING,
  }: Pick<HeldConnection, "id" | "routerId"> & {
    readonly inbound: boolean;
    readonly buffered?: Uint8Array;
  },
): OpenSentConnection {
  const { config } = turn.state;
  send(turn, id, buildOpen(config, routerId, turn.context.restarting));
  const giveUpAt = instantAfter(turn.now, LARGE_HOLD);
  return { at: "open-sent", id, inbound, routerId, buffered, offered: config, giveUpAt };
}

export function undecided(
  turn: Turn,
  { id, inbound, routerId, buffered, offered }: OpenSentConnection,
  open: BgpOpenMessage,
): UndecidedConnection {
  const goOnAt = instantAfter(turn.now, OPEN_PATIENCE);
  return { at: "undecided", id, inbound, routerId, buffered, offered, open, isConfirmed: false, goOnAt };
}

/** The router's OPEN will do: says so with a KEEPALIVE. */
function confirm(
  turn: Turn,
  { id, inbound, routerId, buffered, offered }: OpenSentConnection | UndecidedConnection,
  open: BgpOpenMessage,
): OpenConfirmConnection {
  const negotiated = negotiate(offered, { id, routerId }, open);
  const { holdTimeSeconds, keepalive } = negotiated;
  send(turn, id, { kind: "keepalive" });
  const hold = holdTimeSeconds === 0 ? LARGE_HOLD : holdTimeSeconds * 1000;
  const giveUpAt = instantAfter(turn.now, hold);
  const keepaliveAt = nextKeepalive(turn.now, keepalive, turn.context.random);
  return { at: "open-confirm", id, inbound, routerId, buffered, offered, negotiated, giveUpAt, keepaliveAt };
}

/** To OpenConfirm. A dial that is under way goes on: the router may have seen it already, and count on it. */
export function enterOpenConfirm(
  turn: Turn,
  phase: BgpOpeningPhase,
  connection: OpenSentConnection | UndecidedConnection,
  open: BgpOpenMessage,
): void {
  const dial = phase.dial.kind === "waiting" ? NO_DIAL : phase.dial;
  const confirmed = confirm(turn, connection, open);
  const because = `the router's OPEN has come: AS ${open.asn}, router ID ${formatRouterId(open.routerId)}`;
  enter(turn, withConnection({ ...phase, dial }, confirmed), because);
}

/** The other connection is gone: one that waited for it goes on. */
export function goOn(
  turn: Turn,
  phase: BgpOpeningPhase,
  connection: OpeningConnection,
  because: string,
): void {
  if (connection.at === "held") enter(turn, withConnection(phase, sendOpen(turn, connection)), because);
  else if (connection.at === "undecided") goOnDecided(turn, phase, connection);
  else enter(turn, phase, because);
}

function goOnDecided(turn: Turn, phase: BgpOpeningPhase, connection: UndecidedConnection): void {
  enterOpenConfirm(turn, phase, connection, connection.open);
  const now = findConnection(turn.state.phase, connection.id);
  if (connection.isConfirmed && now?.at === "open-confirm") establish(turn, now);
}

/** The router's KEEPALIVE in OpenConfirm. A connection that came in later may still challenge this one. */
export function establish(turn: Turn, connection: OpenConfirmConnection): void {
  const { phase } = turn.state;
  if (phase.at !== "opening") return;
  const other = otherThan(phase, connection);
  const challenger = other?.at === "held" ? other : undefined;
  if (other !== undefined && challenger === undefined) part(turn, other.id, cease("connectionCollision"));
  abortDial(turn, phase);
  const session = established(turn, connection);
  turn.state.refusal = undefined;
  enter(turn, { at: "established", session, challenger }, "the router has accepted our OPEN");
  turn.effects.push({ kind: "established", negotiated: session.negotiated });
}

function established(
  turn: Turn,
  { id, inbound, routerId, buffered, offered, negotiated, keepaliveAt }: OpenConfirmConnection,
): EstablishedConnection {
  return {
    ...{ at: "established", id, inbound, routerId, buffered, offered, negotiated, keepaliveAt },
    establishedAt: turn.now,
    heardAt: turn.now,
    holdAt: holdFrom(turn.now, negotiated),
    reprieved: false,
    received: nothingReceived,
    endOfRibs: [],
    noticed: [],
  };
}

/** When a router that was last heard at `heardAt` is given up; undefined with a hold time of 0. */
export function holdFrom(
  heardAt: Turn["now"],
  { holdTimeSeconds }: BgpNegotiated,
): EstablishedConnection["holdAt"] {
  return holdTimeSeconds === 0 ? undefined : instantAfter(heardAt, holdTimeSeconds * 1000);
}
