import { fromHex } from "./hex.ts";

/**
 * Frames of a Linux 6.18 kernel (192.0.2.2, 2001:db8::2 at 02:00:00:00:0b:01) talking to another one (192.0.2.1,
 * 2001:db8::1 at 02:00:00:00:0a:01) over a veth pair, taken from the wire with AF_PACKET.
 */
export const capturedFrames = {
  /** Who has 192.0.2.2? Broadcast. */
  arpRequest: fromHex(
    "ffffffffffff 02000000 0a01 0806 0001 0800 06 04 0001 020000000a01 c0000201 000000000000 c0000202",
  ),
  /** The unicast answer to it. */
  arpReply: fromHex(
    "020000000a01 020000000b01 0806 0001 0800 06 04 0002 020000000b01 c0000202 020000000a01 c0000201",
  ),
  /** A kernel checking an entry it already has: the same question, but unicast. */
  arpUnicastRequest: fromHex(
    "020000000a01 020000000b01 0806 0001 0800 06 04 0001 020000000b01 c0000202 000000000000 c0000201",
  ),
  /** Who has 2001:db8::2? To its solicited-node group, with the source link-layer address. */
  solicitation: fromHex(
    "3333ff000002 020000000a01 86dd 60000000 0020 3a ff 20010db8000000000000000000000001" +
      "ff0200000000000000000001ff000002 87 00 1227 00000000 20010db8000000000000000000000002 01 01 020000000a01",
  ),
  /** The answer: solicited, override, with the target link-layer address. */
  solicitedAdvertisement: fromHex(
    "020000000a01 020000000b01 86dd 60000000 0020 3a ff 20010db8000000000000000000000002" +
      "20010db8000000000000000000000001 88 00 7f72 60000000 20010db8000000000000000000000002 02 01 020000000b01",
  ),
  /** Is 2001:db8::1 still there? Unicast, from a link-local address. */
  reachabilityProbe: fromHex(
    "020000000a01 020000000b01 86dd 60000000 0020 3a ff fe80000000000000000000fffe000b01" +
      "20010db8000000000000000000000001 87 00 06ad 00000000 20010db8000000000000000000000001 01 01 020000000b01",
  ),
  /** The answer to that: solicited without override, because it names no link-layer address. */
  shortAdvertisement: fromHex(
    "020000000b01 020000000a01 86dd 60000000 0018 3a ff 20010db8000000000000000000000001" +
      "fe80000000000000000000fffe000b01 88 00 d3b6 40000000 20010db8000000000000000000000001",
  ),
  /** Does anybody have 2001:db8::2 already? From ::, with a nonce (option 14; RFC 7527) and no link-layer address. */
  duplicateProbe: fromHex(
    "3333ff000002 020000000b01 86dd 60000000 0020 3a ff 00000000000000000000000000000000" +
      "ff0200000000000000000001ff000002 87 00 5fe6 00000000 20010db8000000000000000000000002 0e 01 b589b234773d",
  ),
} as const;
