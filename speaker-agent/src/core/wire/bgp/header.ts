import { ok, type Result } from "@steelyard/model/foundation";
import { readHalf } from "../address-bytes.ts";
import { refuse } from "./decode-error.ts";
import { type BgpDecodeError } from "./messages.ts";
import { HEADER_ERROR, NOTIFICATION } from "./notification-codes.ts";

/** RFC 4271, section 4.1: sixteen bytes of ones, length, type. */
export const HEADER_LENGTH = 19;
/** RFC 4271, section 4.1; we do not offer the longer messages of RFC 8654. */
export const MAX_MESSAGE_LENGTH = 4096;

const MARKER_LENGTH = 16;

export const MESSAGE_TYPES = {
  open: 1,
  update: 2,
  notification: 3,
  keepalive: 4,
  "route-refresh": 5,
} as const;

export type BgpMessageType = keyof typeof MESSAGE_TYPES;

/** RFC 4271, section 6.1, and RFC 2918, section 3, of which RFC 7313 wants a length that is wrong to be told in its own way. */
const LENGTHS: Readonly<Record<BgpMessageType, readonly [shortest: number, longest: number]>> = {
  open: [29, MAX_MESSAGE_LENGTH],
  update: [23, MAX_MESSAGE_LENGTH],
  notification: [21, MAX_MESSAGE_LENGTH],
  keepalive: [HEADER_LENGTH, HEADER_LENGTH],
  "route-refresh": [HEADER_LENGTH, MAX_MESSAGE_LENGTH],
};

const TYPE_OF: ReadonlyMap<number, BgpMessageType> = new Map(
  (Object.keys(MESSAGE_TYPES) as BgpMessageType[]).map((type) => [MESSAGE_TYPES[type], type]),
);

export interface BgpHeader {
  readonly type: BgpMessageType;
  /** Of the whole message. */
  readonly length: number;
}

/** Reads the header at `offset`, where the caller has seen 19 bytes, in the order of RFC 4271, section 6.1. */
export function decodeHeader(bytes: Uint8Array, offset: number): Result<BgpHeader, BgpDecodeError> {
  for (let index = offset; index < offset + MARKER_LENGTH; index++) {
    if (bytes[index] !== 0xff)
      return refuse(
        NOTIFICATION.header,
        HEADER_ERROR.notSynchronized,
        "a message does not begin with the marker",
      );
  }
  const length = readHalf(bytes, offset + MARKER_LENGTH);
  if (length < HEADER_LENGTH || length > MAX_MESSAGE_LENGTH) return badLength(length, "any message");
  const code = bytes[offset + MARKER_LENGTH + 2] ?? 0;
  const type = TYPE_OF.get(code);
  if (type === undefined) {
    const data = Uint8Array.of(code);
    return refuse(NOTIFICATION.header, HEADER_ERROR.badType, `${code} is no type of a message`, data);
  }
  const [shortest, longest] = LENGTHS[type];
  return length < shortest || length > longest ? badLength(length, type) : ok({ type, length });
}

/** A whole message around its body; one that is too long is a mistake of the caller and throws a RangeError. */
export function withHeader(type: BgpMessageType, body: Uint8Array): Uint8Array {
  const length = HEADER_LENGTH + body.length;
  if (length > MAX_MESSAGE_LENGTH) throw new RangeError(`a BGP message cannot have ${length} bytes`);
  const bytes = new Uint8Array(length).fill(0xff, 0, MARKER_LENGTH);
  bytes[MARKER_LENGTH] = length >> 8;
  bytes[MARKER_LENGTH + 1] = length & 0xff;
  bytes[MARKER_LENGTH + 2] = MESSAGE_TYPES[type];
  bytes.set(body, HEADER_LENGTH);
  return bytes;
}

function badLength(length: number, what: string): Result<never, BgpDecodeError> {
  const data = Uint8Array.of(length >> 8, length & 0xff);
  return refuse(NOTIFICATION.header, HEADER_ERROR.badLength, `${length} bytes is no length of ${what}`, data);
}
