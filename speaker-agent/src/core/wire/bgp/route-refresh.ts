import { ByteWriter, ok, type Result } from "@steelyard/model/foundation";
import { readHalf } from "../address-bytes.ts";
import { refuse } from "./decode-error.ts";
import { afiOf, familyOf, SAFI_UNICAST } from "./families.ts";
import { HEADER_LENGTH } from "./header.ts";
import { type BgpDecodeError, type BgpIgnoredMessage, type BgpRouteRefreshMessage } from "./messages.ts";
import { NOTIFICATION, ROUTE_REFRESH_ERROR } from "./notification-codes.ts";

const BODY_LENGTH = 4;
const SUBTYPES: readonly BgpRouteRefreshMessage["subtype"][] = ["request", "begin", "end"];

/**
 * AFI 2, subtype 1, SAFI 1 (RFC 2918, section 3; RFC 7313, section 3.2). Families and subtypes that we do not know are ignored; a
 * length that is wrong ends the session with the whole message as data (RFC 7313, section 5).
 */
export function decodeRouteRefresh(
  message: Uint8Array,
): Result<BgpRouteRefreshMessage | BgpIgnoredMessage, BgpDecodeError> {
  const length = message.length - HEADER_LENGTH;
  if (length < BODY_LENGTH) return wrongLength(message);
  const code = message[HEADER_LENGTH + 2] ?? 0;
  const subtype = SUBTYPES[code];
  if (subtype === undefined) return ignored(`${code} is no subtype of ROUTE-REFRESH that is known`);
  // A longer request may have filters (RFC 5291), which we have not offered to heed; we send everything then.
  if (subtype !== "request" && length > BODY_LENGTH) return wrongLength(message);
  const family = familyOf(readHalf(message, HEADER_LENGTH), message[HEADER_LENGTH + 3] ?? 0);
  return family === undefined
    ? ignored("ROUTE-REFRESH is about a family that was not offered")
    : ok({ kind: "route-refresh", family, subtype });
}

export function encodeRouteRefresh({ family, subtype }: BgpRouteRefreshMessage): Uint8Array {
  return new ByteWriter(BODY_LENGTH)
    .u16(afiOf(family))
    .u8(SUBTYPES.indexOf(subtype))
    .u8(SAFI_UNICAST)
    .toBytes();
}

function wrongLength(message: Uint8Array): Result<never, BgpDecodeError> {
  const because = `${message.length - HEADER_LENGTH} bytes is no length of ROUTE-REFRESH`;
  return refuse(NOTIFICATION.routeRefresh, ROUTE_REFRESH_ERROR.invalidLength, because, message.slice());
}

function ignored(because: string): Result<BgpIgnoredMessage, never> {
  return ok({ kind: "ignored", because });
}
