import { assertNever, ok, type Result } from "@steelyard/model/foundation";
import { decodeHeader, HEADER_LENGTH, withHeader } from "./header.ts";
import { refuse } from "./decode-error.ts";
import {
  type BgpDecodeError,
  type BgpIgnoredMessage,
  type BgpMessage,
  type BgpReceived,
} from "./messages.ts";
import { decodeNotification, encodeNotification } from "./notification.ts";
import { HEADER_ERROR, NOTIFICATION } from "./notification-codes.ts";
import { decodeOpen, encodeOpen } from "./open.ts";
import { decodeRouteRefresh, encodeRouteRefresh } from "./route-refresh.ts";
import { decodeUpdate } from "./update-decode.ts";
import { encodeUpdate } from "./update-encode.ts";

export interface BgpCodecOptions {
  /** Whether both sides have offered AS numbers of four bytes (RFC 6793); of matter to UPDATEs only. */
  readonly fourByteAsn: boolean;
}

/** One whole message with its header, as `splitBgpStream` cuts it. Never throws; the result shares no memory with `bytes`. */
export function decodeBgpMessage(
  bytes: Uint8Array,
  options: BgpCodecOptions,
): Result<BgpReceived, BgpDecodeError> {
  if (bytes.length < HEADER_LENGTH) return wrongLength(bytes.length, "the message ends inside its header");
  const header = decodeHeader(bytes, 0);
  if (!header.ok) return header;
  if (header.value.length !== bytes.length)
    return wrongLength(header.value.length, "the message is not as long as its header says");
  const body = bytes.subarray(HEADER_LENGTH);
  switch (header.value.type) {
    case "open":
      return unrepaired(decodeOpen(body));
    case "update":
      return decodeUpdate(body, options);
    case "notification":
      return ok({ message: decodeNotification(body), repaired: undefined });
    case "keepalive":
      return ok({ message: { kind: "keepalive" }, repaired: undefined });
    case "route-refresh":
      return unrepaired(decodeRouteRefresh(bytes));
    default:
      return assertNever(header.value.type);
  }
}

/**
 * A message with its header. What does not fit into 4096 bytes or into its fields is a mistake of the caller and throws a
 * RangeError; `roomForAnnounced` and `roomForWithdrawn` say how much an UPDATE can hold.
 */
export function encodeBgpMessage(message: BgpMessage, options: BgpCodecOptions): Uint8Array {
  switch (message.kind) {
    case "open":
      return withHeader("open", encodeOpen(message));
    case "update":
      return withHeader("update", encodeUpdate(message, options));
    case "notification":
      return withHeader("notification", encodeNotification(message));
    case "keepalive":
      return withHeader("keepalive", new Uint8Array(0));
    case "route-refresh":
      return withHeader("route-refresh", encodeRouteRefresh(message));
    default:
      return assertNever(message);
  }
}

function unrepaired(
  decoded: Result<BgpMessage | BgpIgnoredMessage, BgpDecodeError>,
): Result<BgpReceived, BgpDecodeError> {
  return decoded.ok ? ok({ message: decoded.value, repaired: undefined }) : decoded;
}

function wrongLength(length: number, message: string): Result<never, BgpDecodeError> {
  const data = Uint8Array.of(length >> 8, length & 0xff);
  return refuse(NOTIFICATION.header, HEADER_ERROR.badLength, message, data);
}
