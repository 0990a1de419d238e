import { type IpFamily } from "@steelyard/model/address";
import { assertNever, ByteReader, ByteWriter } from "@steelyard/model/foundation";
import { readHalf, readWord } from "../address-bytes.ts";
import { afiOf, familyOf, familyOfAfi, SAFI_UNICAST } from "./families.ts";
import { type BgpCapability, type BgpGracefulRestartCapability } from "./messages.ts";

/** IANA, "Capability Codes". */
export const CAPABILITY_CODES = {
  multiprotocol: 1,
  "route-refresh": 2,
  "extended-next-hop": 5,
  "graceful-restart": 64,
  "four-byte-asn": 65,
  "enhanced-route-refresh": 70,
} as const;

const RESTARTING = 0x8000;
const NOTIFICATION = 0x4000;
const RESTART_TIME = 0x0fff;
const FORWARDING = 0x80;
const NEXT_HOP_TUPLE = 6;
const RESTART_TUPLE = 4;

/**
 * The capabilities in one parameter of an OPEN; undefined when lengths do not fit, of the list or of a capability we know.
 * One capability can state several next hop encodings, so that several come out of it.
 */
export function decodeCapabilities(bytes: Uint8Array): readonly BgpCapability[] | undefined {
  const reader = new ByteReader(bytes);
  const capabilities: BgpCapability[] = [];
  // Every round consumes two bytes at least.
  while (reader.remaining > 0) {
    const code = reader.u8();
    const length = reader.u8();
    const value = length === undefined ? undefined : reader.bytes(length);
    if (code === undefined || value === undefined) return undefined;
    const decoded = decodeCapability(code, value);
    if (decoded === undefined) return undefined;
    capabilities.push(...decoded);
  }
  return capabilities;
}

/** Next hop encodings that follow each other share one capability. */
export function encodeCapabilities(capabilities: readonly BgpCapability[]): Uint8Array {
  const writer = new ByteWriter();
  for (let index = 0; index < capabilities.length;) {
    const run = encodingsAt(capabilities, index);
    const capability = capabilities[index];
    if (run.length > 0) writeCapability(writer, CAPABILITY_CODES["extended-next-hop"], nextHopValue(run));
    else if (capability !== undefined) writeCapability(writer, codeOf(capability), valueOf(capability));
    index += Math.max(1, run.length);
  }
  return writer.toBytes();
}

type NextHopEncoding = Extract<BgpCapability, { kind: "extended-next-hop" }>;

/** More than fit into the 255 bytes of a capability go into a second one. */
const MOST_ENCODINGS = Math.floor(255 / NEXT_HOP_TUPLE);

function encodingsAt(capabilities: readonly BgpCapability[], start: number): readonly NextHopEncoding[] {
  const run: NextHopEncoding[] = [];
  for (let index = start; run.length < MOST_ENCODINGS; index++) {
    const capability = capabilities[index];
    if (capability?.kind !== "extended-next-hop") break;
    run.push(capability);
  }
  return run;
}

function writeCapability(writer: ByteWriter, code: number, value: Uint8Array): void {
  writer.u8(code).u8(value.length).bytes(value);
}

function decodeCapability(code: number, value: Uint8Array): readonly BgpCapability[] | undefined {
  switch (code) {
    case CAPABILITY_CODES.multiprotocol:
      return value.length === 4 ? [multiprotocolOf(value)] : undefined;
    case CAPABILITY_CODES["route-refresh"]:
      return value.length === 0 ? [{ kind: "route-refresh" }] : undefined;
    case CAPABILITY_CODES["enhanced-route-refresh"]:
      return value.length === 0 ? [{ kind: "enhanced-route-refresh" }] : undefined;
    case CAPABILITY_CODES["extended-next-hop"]:
      return value.length % NEXT_HOP_TUPLE === 0 ? nextHopsOf(value) : undefined;
    case CAPABILITY_CODES["graceful-restart"]:
      return value.length % RESTART_TUPLE === 2 ? [gracefulRestartOf(value)] : undefined;
    case CAPABILITY_CODES["four-byte-asn"]:
      return value.length === 4 ? [{ kind: "four-byte-asn", asn: readWord(value, 0) }] : undefined;
    default:
      return [{ kind: "unknown", code, value: value.slice() }];
  }
}

/** AFI 2, reserved 1, SAFI 1 (RFC 4760, section 8). */
function multiprotocolOf(value: Uint8Array): BgpCapability {
  const family = familyOf(readHalf(value, 0), value[3] ?? 0);
  return family === undefined
    ? { kind: "unknown", code: CAPABILITY_CODES.multiprotocol, value: value.slice() }
    : { kind: "multiprotocol", family };
}

/** AFI 2, SAFI 2, AFI of the next hop 2, as often as they come (RFC 8950, section 4). */
function nextHopsOf(value: Uint8Array): readonly BgpCapability[] {
  const encodings: NextHopEncoding[] = [];
  for (let offset = 0; offset < value.length; offset += NEXT_HOP_TUPLE) {
    const family = familyOf(readHalf(value, offset), readHalf(value, offset + 2));
    const nextHop = familyOfAfi(readHalf(value, offset + 4));
    if (family !== undefined && nextHop !== undefined)
      encodings.push({ kind: "extended-next-hop", family, nextHop });
  }
  if (encodings.length > 0) return encodings;
  return [{ kind: "unknown", code: CAPABILITY_CODES["extended-next-hop"], value: value.slice() }];
}

/** Flags 4 bits, time 12 bits; then AFI 2, SAFI 1, flags 1 for each family (RFC 4724, section 3). */
function gracefulRestartOf(value: Uint8Array): BgpGracefulRestartCapability {
  const head = readHalf(value, 0);
  const families: { family: IpFamily; forwarding: boolean }[] = [];
  for (let offset = 2; offset < value.length; offset += RESTART_TUPLE) {
    const family = familyOf(readHalf(value, offset), value[offset + 2] ?? 0);
    const forwarding = ((value[offset + 3] ?? 0) & FORWARDING) !== 0;
    if (family !== undefined) families.push({ family, forwarding });
  }
  return {
    kind: "graceful-restart",
    restarting: (head & RESTARTING) !== 0,
    notification: (head & NOTIFICATION) !== 0,
    restartTimeSeconds: head & RESTART_TIME,
    families,
  };
}

function codeOf(capability: BgpCapability): number {
  return capability.kind === "unknown" ? capability.code : CAPABILITY_CODES[capability.kind];
}

function valueOf(capability: BgpCapability): Uint8Array {
  switch (capability.kind) {
    case "multiprotocol":
      return new ByteWriter(4).u16(afiOf(capability.family)).u8(0).u8(SAFI_UNICAST).toBytes();
    case "route-refresh":
    case "enhanced-route-refresh":
      return new Uint8Array(0);
    case "extended-next-hop":
      return nextHopValue([capability]);
    case "four-byte-asn":
      return new ByteWriter(4).u32(capability.asn).toBytes();
    case "graceful-restart":
      return gracefulRestartValue(capability);
    case "unknown":
      return capability.value;
    default:
      return assertNever(capability);
  }
}

function nextHopValue(encodings: readonly NextHopEncoding[]): Uint8Array {
  const writer = new ByteWriter(NEXT_HOP_TUPLE * encodings.length);
  for (const { family, nextHop } of encodings)
    writer.u16(afiOf(family)).u16(SAFI_UNICAST).u16(afiOf(nextHop));
  return writer.toBytes();
}

function gracefulRestartValue(capability: BgpGracefulRestartCapability): Uint8Array {
  const { restarting, notification, restartTimeSeconds, families } = capability;
  const flags = (restarting ? RESTARTING : 0) | (notification ? NOTIFICATION : 0);
  const writer = new ByteWriter().u16(flags | Math.min(restartTimeSeconds, RESTART_TIME));
  for (const { family, forwarding } of families)
    writer
      .u16(afiOf(family))
      .u8(SAFI_UNICAST)
      .u8(forwarding ? FORWARDING : 0);
  return writer.toBytes();
}
