import { type IpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { readHalf, readIpv4, writeAddress } from "./address-bytes.ts";
import { decodeError, type DecodeError } from "./decode-error.ts";
import { type MacAddress, MAC_LENGTH } from "./mac-address.ts";

const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
const IPV4_LENGTH = 4;
export const ARP_LENGTH = 28;

const OPERATIONS = { request: 1, reply: 2 } as const;

/**
 * An ARP packet for IPv4 over Ethernet (RFC 826, "Packet format"):
 *
 *     hardware type 2 | protocol type 2 | lengths 1+1 | operation 2
 *     sender MAC 6 | sender address 4 | target MAC 6 | target address 4
 */
export interface ArpPacket {
  readonly operation: keyof typeof OPERATIONS;
  readonly senderMac: MacAddress;
  /** 0.0.0.0 in a probe (RFC 5227, section 2.1.1). */
  readonly senderAddress: IpAddress;
  readonly targetMac: MacAddress;
  readonly targetAddress: IpAddress;
}

/** Decodes the payload of a frame with EtherType 0x0806; the MACs share its memory, padding behind is ignored. */
export function decodeArp(bytes: Uint8Array): Result<ArpPacket, DecodeError> {
  if (bytes.length < ARP_LENGTH) return err(decodeError("truncated", "the frame ends inside the ARP packet"));
  if (readHalf(bytes, 0) !== HARDWARE_ETHERNET || readHalf(bytes, 2) !== PROTOCOL_IPV4) {
    return err(decodeError("foreign", "the ARP packet is not about IPv4 over Ethernet"));
  }
  if (bytes[4] !== MAC_LENGTH || bytes[5] !== IPV4_LENGTH) {
    return err(decodeError("malformed", "the ARP packet's address lengths are not 6 and 4"));
  }
  const operation = operationOf(readHalf(bytes, 6));
  if (operation === undefined)
    return err(decodeError("foreign", "the ARP operation is neither request nor reply"));
  return ok({
    operation,
    senderMac: bytes.subarray(8, 14),
    senderAddress: readIpv4(bytes, 14),
    targetMac: bytes.subarray(18, 24),
    targetAddress: readIpv4(bytes, 24),
  });
}

export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_LENGTH);
  bytes.set([0, HARDWARE_ETHERNET, PROTOCOL_IPV4 >> 8, PROTOCOL_IPV4 & 0xff, MAC_LENGTH, IPV4_LENGTH], 0);
  bytes[7] = OPERATIONS[packet.operation];
  bytes.set(packet.senderMac.subarray(0, MAC_LENGTH), 8);
  writeAddress(bytes, 14, packet.senderAddress);
  bytes.set(packet.targetMac.subarray(0, MAC_LENGTH), 18);
  writeAddress(bytes, 24, packet.targetAddress);
  return bytes;
}

function operationOf(code: number): ArpPacket["operation"] | undefined {
  if (code === OPERATIONS.request) return "request";
  return code === OPERATIONS.reply ? "reply" : undefined;
}
