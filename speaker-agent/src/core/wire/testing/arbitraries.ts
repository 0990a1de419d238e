import { type IpAddress, ipAddress } from "@steelyard/model/address";
import fc from "fast-check";
import { type ArpPacket } from "../arp.ts";
import { type BfdControlPacket } from "../bfd.ts";
import { type EthernetFrame } from "../ethernet.ts";
import { type NdpOption } from "../ndp-options.ts";

/** Values of the codecs' types, for properties. */

export const anyMac = fc.uint8Array({ minLength: 6, maxLength: 6 });

export const anyIpv4: fc.Arbitrary<IpAddress> = fc
  .bigInt({ min: 0n, max: 0xffff_ffffn })
  .map((value) => ipAddress("IPv4", value));

export const anyIpv6: fc.Arbitrary<IpAddress> = fc
  .bigInt({ min: 0n, max: (1n << 128n) - 1n })
  .map((value) => ipAddress("IPv6", value));

export const anyUnicastIpv6 = anyIpv6.filter(({ value }) => value >> 120n !== 0xffn && value !== 0n);

export const anyArpPacket: fc.Arbitrary<ArpPacket> = fc.record({
  operation: fc.constantFrom("request", "reply"),
  senderMac: anyMac,
  senderAddress: anyIpv4,
  targetMac: anyMac,
  targetAddress: anyIpv4,
});

export const anyEthernetFrame: fc.Arbitrary<EthernetFrame> = fc.record({
  destination: anyMac,
  source: anyMac,
  etherType: fc.integer({ min: 0x0600, max: 0xffff }).filter((type) => type !== 0x8100 && type !== 0x88a8),
  payload: fc.uint8Array({ maxLength: 100 }),
});

export const anyNdpOption: fc.Arbitrary<NdpOption> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("source-link-layer-address" as const, "target-link-layer-address" as const),
    mac: anyMac,
  }),
  fc
    .record({ type: fc.integer({ min: 3, max: 255 }), units: fc.integer({ min: 1, max: 5 }) })
    .chain(({ type, units }) =>
      fc
        .uint8Array({ minLength: 8 * units - 2, maxLength: 8 * units - 2 })
        .map((body) => ({ kind: "other" as const, type, body })),
    ),
);

const anyWord = fc.nat(0xffff_ffff);

export const anyBfdPacket: fc.Arbitrary<BfdControlPacket> = fc
  .record({
    diagnostic: fc.nat(31),
    state: fc.constantFrom("admin-down", "down", "init", "up"),
    poll: fc.boolean(),
    final: fc.boolean(),
    controlPlaneIndependent: fc.boolean(),
    demand: fc.boolean(),
    detectMultiplier: fc.integer({ min: 1, max: 255 }),
    myDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
    yourDiscriminator: anyWord,
    desiredMinTx: anyWord,
    requiredMinRx: anyWord,
    requiredMinEchoRx: anyWord,
  })
  .filter(({ state, yourDiscriminator }) => yourDiscriminator > 0 || state.endsWith("down"));
