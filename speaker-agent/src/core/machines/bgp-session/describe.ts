import { describeNotification, type NotificationContext } from "../../wire/bgp/describe-notification.ts";
import { type BgpNotificationMessage } from "../../wire/bgp/messages.ts";
import { type Turn } from "./turn.ts";

/** What a NOTIFICATION of this session means, as one sentence; `shownAsn` is what the router says it is. */
export function describe(
  { state: { config } }: Turn,
  notification: BgpNotificationMessage,
  direction: NotificationContext["direction"],
  shownAsn?: number,
): string {
  const { localAsn, peerAsn } = config;
  return describeNotification(notification, { direction, localAsn, peerAsn, shownAsn });
}
