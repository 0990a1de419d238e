import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeEthernet, ETHERTYPE_IPV4 } from "../ethernet.ts";
import { encodeIpv4Datagram } from "../ipv4-udp.ts";
import { anyIpv4, anyMac } from "../testing/arbitraries.ts";
import { ip } from "../testing/ip.ts";
import { bfdControlFilter, bfdEchoFilter } from "./bfd-filters.ts";
import { runFilter } from "./run-filter.ts";

describe("the filter of BFD control packets", () => {
  const anyPacket = fc.record({
    ttl: fc.oneof(fc.nat(255), fc.constantFrom(253, 254, 255)),
    version: fc.oneof(fc.constant(1), fc.nat(7)),
    diagnostic: fc.nat(31),
    discriminator: fc.oneof(fc.constant(0), fc.nat(0xffff_ffff)),
    length: fc.oneof(fc.nat(60), fc.constantFrom(23, 24, 52)),
  });

  test.each(["IPv4", "IPv6"] as const)(
    "keeps of %s what RFC 5880 would not discard by these fields",
    (family) => {
      fc.assert(
        fc.property(anyPacket, fc.integer({ min: 1, max: 255 }), (packet, minimumTtl) => {
          const { ttl, version, diagnostic, discriminator, length } = packet;
          const datagram = new Uint8Array(8 + Math.max(length, 8));
          const view = new DataView(datagram.buffer);
          view.setUint16(4, 8 + length);
          datagram[8] = (version << 5) | diagnostic;
          view.setUint32(12, discriminator);
          const header = new Uint8Array(40);
          header[family === "IPv4" ? 8 : 7] = ttl;
          expect(runFilter(bfdControlFilter(family, minimumTtl), datagram, "host", header)).toBe(
            ttl >= minimumTtl && version === 1 && discriminator !== 0 && length >= 24,
          );
        }),
        { numRuns: 1000 },
      );
    },
  );
});

describe("the filter of BFD echo packets", () => {
  const [local, router] = [ip("192.0.2.1"), ip("192.0.2.2")];
  const anyOf = fc.oneof(fc.constantFrom(local, router), anyIpv4);
  const anyFrame = fc.record({
    source: anyOf,
    destination: anyOf,
    ttl: fc.nat(255),
    sourcePort: fc.nat(0xffff),
    destinationPort: fc.oneof(fc.constantFrom(3784, 3785), fc.nat(0xffff)),
    payload: fc.uint8Array({ maxLength: 30 }),
    mac: anyMac,
  });

  test("keeps our own, and the router's control packets", () => {
    fc.assert(
      fc.property(anyFrame, ({ mac, ...datagram }) => {
        const frame = encodeEthernet({
          source: mac,
          destination: mac,
          etherType: ETHERTYPE_IPV4,
          payload: encodeIpv4Datagram(datagram),
        });
        const { source, destination, destinationPort: port } = datagram;
        const isEcho = source.value === local.value && port === 3785;
        const isControl = source.value === router.value && port === 3784;
        expect(runFilter(bfdEchoFilter(local, router), frame, "host")).toBe(
          destination.value === local.value && (isEcho || isControl),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
