import { type Err, err } from "@steelyard/model/foundation";
import { type BgpDecodeError } from "./messages.ts";

/** What ends a session: the NOTIFICATION that says so to the router, and the sentence that says so to people. */
export function refuse(
  code: number,
  subcode: number,
  message: string,
  data: Uint8Array = new Uint8Array(0),
): Err<BgpDecodeError> {
  return err({ notification: { kind: "notification", code, subcode, data }, message });
}
