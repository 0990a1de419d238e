import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { icmpv6Checksum } from "./icmpv6-checksum.ts";
import { isMulticast } from "./ipv6-multicast.ts";
import { decodeIpv6, encodeIpv6, type Ipv6Packet } from "./ipv6.ts";
import { decodeNdp, encodeNdp, type NdpMessage } from "./ndp.ts";
import { anyIpv6, anyNdpOption, anyUnicastIpv6 } from "./testing/arbitraries.ts";
import { capturedFrames } from "./testing/captured-frames.ts";
import { fromHex, toHex } from "./testing/hex.ts";
import { ip } from "./testing/ip.ts";

const solicitation: NdpMessage = {
  kind: "solicitation",
  target: ip("2001:db8::2"),
  options: [{ kind: "source-link-layer-address", mac: fromHex("020000000a01") }],
};

const advertisement: NdpMessage = {
  kind: "advertisement",
  target: ip("2001:db8::2"),
  router: false,
  solicited: true,
  override: true,
  options: [{ kind: "target-link-layer-address", mac: fromHex("020000000b01") }],
};

const captured: [string, Uint8Array, NdpMessage][] = [
  ["solicitation", capturedFrames.solicitation, solicitation],
  ["advertisement", capturedFrames.solicitedAdvertisement, advertisement],
  [
    "advertisement without option",
    capturedFrames.shortAdvertisement,
    { ...advertisement, target: ip("2001:db8::1"), override: false, options: [] },
  ],
  [
    "probe for duplicates",
    capturedFrames.duplicateProbe,
    {
      kind: "solicitation",
      target: ip("2001:db8::2"),
      options: [{ kind: "other", type: 14, body: fromHex("b589b234773d") }],
    },
  ],
];

function packetOf(frame: Uint8Array): Ipv6Packet {
  const packet = decodeIpv6(frame.subarray(14));
  if (!packet.ok) throw new Error(packet.error.message);
  return packet.value;
}

/** The captured solicitation with a byte of its ICMPv6 message changed and the checksum put right again. */
function solicitationWith(
  changes: Readonly<Record<number, number>>,
  header: Partial<Ipv6Packet> = {},
): Ipv6Packet {
  const packet = { ...packetOf(capturedFrames.solicitation), ...header };
  const payload = packet.payload.slice();
  for (const [offset, value] of Object.entries(changes)) payload[Number(offset)] = value;
  payload.set([0, 0], 2);
  new DataView(payload.buffer).setUint16(2, icmpv6Checksum(packet.source, packet.destination, payload));
  return { ...packet, payload };
}

describe("neighbour discovery messages", () => {
  test.each(captured)("a captured %s, both ways", (_name, frame, message) => {
    const packet = packetOf(frame);
    expect(decodeNdp(packet)).toEqual({ ok: true, value: message });
    const encoded = encodeIpv6(encodeNdp(message, packet.source, packet.destination));
    expect(toHex(encoded)).toBe(toHex(frame.subarray(14)));
  });

  test("the helper of the next tests makes valid packets", () => {
    expect(decodeNdp(solicitationWith({}))).toEqual({ ok: true, value: solicitation });
  });

  // RFC 4861, section 7.1.1, and section 7.1.2 where it differs; RFC 4443 for the checksum.
  test.each([
    ["hop limit 254", solicitationWith({}, { hopLimit: 254 }), "malformed"],
    ["code 1", solicitationWith({ 1: 1 }), "malformed"],
    ["a multicast target", solicitationWith({ 8: 0xff }), "malformed"],
    ["an option of length 0", solicitationWith({ 25: 0 }), "malformed"],
    ["an option that overruns", solicitationWith({ 25: 2 }), "truncated"],
    [
      "a probe for duplicates to another group",
      solicitationWith({}, { source: ip("::"), destination: ip("ff02::1") }),
      "malformed",
    ],
    [
      "a probe for duplicates with link-layer address",
      solicitationWith({}, { source: ip("::") }),
      "malformed",
    ],
    ["a router solicitation", solicitationWith({ 0: 133 }), "foreign"],
    ["UDP", solicitationWith({}, { nextHeader: 17 }), "foreign"],
    ["an extension header", solicitationWith({}, { nextHeader: 0 }), "foreign"],
    ["an empty message", { ...solicitationWith({}), payload: new Uint8Array(0) }, "truncated"],
    [
      "a short message",
      { ...solicitationWith({}), payload: solicitationWith({}).payload.subarray(0, 23) },
      "truncated",
    ],
    [
      "a solicited advertisement to a group",
      encodeNdp(advertisement, ip("2001:db8::2"), ip("ff02::1")),
      "malformed",
    ],
  ])("refuses %s", (_name, packet, code) => {
    expect(decodeNdp(packet)).toMatchObject({ ok: false, error: { code } });
  });

  test("any single changed bit breaks the checksum or is refused for another reason", () => {
    const packet = packetOf(capturedFrames.solicitation);
    for (let bit = 0; bit < packet.payload.length * 8; bit += 1) {
      const payload = packet.payload.slice();
      payload[bit >> 3] = (payload[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeNdp({ ...packet, payload }).ok).toBe(false);
    }
  });

  test("cut at every length: refused", () => {
    const packet = packetOf(capturedFrames.solicitation);
    for (let length = 0; length < packet.payload.length; length += 1) {
      expect(decodeNdp({ ...packet, payload: packet.payload.subarray(0, length) }).ok).toBe(false);
    }
  });

  test("decode inverts encode", () => {
    const options = fc.array(anyNdpOption, { maxLength: 4 });
    const anyMessage: fc.Arbitrary<NdpMessage> = fc.oneof(
      fc.record({ kind: fc.constant("solicitation" as const), target: anyUnicastIpv6, options }),
      fc.record({
        kind: fc.constant("advertisement" as const),
        target: anyUnicastIpv6,
        router: fc.boolean(),
        solicited: fc.boolean(),
        override: fc.boolean(),
        options,
      }),
    );
    fc.assert(
      fc.property(anyMessage, anyUnicastIpv6, anyIpv6, (message, source, destination) => {
        fc.pre(message.kind === "solicitation" || !message.solicited || !isMulticast(destination));
        expect(decodeNdp(encodeNdp(message, source, destination))).toEqual({ ok: true, value: message });
      }),
    );
  });
});
