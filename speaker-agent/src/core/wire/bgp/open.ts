import { ByteReader, ByteWriter, ok, type Result } from "@steelyard/model/foundation";
import { decodeCapabilities, encodeCapabilities } from "./capabilities.ts";
import { refuse } from "./decode-error.ts";
import { type BgpCapability, type BgpDecodeError, type BgpOpenMessage } from "./messages.ts";
import { NOTIFICATION, OPEN_ERROR } from "./notification-codes.ts";

const VERSION = 4;
/** Stands for a number of four bytes where only two are known (RFC 6793, section 9). */
export const AS_TRANS = 23456;
const CAPABILITIES_PARAMETER = 2;
/** In place of a length and of a type: longer lengths follow (RFC 9072, section 2). */
const EXTENDED = 255;
const MOST_CLASSIC_BYTES = 253;

/** Version 1, AS number 2, hold time 2, identifier 4, length of the parameters 1, parameters (RFC 4271, section 4.2). */
export function decodeOpen(body: Uint8Array): Result<BgpOpenMessage, BgpDecodeError> {
  const reader = new ByteReader(body);
  const version = reader.u8();
  // The data is the greatest version that we do speak (RFC 4271, section 6.2).
  if (version !== VERSION)
    return openError(
      "unsupportedVersion",
      `the router speaks BGP version ${version}`,
      Uint8Array.of(0, VERSION),
    );
  const shortAsn = reader.u16() ?? 0;
  const holdTimeSeconds = reader.u16() ?? 0;
  const routerId = reader.u32() ?? 0;
  const capabilities = decodeParameters(reader);
  if (!capabilities.ok) return capabilities;
  const asn = statedAsn(capabilities.value) ?? shortAsn;
  const message: BgpOpenMessage = {
    kind: "open",
    asn,
    holdTimeSeconds,
    routerId,
    capabilities: capabilities.value,
  };
  return validated(message, shortAsn);
}

export function encodeOpen(message: BgpOpenMessage): Uint8Array {
  const writer = new ByteWriter()
    .u8(VERSION)
    .u16(message.asn > 0xffff ? AS_TRANS : message.asn)
    .u16(message.holdTimeSeconds)
    .u32(message.routerId);
  const capabilities = encodeCapabilities(message.capabilities);
  const { length } = capabilities;
  if (length === 0) return writer.u8(0).toBytes();
  if (length <= MOST_CLASSIC_BYTES)
    writer
      .u8(length + 2)
      .u8(CAPABILITIES_PARAMETER)
      .u8(length);
  else
    writer
      .u8(EXTENDED)
      .u8(EXTENDED)
      .u16(length + 3)
      .u8(CAPABILITIES_PARAMETER)
      .u16(length);
  return writer.bytes(capabilities).toBytes();
}

function validated(message: BgpOpenMessage, shortAsn: number): Result<BgpOpenMessage, BgpDecodeError> {
  const { asn, holdTimeSeconds, routerId } = message;
  // RFC 7607, section 2.
  if (asn === 0 || shortAsn === 0) return openError("badPeerAs", "the router says it is AS 0");
  if (holdTimeSeconds === 1 || holdTimeSeconds === 2)
    return openError("unacceptableHoldTime", `a hold time of ${holdTimeSeconds} s is too short`);
  return routerId === 0 ? openError("badIdentifier", "the router's ID is 0.0.0.0") : ok(message);
}

function statedAsn(capabilities: readonly BgpCapability[]): number | undefined {
  for (const capability of capabilities) if (capability.kind === "four-byte-asn") return capability.asn;
  return undefined;
}

type Parameters = Result<readonly BgpCapability[], BgpDecodeError>;

const MALFORMED = "an optional parameter of the OPEN is malformed";

/** In the short form, or in that of RFC 9072, which a first parameter of type 255 tells, whatever the short length says. */
function decodeParameters(reader: ByteReader): Parameters {
  const shortLength = reader.u8();
  const rest = reader.rest();
  const [firstType] = rest;
  const isExtended = shortLength !== 0 && firstType === EXTENDED;
  const parameters = new ByteReader(isExtended ? rest.subarray(1) : rest);
  const length = isExtended ? parameters.u16() : shortLength;
  if (length !== parameters.remaining) return openError("unspecific", MALFORMED);
  return readParameters(parameters, isExtended);
}

function readParameters(reader: ByteReader, isExtended: boolean): Parameters {
  const capabilities: BgpCapability[] = [];
  while (reader.remaining > 0) {
    const type = reader.u8();
    const length = isExtended ? reader.u16() : reader.u8();
    const value = length === undefined ? undefined : reader.bytes(length);
    if (value === undefined) return openError("unspecific", MALFORMED);
    if (type !== CAPABILITIES_PARAMETER)
      return openError(
        "unsupportedParameter",
        `the router's OPEN has a parameter of the unknown type ${type}`,
      );
    const decoded = decodeCapabilities(value);
    if (decoded === undefined)
      return openError("unspecific", "a capability in the router's OPEN is malformed");
    capabilities.push(...decoded);
  }
  return ok(capabilities);
}

function openError(
  subcode: keyof typeof OPEN_ERROR,
  message: string,
  data?: Uint8Array,
): Result<never, BgpDecodeError> {
  return refuse(NOTIFICATION.open, OPEN_ERROR[subcode], message, data);
}
