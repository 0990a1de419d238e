import { expect, test } from "@jest/globals";
import { ipAddress, type IpFamily, type IpPrefix, ipPrefix } from "@steelyard/model/address";
import fc from "fast-check";
import { encodeBgpMessage } from "./codec.ts";
import { encodedPrefixLength } from "./prefixes.ts";
import { anyAttributes, anyFamily } from "./testing/any-message.ts";
import { roomForAnnounced, roomForWithdrawn } from "./update-encode.ts";

const NOTHING = {
  kind: "update",
  withdrawn: [],
  announced: [],
  attributes: undefined,
  endOfRib: undefined,
} as const;

/** As many host routes as fit, and how many bytes they leave. */
function fill(family: IpFamily, room: number): { prefixes: readonly IpPrefix[]; left: number } {
  const length = family === "IPv4" ? 32 : 128;
  const one = encodedPrefixLength(ipPrefix(ipAddress(family, 0n), length));
  const count = Math.floor(room / one);
  const prefixes = Array.from({ length: count }, (_, index) =>
    ipPrefix(ipAddress(family, BigInt(index)), length),
  );
  return { prefixes, left: room - count * one };
}

test("what the room for announced routes allows fits into the message, and hardly more would", () => {
  const any = fc
    .tuple(anyFamily, fc.boolean())
    .chain(([family, fourByteAsn]) =>
      anyAttributes(family).map((attributes) => ({ family, fourByteAsn, attributes })),
    );
  fc.assert(
    fc.property(any, ({ family, fourByteAsn, attributes }) => {
      const room = roomForAnnounced(family, attributes, { fourByteAsn });
      const { prefixes, left } = fill(family, room);
      fc.pre(prefixes.length > 20);
      const bytes = encodeBgpMessage({ ...NOTHING, announced: prefixes, attributes }, { fourByteAsn });
      expect(bytes.length + left).toBe(4096);
    }),
    { numRuns: 200 },
  );
});

test.each(["IPv4", "IPv6"] as const)("the same of withdrawn routes of %s", (family) => {
  const { prefixes, left } = fill(family, roomForWithdrawn(family));
  const bytes = encodeBgpMessage({ ...NOTHING, withdrawn: prefixes }, { fourByteAsn: true });
  expect(bytes.length + left).toBe(4096);
  const [first] = prefixes;
  const more = first === undefined ? [] : [...prefixes, first];
  expect(() => encodeBgpMessage({ ...NOTHING, withdrawn: more }, { fourByteAsn: true })).toThrow(RangeError);
});

test("attributes that fill a message by themselves leave no room", () => {
  const attributes = {
    origin: "igp",
    asPath: Array.from({ length: 1100 }, () => 65000),
    nextHop: { address: ipAddress("IPv4", 1n) },
    localPref: undefined,
    communities: [],
  } as const;
  expect(roomForAnnounced("IPv4", attributes, { fourByteAsn: true })).toBe(0);
});

test.each([
  [0, 1],
  [1, 2],
  [8, 2],
  [9, 3],
  [32, 5],
])("a prefix of %i bits takes %i bytes", (length, bytes) => {
  expect(encodedPrefixLength(ipPrefix(ipAddress("IPv4", 0n), length))).toBe(bytes);
});
