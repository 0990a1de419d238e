import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { runFilter } from "../../core/wire/filter/run-filter.ts";
import { onlyDefaultRoutes } from "./default-route-filter.ts";
import { readRouteMessages } from "./default-route-messages.ts";
import * as bytes from "./testing/route-bytes.ts";

const { attribute, concatenated, message, nextHop, route, word } = bytes;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const oif = (index: number) => attribute(4, word(index));
const read = (...parts: readonly Uint8Array[]) => readRouteMessages(concatenated(parts));

describe("reading routes", () => {
  test.each<[string, Uint8Array, number[], number[]]>([
    ["one link", route([attribute(5, Uint8Array.of(192, 0, 2, 1)), oif(7)]), [7], []],
    ["one link that is down", route([oif(7)], { flags: 1 }), [], [7]],
    [
      "several links, one of which is down",
      route([attribute(9, concatenated([nextHop(7), nextHop(8, 1), nextHop(9)]))]),
      [7, 9],
      [8],
    ],
    ["a next hop object alone", route([attribute(30, word(5))]), [], []],
  ])("a default route over %s", (_what, body, links, dead) => {
    expect(read(message(RTM_NEWROUTE, body, { sequence: 3 }))).toEqual({
      messages: [{ kind: "default-route", sequence: 3, links, dead }],
      interrupted: false,
      malformed: false,
    });
  });

  test.each<[string, Uint8Array]>([
    ["another destination", route([oif(7)], { length: 24 })],
    ["nowhere: unreachable", route([oif(1)], { type: 7 })],
    ["this host: local", route([oif(1)], { type: 2 })],
  ])("a route to %s is no default route", (_what, body) => {
    expect(read(message(RTM_NEWROUTE, body)).messages).toEqual([]);
  });

  test("several messages in one datagram, the end among them", () => {
    expect(
      read(
        message(RTM_NEWROUTE, route([oif(7)], { length: 8 }), { sequence: 2, flags: 0x12 }),
        bytes.defaultRoute(7, 2),
        bytes.done(2),
      ),
    ).toEqual({
      messages: [
        { kind: "default-route", sequence: 2, links: [7], dead: [] },
        { kind: "done", sequence: 2, errno: 0 },
      ],
      interrupted: true,
      malformed: false,
    });
  });

  test("events", () => {
    expect(
      read(
        message(RTM_DELROUTE, route([oif(7)])),
        message(RTM_DELROUTE, route([oif(7)], { length: 16 })),
        bytes.linkEvent(7, true),
        bytes.linkEvent(7, false),
        message(17, concatenated([new Uint8Array(4), word(8), word(1), new Uint8Array(4)])),
        bytes.addressGone(9),
      ).messages,
    ).toEqual([
      { kind: "default-route-gone" },
      { kind: "link-event", index: 7, what: "up" },
      { kind: "link-event", index: 7, what: "down" },
      { kind: "link-event", index: 8, what: "down" },
      { kind: "link-event", index: 9, what: "address-gone" },
    ]);
  });

  test("a refusal", () => {
    expect(read(message(2, word(-95), { sequence: 4 })).messages).toEqual([
      { kind: "done", sequence: 4, errno: 95 },
    ]);
  });

  test("what is cut or makes no sense is said, and never throws", () => {
    expect(readRouteMessages(bytes.defaultRoute(7).subarray(0, 20)).malformed).toBe(true);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        readRouteMessages(noise);
      }),
    );
    const whole = concatenated([
      message(RTM_NEWROUTE, route([attribute(9, concatenated([nextHop(7), nextHop(8)]))])),
      bytes.linkEvent(7, true),
    ]);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        readRouteMessages(Uint8Array.from(whole, (byte, index) => (index === at ? value : byte)));
      }),
    );
  });
});

describe("the filter of the event socket", () => {
  const passes = (datagram: Uint8Array) => runFilter(onlyDefaultRoutes, datagram, "host");

  test.each<[string, Uint8Array, boolean]>([
    ["a default route", bytes.defaultRoute(7), true],
    ["a default route that goes", message(RTM_DELROUTE, route([oif(7)])), true],
    ["another route", message(RTM_NEWROUTE, route([oif(7)], { length: 24 })), false],
    ["another route that goes", message(RTM_DELROUTE, route([oif(7)], { length: 24 })), false],
    ["a link", bytes.linkEvent(7, true), true],
    ["an address that goes", bytes.addressGone(7), true],
  ])("%s: %j passes", (_what, datagram, expected) => {
    expect(passes(datagram)).toBe(expected);
  });
});
