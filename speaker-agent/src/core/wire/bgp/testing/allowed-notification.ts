import { toHex } from "../../testing/hex.ts";
import { type BgpNotificationMessage } from "../messages.ts";

/** Codes of attributes that a NOTIFICATION about one shows whole (RFC 4271, section 6.3). */
const OF_AN_ATTRIBUTE = [2, 4, 5, 6, 9];

/**
 * What is wrong with a NOTIFICATION as an answer to `message`, by the rules on codes and data of RFC 4271, section 6, and RFC
 * 7313, section 5; undefined = it is as it has to be. Written apart from the codec, and of nothing but the RFCs.
 */
export function whyNotAllowed(
  { code, subcode, data }: BgpNotificationMessage,
  message: Uint8Array,
): string | undefined {
  const hex = toHex(data);
  const whole = toHex(message);
  const expect = (isRight: boolean): string | undefined =>
    isRight ? undefined : `${code}/${subcode} with the data "${hex}"`;
  switch (`${code}/${subcode}`) {
    case "1/1":
    case "2/0":
    case "2/2":
    case "2/3":
    case "2/4":
    case "2/6":
    case "3/1":
    case "3/10":
    case "3/11":
      return expect(hex === "");
    case "1/2":
      return expect(hex === whole.slice(32, 36));
    case "1/3":
      return expect(hex === whole.slice(36, 38));
    case "2/1":
      return expect(hex === "0004");
    case "3/3":
      return expect(["01", "02", "03"].includes(hex));
    case "7/1":
      return expect(hex === whole);
    default:
      return expect(code === 3 && OF_AN_ATTRIBUTE.includes(subcode) && isAttributeOf(hex, whole));
  }
}

/** Flags, type, length and as many bytes, as they stand in the message. */
function isAttributeOf(attribute: string, message: string): boolean {
  const isLong = (Number.parseInt(attribute.slice(0, 2), 16) & 0x10) !== 0;
  const length = Number.parseInt(attribute.slice(4, isLong ? 8 : 6), 16);
  return message.includes(attribute) && attribute.length / 2 === length + (isLong ? 4 : 3);
}
