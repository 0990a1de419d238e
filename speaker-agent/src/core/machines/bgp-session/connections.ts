import { type Millis } from "@steelyard/model/foundation";
import { NOTIFICATION, STATE_MACHINE_ERROR } from "../../wire/bgp/notification-codes.ts";
import { type BgpOpenMessage } from "../../wire/bgp/messages.ts";
import { NO_DIAL } from "./dialling.ts";
import { dropForOther, endConnection } from "./endings.ts";
import { cease, notification, part } from "./farewells.ts";
import {
  type AnyConnection,
  enterOpenConfirm,
  findConnection,
  held,
  otherThan,
  sendOpen,
  undecided,
  withConnection,
} from "./opening.ts";
import { describe } from "./describe.ts";
import { refuseOpen } from "./negotiation.ts";
import { send } from "./sending.ts";
import { enter, type Turn } from "./turn.ts";
import {
  type BgpOpeningPhase,
  type BgpSessionInput,
  type ConnectionId,
  type EstablishedConnection,
  type HeldConnection,
  type OpenSentConnection,
} from "./types.ts";

type Connected = Extract<BgpSessionInput, { kind: "connected" }>;

/** A connection stands. One that nobody waits for is closed. */
export function takeConnection(turn: Turn, input: Connected): void {
  if (input.inbound) takeInbound(turn, input);
  else takeDialled(turn, input);
}

function takeDialled(turn: Turn, { connection: id, fallbackRouterId }: Connected): void {
  const { phase } = turn.state;
  if (phase.at !== "opening" || phase.dial.kind !== "dialling") {
    part(turn, id, "hang-up");
    return;
  }
  const routerId = ourRouterId(turn, fallbackRouterId);
  const dialled = sendOpen(turn, { id, inbound: false, routerId });
  enter(turn, { ...phase, dial: NO_DIAL, dialled }, "the connection stands");
}

function takeInbound(turn: Turn, { connection: id, fallbackRouterId }: Connected): void {
  const { phase, quietUntil } = turn.state;
  const routerId = ourRouterId(turn, fallbackRouterId);
  if (phase.at === "stopped" || turn.now < quietUntil) part(turn, id, "hang-up");
  else if (phase.at === "established")
    challenge(turn, phase.session, phase.challenger, held(turn, id, routerId));
  else if (phase.at === "opening") openInbound(turn, phase, id, routerId);
  else {
    const dial = { kind: "waiting", at: phase.dialAt } as const;
    openInbound(turn, { at: "opening", dial, dialled: undefined, inbound: undefined }, id, routerId);
  }
}

/** Both connections speak for one router ID, or the collision could be decided in two ways. */
function ourRouterId(turn: Turn, fallback: number): number {
  const { config, phase } = turn.state;
  if (config.routerId !== undefined) return config.routerId;
  if (phase.at === "established") return phase.session.routerId;
  if (phase.at !== "opening") return fallback;
  return phase.dialled?.routerId ?? phase.inbound?.routerId ?? fallback;
}

/** The router itself has given up an earlier connection of its own when it makes another. */
function openInbound(turn: Turn, before: BgpOpeningPhase, id: ConnectionId, routerId: number): void {
  if (before.inbound !== undefined) {
    dropForOther(turn, before.inbound, "the router has connected once more");
    takeInbound(turn, { kind: "connected", connection: id, inbound: true, fallbackRouterId: routerId });
    return;
  }
  const isBehind = before.dialled?.at === "open-confirm";
  const inbound = isBehind ? held(turn, id, routerId) : sendOpen(turn, { id, inbound: true, routerId });
  enter(turn, { ...before, inbound }, "the router has connected");
}

/** A router that was restarted answers the KEEPALIVE with a reset, and so shows that the session is over. */
function challenge(
  turn: Turn,
  session: EstablishedConnection,
  earlier: HeldConnection | undefined,
  challenger: HeldConnection,
): void {
  if (earlier !== undefined) part(turn, earlier.id, cease("connectionCollision"));
  send(turn, session.id, { kind: "keepalive" });
  turn.state.phase = { at: "established", session, challenger };
}

/** An OPEN came on a connection that is not established. */
export function takeOpen(turn: Turn, id: ConnectionId, open: BgpOpenMessage): void {
  const connection = findConnection(turn.state.phase, id);
  if (connection === undefined) return;
  if (connection.at !== "held" && connection.at !== "open-sent") {
    unexpected(turn, id);
    return;
  }
  const config = connection.at === "held" ? turn.state.config : connection.offered;
  const refusal = refuseOpen(config, connection.routerId, open);
  if (refusal !== undefined) endConnection(turn, id, refusal, describe(turn, refusal, "sent", open.asn));
  else if (connection.at === "held") decideHeld(turn, connection, open);
  else decide(turn, connection, open);
}

/** Against a session that is established, or may be so on the router's side. */
function decideHeld(turn: Turn, connection: HeldConnection, open: BgpOpenMessage): void {
  const { phase } = turn.state;
  if (phase.at === "opening") {
    dropForOther(turn, connection, "the router has opened the other connection already");
    return;
  }
  if (phase.at !== "established") return;
  const replaced = whyReplaced(turn, phase.session, connection);
  if (replaced === undefined) {
    endConnection(turn, connection.id, cease("connectionCollision"), "the session is established already");
    return;
  }
  endConnection(turn, phase.session.id, "hang-up", replaced);
  takeOpen(turn, connection.id, open);
}

/** For so long after a session was established a connection may be one that the router dialled before it knew of that. */
const LATE_DIAL: Millis = 10_000;

/** Undefined = the session stays (RFC 4271, section 6.8). */
function whyReplaced(
  turn: Turn,
  { negotiated, heardAt, establishedAt }: EstablishedConnection,
  { cameAt }: HeldConnection,
): string | undefined {
  if (cameAt - establishedAt < LATE_DIAL) return undefined;
  // RFC 4724, section 4.2.
  if (negotiated.gracefulRestart !== undefined)
    return "the router has been restarted: it opened a new connection";
  const silent = turn.now - heardAt;
  if (silent * 2 < negotiated.holdTimeSeconds * 1000) return undefined;
  const seconds = Math.floor(silent / 1000);
  return `the router opened a new connection, after ${seconds} s of silence on the old one`;
}

/** RFC 4271, section 6.8. */
function decide(turn: Turn, connection: OpenSentConnection, open: BgpOpenMessage): void {
  const { phase } = turn.state;
  if (phase.at !== "opening") return;
  const other = otherThan(phase, connection);
  if (other === undefined || other.at === "held") {
    enterOpenConfirm(turn, phase, connection, open);
  } else if (connection.inbound !== winsOurs(connection.routerId, open, connection.offered.localAsn)) {
    dropThenConfirm(turn, other, connection, open);
  } else if (other.at === "open-sent") {
    turn.state.phase = withConnection(phase, undecided(turn, connection, open));
  } else {
    dropForOther(turn, connection, COLLISION);
  }
}

const COLLISION = "both sides have connected, and the other connection stays";

function dropThenConfirm(
  turn: Turn,
  loser: Parameters<typeof dropForOther>[1],
  winner: OpenSentConnection,
  open: BgpOpenMessage,
): void {
  dropForOther(turn, loser, COLLISION);
  const { phase } = turn.state;
  if (phase.at === "opening") enterOpenConfirm(turn, phase, winner, open);
}

/** Whether the connection we dialled is to stay: ours is the higher identifier, or AS number (RFC 6286, section 2.3). */
function winsOurs(routerId: number, open: BgpOpenMessage, localAsn: number): boolean {
  return routerId === open.routerId ? localAsn > open.asn : routerId > open.routerId;
}

/** RFC 4271, section 6.6, with the subcodes of RFC 6608. */
export function unexpected(turn: Turn, id: ConnectionId): void {
  const connection = findConnection(turn.state.phase, id);
  if (connection === undefined) return;
  const farewell = notification(NOTIFICATION.stateMachine, STATE_MACHINE_ERROR[stageOf(connection)]);
  endConnection(turn, id, farewell, describe(turn, farewell, "sent"));
}

function stageOf({ at }: AnyConnection): keyof typeof STATE_MACHINE_ERROR {
  if (at === "established") return "established";
  return at === "undecided" || at === "open-confirm" ? "openConfirm" : "openSent";
}
