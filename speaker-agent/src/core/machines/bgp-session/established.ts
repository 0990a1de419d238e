import { instantAfter, type Millis } from "@steelyard/model/foundation";
import {
  type BgpReceived,
  type BgpRepair,
  type BgpRouteRefreshMessage,
  type BgpUpdateMessage,
} from "../../wire/bgp/messages.ts";
import { NOTIFICATION } from "../../wire/bgp/notification-codes.ts";
import { endConnection } from "./endings.ts";
import { notification } from "./farewells.ts";
import { holdFrom } from "./opening.ts";
import { receivePrefixes } from "./received-prefixes.ts";
import { sendAll } from "./sending.ts";
import { count, type Turn } from "./turn.ts";
import { type BgpSessionInput, type EstablishedConnection } from "./types.ts";

function change(turn: Turn, fields: Partial<EstablishedConnection>): void {
  const { phase } = turn.state;
  if (phase.at !== "established") return;
  turn.state.phase = { ...phase, session: { ...phase.session, ...fields } };
}

export function hear(turn: Turn): void {
  change(turn, { heardAt: turn.now, reprieved: false });
}

export function takeUpdate(
  turn: Turn,
  session: EstablishedConnection,
  update: BgpUpdateMessage,
  repaired: BgpReceived["repaired"],
): void {
  count(turn, "updatesReceived");
  const { withdrawn, announced, endOfRib } = update;
  const received = receivePrefixes(session.received, withdrawn, announced);
  const isNew = endOfRib !== undefined && !session.endOfRibs.includes(endOfRib);
  const endOfRibs = isNew ? [...session.endOfRibs, endOfRib] : session.endOfRibs;
  change(turn, { received, endOfRibs });
  if (repaired !== undefined) takeRepair(turn, repaired);
}

/** RFC 7606. */
function takeRepair(turn: Turn, { how, because }: BgpRepair): void {
  if (how === "treat-as-withdraw") {
    count(turn, "treatedAsWithdraw");
    noticeOnce(turn, how, `the routes of a faulty UPDATE count as withdrawn: ${because}`);
  } else {
    count(turn, "attributesDiscarded");
    noticeOnce(turn, how, `an attribute of the router's routes is ignored: ${because}`);
  }
}

export function noticeOnce(turn: Turn, sort: string, because: string): void {
  const { phase } = turn.state;
  if (phase.at !== "established" || phase.session.noticed.includes(sort)) return;
  change(turn, { noticed: [...phase.session.noticed, sort] });
  turn.effects.push({ kind: "notice", because });
}

/** RFC 2918, section 4: for a family we do not speak of it is ignored. BoRR and EoRR are about routes that we do not keep. */
export function takeRefresh(
  turn: Turn,
  { negotiated }: EstablishedConnection,
  { family, subtype }: BgpRouteRefreshMessage,
): void {
  count(turn, "routeRefreshesReceived");
  if (subtype !== "request") return;
  if (negotiated.families.includes(family)) turn.effects.push({ kind: "refresh", family });
  else
    noticeOnce(
      turn,
      `refresh ${family}`,
      `the router asks for ${family} routes, which it did not offer to carry`,
    );
}

type Advertise = Extract<BgpSessionInput, { kind: "advertise" }>;

export function advertise(turn: Turn, { messages }: Advertise): void {
  const { phase } = turn.state;
  if (phase.at !== "established") return;
  const { negotiated } = phase.session;
  sendAll(turn, phase.session.id, messages, negotiated);
}

/** A timer that is this late has not been let run: neither have we read. */
const LATE: Millis = 250;
const REPRIEVE: Millis = 1000;

export function holdTimerFired(turn: Turn, session: EstablishedConnection): void {
  const { heardAt, holdAt, negotiated, reprieved } = session;
  const expiry = holdFrom(heardAt, negotiated);
  if (holdAt === undefined || expiry === undefined) return;
  if (expiry > turn.now) change(turn, { holdAt: expiry });
  else if (turn.now - holdAt > LATE && !reprieved)
    change(turn, { holdAt: instantAfter(turn.now, REPRIEVE), reprieved: true });
  else
    holdExpired(
      turn,
      session.id,
      `nothing was heard from the router for the hold time of ${negotiated.holdTimeSeconds} s`,
    );
}

export function holdExpired(turn: Turn, id: EstablishedConnection["id"], because: string): void {
  endConnection(turn, id, notification(NOTIFICATION.holdTimerExpired), because);
}
