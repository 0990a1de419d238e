import { err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "./decode-error.ts";
import { type MacAddress, MAC_LENGTH } from "./mac-address.ts";

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_VLAN = 0x8100;
const ETHERTYPE_PROVIDER_VLAN = 0x88a8;
/** Values below are lengths of IEEE 802.3 frames, not types. */
const SMALLEST_ETHERTYPE = 0x0600;

export const ETHERNET_HEADER_LENGTH = 14;

/** An untagged Ethernet II frame without its check sequence, as AF_PACKET gives and takes it. */
export interface EthernetFrame {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly etherType: number;
  /** May end in padding: frames on the wire have at least 46 bytes here. */
  readonly payload: Uint8Array;
}

/**
 * Splits a frame without copying: the parts share the memory of `bytes`. A VLAN tag makes the frame foreign, because it
 * belongs to the VLAN's own interface and must not be answered on this one.
 */
export function decodeEthernet(bytes: Uint8Array): Result<EthernetFrame, DecodeError> {
  if (bytes.length < ETHERNET_HEADER_LENGTH) {
    return err(decodeError("truncated", "the frame ends inside the Ethernet header"));
  }
  const etherType = ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0);
  if (etherType === ETHERTYPE_VLAN || etherType === ETHERTYPE_PROVIDER_VLAN) {
    return err(decodeError("foreign", "the frame carries a VLAN tag"));
  }
  if (etherType < SMALLEST_ETHERTYPE) {
    return err(decodeError("foreign", "the frame has a length where Ethernet II has a type"));
  }
  return ok({
    destination: bytes.subarray(0, MAC_LENGTH),
    source: bytes.subarray(MAC_LENGTH, 2 * MAC_LENGTH),
    etherType,
    payload: bytes.subarray(ETHERNET_HEADER_LENGTH),
  });
}

/** Builds the frame in new memory; padding to the minimum length is the driver's work. */
export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER_LENGTH + frame.payload.length);
  bytes.set(frame.destination.subarray(0, MAC_LENGTH), 0);
  bytes.set(frame.source.subarray(0, MAC_LENGTH), MAC_LENGTH);
  bytes[12] = frame.etherType >> 8;
  bytes[13] = frame.etherType & 0xff;
  bytes.set(frame.payload, ETHERNET_HEADER_LENGTH);
  return bytes;
}
