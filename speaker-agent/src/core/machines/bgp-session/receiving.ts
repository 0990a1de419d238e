import { assertNever } from "@steelyard/model/foundation";
import { decodeBgpMessage } from "../../wire/bgp/codec.ts";
import { splitBgpStream } from "../../wire/bgp/framing.ts";
import {
  type BgpDecodeError,
  type BgpNotificationMessage,
  type BgpReceived,
} from "../../wire/bgp/messages.ts";
import { CEASE, NOTIFICATION } from "../../wire/bgp/notification-codes.ts";
import { takeOpen, unexpected } from "./connections.ts";
import { describe } from "./describe.ts";
import { endConnection } from "./endings.ts";
import { hear, noticeOnce, takeRefresh, takeUpdate } from "./established.ts";
import { type AnyConnection, connectionsOf, establish, findConnection, withConnection } from "./opening.ts";
import { count, type Turn } from "./turn.ts";
import { type BgpSessionInput, type ConnectionId } from "./types.ts";

type Received = Extract<BgpSessionInput, { kind: "received" }>;

/** Bytes of a connection: messages are taken one by one, until it is over. */
export function receive(turn: Turn, { connection: id, bytes }: Received): void {
  const connection = findConnection(turn.state.phase, id);
  if (connection === undefined) return;
  const { messages, rest, error } = splitBgpStream(connection.buffered, bytes);
  for (const message of messages) {
    const current = findConnection(turn.state.phase, id);
    if (current === undefined) return;
    takeMessage(turn, current, message);
  }
  const current = findConnection(turn.state.phase, id);
  if (current === undefined) return;
  if (error !== undefined) refuse(turn, id, error);
  else if (rest.length > 0 || current.buffered.length > 0) keep(turn, current, rest);
}

function keep(turn: Turn, connection: AnyConnection, buffered: Uint8Array): void {
  const { phase } = turn.state;
  if (phase.at === "opening" && connection.at !== "established")
    turn.state.phase = withConnection(phase, { ...connection, buffered });
  if (phase.at !== "established") return;
  if (connection.at === "established") turn.state.phase = { ...phase, session: { ...connection, buffered } };
  else if (connection.at === "held") turn.state.phase = { ...phase, challenger: { ...connection, buffered } };
}

function takeMessage(turn: Turn, connection: AnyConnection, bytes: Uint8Array): void {
  const isEstablished = connection.at === "established";
  const fourByteAsn = isEstablished ? connection.negotiated.fourByteAsn : true;
  const decoded = decodeBgpMessage(bytes, { fourByteAsn });
  if (!decoded.ok) {
    refuse(turn, connection.id, decoded.error);
    return;
  }
  if (isEstablished) hear(turn);
  dispatch(turn, connection.id, decoded.value);
}

/** What is wrong with a header says little by itself. */
function refuse(turn: Turn, id: ConnectionId, { notification, message }: BgpDecodeError): void {
  const isHeader = notification.code === NOTIFICATION.header;
  endConnection(turn, id, notification, isHeader ? describe(turn, notification, "sent") : message);
}

function dispatch(turn: Turn, id: ConnectionId, { message, repaired }: BgpReceived): void {
  const connection = findConnection(turn.state.phase, id);
  if (connection === undefined) return;
  switch (message.kind) {
    case "open":
      count(turn, "opensReceived");
      takeOpen(turn, id, message);
      return;
    case "notification":
      takeNotification(turn, connection, message);
      return;
    case "keepalive":
      takeKeepalive(turn, connection);
      return;
    case "update":
      if (connection.at === "established") takeUpdate(turn, connection, message, repaired);
      else unexpected(turn, id);
      return;
    case "route-refresh":
      if (connection.at === "established") takeRefresh(turn, connection, message);
      else unexpected(turn, id);
      return;
    case "ignored":
      count(turn, "routeRefreshesReceived");
      noticeOnce(turn, message.kind, message.because);
      return;
    default:
      assertNever(message);
  }
}

function takeKeepalive(turn: Turn, connection: AnyConnection): void {
  count(turn, "keepalivesReceived");
  const { phase } = turn.state;
  if (connection.at === "open-confirm") establish(turn, connection);
  else if (connection.at === "undecided" && phase.at === "opening")
    turn.state.phase = withConnection(phase, { ...connection, isConfirmed: true });
  else if (connection.at !== "established") unexpected(turn, connection.id);
}

/** RFC 4271, section 6.4: nothing is answered. */
function takeNotification(turn: Turn, connection: AnyConnection, message: BgpNotificationMessage): void {
  count(turn, "notificationsReceived");
  const sentence = describe(turn, message, "received", shownAsn(connection));
  endConnection(turn, connection.id, "hang-up", isForOlder(turn, message) ? OLDER_CONNECTION : sentence);
}

const OLDER_CONNECTION =
  "the router keeps to an earlier connection of this node, because it has not noticed yet that it is gone";

/** A collision with a connection that we do not have (any more). */
function isForOlder({ state: { phase } }: Turn, { code, subcode }: BgpNotificationMessage): boolean {
  const isCollision = code === NOTIFICATION.cease && subcode === CEASE.connectionCollision;
  return isCollision && phase.at === "opening" && connectionsOf(phase).length === 1;
}

function shownAsn(connection: AnyConnection): number | undefined {
  if (connection.at === "undecided") return connection.open.asn;
  return "negotiated" in connection ? connection.negotiated.peerAsn : undefined;
}
