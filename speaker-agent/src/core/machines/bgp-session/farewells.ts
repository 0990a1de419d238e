import { type BgpNotificationMessage } from "../../wire/bgp/messages.ts";
import { CEASE, NOTIFICATION } from "../../wire/bgp/notification-codes.ts";
import { send } from "./sending.ts";
import { type Turn } from "./turn.ts";
import { type ConnectionId } from "./types.ts";

/** What the router is told last: a NOTIFICATION, or nothing; `gone` = there is no connection any more. */
export type Farewell = BgpNotificationMessage | "hang-up" | "gone";

export function notification(
  code: number,
  subcode = 0,
  data: Uint8Array = new Uint8Array(0),
): BgpNotificationMessage {
  return { kind: "notification", code, subcode, data };
}

/** RFC 4486. */
export function cease(reason: keyof typeof CEASE, data?: Uint8Array): BgpNotificationMessage {
  return notification(NOTIFICATION.cease, CEASE[reason], data);
}

export function part(turn: Turn, connection: ConnectionId, farewell: Farewell): void {
  if (farewell === "gone") return;
  if (farewell !== "hang-up") send(turn, connection, farewell);
  turn.effects.push({ kind: "close", connection });
}
