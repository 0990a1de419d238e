import { ADDRESS_BITS, type IpFamily, type IpPrefix, ipPrefix } from "@steelyard/model/address";
import { type BgpCommunity } from "@steelyard/model/config";
import fc from "fast-check";
import { anyIpv4, anyIpv6 } from "../../testing/arbitraries.ts";
import {
  type BgpCapability,
  type BgpMessage,
  type BgpNextHop,
  type BgpOpenMessage,
  type BgpPathAttributes,
  type BgpUpdateMessage,
} from "../messages.ts";

/** Values that the codec gives back as they were: what the wire cannot tell is not in them. */

const u16 = fc.nat(0xffff);
const u32 = fc.oneof(fc.nat(300), fc.nat(0x2_0000), fc.nat(0xffff_ffff));
const asn = u32.map((number) => Math.max(1, number));
export const anyFamily = fc.constantFrom<IpFamily>("IPv4", "IPv6");

export function anyPrefix(family: IpFamily): fc.Arbitrary<IpPrefix> {
  const address = family === "IPv4" ? anyIpv4 : anyIpv6;
  return fc
    .tuple(address, fc.nat(ADDRESS_BITS[family]))
    .map(([network, length]) => ipPrefix(network, length));
}

const extendedNextHop: fc.Arbitrary<BgpCapability> = fc.record({
  kind: fc.constant("extended-next-hop" as const),
  family: anyFamily,
  nextHop: anyFamily,
});
const gracefulRestart: fc.Arbitrary<BgpCapability> = fc.record({
  kind: fc.constant("graceful-restart" as const),
  restarting: fc.boolean(),
  notification: fc.boolean(),
  restartTimeSeconds: fc.nat(4095),
  families: fc.array(fc.record({ family: anyFamily, forwarding: fc.boolean() }), { maxLength: 4 }),
});
const unknown: fc.Arbitrary<BgpCapability> = fc.record({
  kind: fc.constant("unknown" as const),
  code: fc.integer({ min: 71, max: 255 }),
  value: fc.oneof(
    { weight: 9, arbitrary: fc.uint8Array({ maxLength: 20 }) },
    fc.uint8Array({ maxLength: 255 }),
  ),
});
const capability: fc.Arbitrary<BgpCapability> = fc.oneof(
  fc.record({ kind: fc.constant("multiprotocol" as const), family: anyFamily }),
  fc.constant<BgpCapability>({ kind: "route-refresh" }),
  fc.constant<BgpCapability>({ kind: "enhanced-route-refresh" }),
  extendedNextHop,
  gracefulRestart,
  unknown,
);

export const anyOpen: fc.Arbitrary<BgpOpenMessage> = fc
  .record({
    kind: fc.constant("open" as const),
    asn,
    holdTimeSeconds: u16.filter((seconds) => seconds !== 1 && seconds !== 2),
    routerId: asn,
    capabilities: fc.array(capability, { maxLength: 12, size: "max" }),
  })
  .map((open) => ({
    ...open,
    capabilities: [{ kind: "four-byte-asn", asn: open.asn }, ...open.capabilities],
  }));

const standard: fc.Arbitrary<BgpCommunity> = fc.record({
  size: fc.constant("standard" as const),
  global: u16,
  local: u16,
});
const large: fc.Arbitrary<BgpCommunity> = fc.record({
  size: fc.constant("large" as const),
  global: u32,
  local1: u32,
  local2: u32,
});
const communities = fc
  .tuple(fc.array(standard, { maxLength: 70 }), fc.array(large, { maxLength: 30 }))
  .map((lists) => lists.flat());

const anyIpv6NextHop: fc.Arbitrary<BgpNextHop> = fc
  .tuple(anyIpv6, fc.option(anyIpv6, { nil: undefined }))
  .map(([address, linkLocal]) => (linkLocal === undefined ? { address } : { address, linkLocal }));
const anyIpv4NextHop: fc.Arbitrary<BgpNextHop> = anyIpv4.map((address) => ({ address }));

export function anyAttributes(family: IpFamily): fc.Arbitrary<BgpPathAttributes> {
  return fc.record({
    origin: fc.constantFrom("igp" as const, "egp" as const, "incomplete" as const),
    asPath: fc.oneof(fc.array(asn, { maxLength: 12 }), fc.array(asn, { maxLength: 300, size: "max" })),
    nextHop: family === "IPv6" ? anyIpv6NextHop : fc.oneof(anyIpv4NextHop, anyIpv6NextHop),
    localPref: fc.option(u32, { nil: undefined }),
    communities,
  });
}

const NOTHING = {
  kind: "update",
  withdrawn: [],
  announced: [],
  attributes: undefined,
  endOfRib: undefined,
} as const;

/** As we send them: of one kind, and of one family. */
export const anyUpdate: fc.Arbitrary<BgpUpdateMessage> = anyFamily.chain((family) => {
  const prefixes = fc.array(anyPrefix(family), { minLength: 1, maxLength: 60 });
  return fc.oneof(
    prefixes.map((withdrawn) => ({ ...NOTHING, withdrawn })),
    fc
      .tuple(prefixes, anyAttributes(family))
      .map(([announced, attributes]) => ({ ...NOTHING, announced, attributes })),
    fc.constant({ ...NOTHING, endOfRib: family }),
  );
});

export const anyBgpMessage: fc.Arbitrary<BgpMessage> = fc.oneof(
  anyOpen,
  anyUpdate,
  fc.constant<BgpMessage>({ kind: "keepalive" }),
  fc.record({
    kind: fc.constant("notification" as const),
    code: fc.nat(255),
    subcode: fc.nat(255),
    data: fc.uint8Array({ maxLength: 200 }),
  }),
  fc.record({
    kind: fc.constant("route-refresh" as const),
    family: anyFamily,
    subtype: fc.constantFrom("request" as const, "begin" as const, "end" as const),
  }),
);
