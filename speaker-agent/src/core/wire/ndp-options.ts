import { err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "./decode-error.ts";
import { type MacAddress, MAC_LENGTH } from "./mac-address.ts";

const SOURCE_LINK_LAYER_ADDRESS = 1;
const TARGET_LINK_LAYER_ADDRESS = 2;
/** Options are counted in units of eight bytes, type and length included (RFC 4861, section 4.6). */
const UNIT = 8;

/** What follows the fixed part of a neighbour discovery message. Unknown options are kept, and ignored by everyone. */
export type NdpOption =
  | { readonly kind: "source-link-layer-address" | "target-link-layer-address"; readonly mac: MacAddress }
  | {
      readonly kind: "other";
      readonly type: number;
      /** Without type and length byte. */ readonly body: Uint8Array;
    };

/** Decodes options up to the end of `bytes`; a length of zero or one that overruns makes the message malformed. */
export function decodeNdpOptions(bytes: Uint8Array): Result<readonly NdpOption[], DecodeError> {
  const options: NdpOption[] = [];
  // Every round consumes at least eight bytes, so a hostile packet cannot keep this loop busy.
  for (let offset = 0; offset < bytes.length;) {
    const [, units] = bytes.subarray(offset, offset + 2);
    if (units === undefined) return err(decodeError("truncated", "the message ends inside an option"));
    const length = UNIT * units;
    if (length === 0) return err(decodeError("malformed", "an option has length zero"));
    if (offset + length > bytes.length)
      return err(decodeError("truncated", "the message ends inside an option"));
    options.push(optionOf(bytes[offset] ?? 0, bytes.subarray(offset + 2, offset + length)));
    offset += length;
  }
  return ok(options);
}

export function encodeNdpOptions(options: readonly NdpOption[]): Uint8Array {
  const encoded = options.map(encodeOption);
  const bytes = new Uint8Array(encoded.reduce((sum, option) => sum + option.length, 0));
  let offset = 0;
  for (const option of encoded) {
    bytes.set(option, offset);
    offset += option.length;
  }
  return bytes;
}

/** The sender's own address as it states it (RFC 4861, section 4.6.1). */
export function sourceLinkLayerAddress(options: readonly NdpOption[]): MacAddress | undefined {
  for (const option of options) if (option.kind === "source-link-layer-address") return option.mac;
  return undefined;
}

/** The address of the target as an advertisement states it (RFC 4861, section 4.6.1). */
export function targetLinkLayerAddress(options: readonly NdpOption[]): MacAddress | undefined {
  for (const option of options) if (option.kind === "target-link-layer-address") return option.mac;
  return undefined;
}

function optionOf(type: number, body: Uint8Array): NdpOption {
  // On Ethernet these two are exactly one unit long; another length is another kind of link's address.
  if (body.length === MAC_LENGTH && type === SOURCE_LINK_LAYER_ADDRESS) {
    return { kind: "source-link-layer-address", mac: body };
  }
  if (body.length === MAC_LENGTH && type === TARGET_LINK_LAYER_ADDRESS) {
    return { kind: "target-link-layer-address", mac: body };
  }
  return { kind: "other", type, body };
}

function encodeOption(option: NdpOption): Uint8Array {
  const { type, body } = typeAndBody(option);
  const units = Math.ceil((2 + body.length) / UNIT);
  const bytes = new Uint8Array(UNIT * units);
  bytes[0] = type;
  bytes[1] = units;
  bytes.set(body, 2);
  return bytes;
}

function typeAndBody(option: NdpOption): { type: number; body: Uint8Array } {
  switch (option.kind) {
    case "source-link-layer-address":
      return { type: SOURCE_LINK_LAYER_ADDRESS, body: option.mac };
    case "target-link-layer-address":
      return { type: TARGET_LINK_LAYER_ADDRESS, body: option.mac };
    case "other":
      return { type: option.type, body: option.body };
  }
}
