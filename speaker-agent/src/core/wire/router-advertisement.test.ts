import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { icmpv6Checksum } from "./icmpv6-checksum.ts";
import { type Ipv6Packet } from "./ipv6.ts";
import { decodeRouterDiscovery, routerAdvertisement, routerSolicitation } from "./router-advertisement.ts";
import { guarded } from "./testing/guarded-bytes.ts";
import { fromHex, toHex } from "./testing/hex.ts";
import { ip } from "./testing/ip.ts";

const mac = fromHex("020000000a01");
const ours = ip("fe80::a");
const router = ip("fe80::1");
const everyone = ip("ff02::1");

/** A packet around a message, with the checksum put in. */
function packet(message: string, changes: Partial<Ipv6Packet> = {}): Ipv6Packet {
  const payload = fromHex(message);
  const whole = { source: router, destination: everyone, hopLimit: 255, nextHeader: 58, payload, ...changes };
  const checksum = icmpv6Checksum(whole.source, whole.destination, payload);
  payload.set([checksum >> 8, checksum & 0xff], 2);
  return whole;
}

const HEAD = "86 00 0000 40 00 001e 00000000 00000000";

describe("advertisements of routers", () => {
  test.each([
    ["nothing more", HEAD, 30, undefined],
    ["no default router", "86 00 0000 40 00 0000 00000000 00000000", 0, undefined],
    ["its MAC and its interval", `${HEAD} 01 01 020000000b01 07 01 0000 00002710`, 30, 10_000],
    [
      "a prefix",
      `${HEAD} 03 04 40c0 00015180 00003840 00000000 20010db8000000000000000000000000`,
      30,
      undefined,
    ],
  ])("with %s", (_what, message, lifetimeSeconds, interval) => {
    expect(decodeRouterDiscovery(packet(message))).toEqual({
      ok: true,
      value: { kind: "router-advertisement", from: router, lifetimeSeconds, interval },
    });
  });

  test.each([
    ["foreign", HEAD, { nextHeader: 17 }],
    ["foreign", HEAD.replace("86", "88"), {}],
    ["truncated", HEAD.slice(0, -2), {}],
    ["malformed", HEAD, { hopLimit: 254 }],
    ["malformed", HEAD, { source: ip("2001:db8::1") }],
    ["malformed", HEAD.replace("86 00", "86 01"), {}],
    ["malformed", `${HEAD} 01 00 020000000b01`, {}],
    ["truncated", `${HEAD} 01 02 020000000b01`, {}],
  ])("are %s: %s %j", (code, message, changes) => {
    expect(decodeRouterDiscovery(packet(message, changes))).toMatchObject({ ok: false, error: { code } });
  });

  test("are damaged when the checksum does not fit", () => {
    const damaged = { ...packet(HEAD), destination: ours };
    expect(decodeRouterDiscovery(damaged)).toMatchObject({ ok: false, error: { code: "checksum" } });
  });
});

describe("solicitations", () => {
  test("tell who asks", () => {
    const question = packet("85 00 0000 00000000 01 01 020000000b01", { destination: ip("ff02::2") });
    expect(decodeRouterDiscovery(question)).toEqual({
      ok: true,
      value: { kind: "router-solicitation", from: router },
    });
  });

  test("may come from a host without an address, which then cannot name itself", () => {
    const source = ip("::");
    expect(decodeRouterDiscovery(packet("85 00 0000 00000000", { source }))).toMatchObject({ ok: true });
    const named = packet("85 00 0000 00000000 01 01 020000000b01", { source });
    expect(decodeRouterDiscovery(named)).toMatchObject({ ok: false, error: { code: "malformed" } });
  });
});

describe("ours", () => {
  test("make no host take this node for its router", () => {
    const advertisement = routerAdvertisement(ours, mac);
    expect(advertisement).toMatchObject({
      source: ours,
      destination: everyone,
      hopLimit: 255,
      nextHeader: 58,
    });
    // Type, code; hop limit, flags, lifetime, both times: all zero.
    expect(toHex(advertisement.payload).replace(/^(.{4}).{4}/, "$1....")).toBe(
      "8600....0000000000000000000000000101020000000a01",
    );
    expect(decodeRouterDiscovery(advertisement)).toEqual({
      ok: true,
      value: { kind: "router-advertisement", from: ours, lifetimeSeconds: 0, interval: undefined },
    });
  });

  test("ask all routers", () => {
    const question = routerSolicitation(ours, mac);
    expect(question.destination).toEqual(ip("ff02::2"));
    expect(decodeRouterDiscovery(question)).toEqual({
      ok: true,
      value: { kind: "router-solicitation", from: ours },
    });
  });
});

test("never throws, and never reads past the end", () => {
  const samples = [
    `${HEAD} 01 01 020000000b01 07 01 0000 00002710`,
    "85 00 0000 00000000 01 01 020000000b01",
  ];
  const anyPayload = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(
        fc.constantFrom(...samples),
        fc.nat(40),
        fc.array(fc.tuple(fc.nat(39), fc.nat(255)), { maxLength: 4 }),
      )
      .map(([sample, length, changes]) => {
        const bytes = fromHex(sample).slice(0, length);
        for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
        return bytes;
      }),
  );
  fc.assert(
    fc.property(anyPayload, fc.boolean(), (bytes, isSound) => {
      const payload = bytes.slice();
      const sum = icmpv6Checksum(router, everyone, payload);
      if (isSound && payload.length >= 4) {
        payload.set([0, 0], 2);
        const right = icmpv6Checksum(router, everyone, payload);
        payload.set([right >> 8, right & 0xff], 2);
      }
      expect(sum).toBeLessThanOrEqual(0xffff);
      const whole = { source: router, destination: everyone, hopLimit: 255, nextHeader: 58 };
      expect(() => decodeRouterDiscovery({ ...whole, payload: guarded(payload) })).not.toThrow();
    }),
    { numRuns: 1000 },
  );
});
