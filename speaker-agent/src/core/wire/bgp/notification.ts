import { ByteWriter } from "@steelyard/model/foundation";
import { type BgpNotificationMessage } from "./messages.ts";

/** Code 1, subcode 1, data (RFC 4271, section 4.5); the header's checks have seen to it that both codes are there. */
export function decodeNotification(body: Uint8Array): BgpNotificationMessage {
  const [code = 0, subcode = 0] = body;
  return { kind: "notification", code, subcode, data: body.slice(2) };
}

export function encodeNotification({ code, subcode, data }: BgpNotificationMessage): Uint8Array {
  return new ByteWriter().u8(code).u8(subcode).bytes(data).toBytes();
}
