import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeIpv4Datagram, encodeIpv4Datagram, headerChecksum } from "./ipv4-udp.ts";
import { anyIpv4 } from "./testing/arbitraries.ts";
import { guarded } from "./testing/guarded-bytes.ts";
import { toHex } from "./testing/hex.ts";
import { ip } from "./testing/ip.ts";

const port = fc.nat(0xffff);
const anyDatagram = fc.record({
  source: anyIpv4,
  destination: anyIpv4,
  ttl: fc.nat(255),
  sourcePort: port,
  destinationPort: port,
  payload: fc.uint8Array({ maxLength: 100 }),
});

describe("UDP in IPv4", () => {
  test("one with every field", () => {
    const bytes = encodeIpv4Datagram({
      source: ip("192.0.2.1"),
      destination: ip("192.0.2.2"),
      ttl: 255,
      sourcePort: 49_152,
      destinationPort: 3785,
      payload: Uint8Array.of(1, 2),
    });
    expect(toHex(bytes)).toBe(
      "45 c0 00 1e 00 00 00 00 ff 11 37 0b c0 00 02 01 c0 00 02 02 c0 00 0e c9 00 0a 00 00 01 02".replaceAll(
        " ",
        "",
      ),
    );
  });

  test("decoding gives back what was encoded, and leaves padding out", () => {
    fc.assert(
      fc.property(anyDatagram, fc.nat(30), (datagram, padding) => {
        const bytes = encodeIpv4Datagram(datagram);
        expect(headerChecksum(bytes)).toBe(0);
        const padded = Uint8Array.of(...bytes, ...new Uint8Array(padding));
        expect(decodeIpv4Datagram(padded)).toEqual({ ok: true, value: datagram });
      }),
    );
  });

  test("decoding never throws, whatever comes", () => {
    const mutated = fc.tuple(anyDatagram, fc.nat(29), fc.nat(255)).map(([datagram, at, byte]) => {
      const bytes = encodeIpv4Datagram(datagram);
      bytes[at] = byte;
      return bytes.subarray(0, bytes.length - (byte & 7));
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        const decoded = decodeIpv4Datagram(guarded(bytes));
        if (decoded.ok) expect(decoded.value.payload.length).toBeLessThanOrEqual(bytes.length - 28);
      }),
    );
  });

  test.each<[string, number, number]>([
    ["another version", 0, 0x65],
    ["options", 0, 0x46],
    ["a fragment", 7, 1],
    ["more fragments to come", 6, 0x20],
    ["another protocol", 9, 6],
    ["a length below the header's", 25, 7],
    ["a length beyond the frame", 24, 1],
  ])("%s is refused", (_title, at, byte) => {
    const bytes = encodeIpv4Datagram({
      source: ip("192.0.2.1"),
      destination: ip("192.0.2.2"),
      ttl: 255,
      sourcePort: 1,
      destinationPort: 2,
      payload: new Uint8Array(4),
    });
    bytes[at] = byte;
    expect(decodeIpv4Datagram(bytes).ok).toBe(false);
  });
});
