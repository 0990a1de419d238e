import { expect, test } from "@jest/globals";
import { formatIpPrefix, type IpFamily } from "@steelyard/model/address";
import { type BgpCommunity } from "@steelyard/model/config";
import fc from "fast-check";
import { compareTables } from "./compare-tables.ts";
import { Conversation } from "./testing/conversation.ts";
import { address, external, manyRoutes, route, table } from "./testing/routes.ts";
import { describe as describeAttributes } from "./testing/router.ts";
import {
  type ClothedTable,
  type Look,
  type NextHops,
  type RibOutInput,
  type RibSession,
  type Route,
  type RouteTable,
} from "./types.ts";

const communities: readonly (readonly BgpCommunity[])[] = [
  [],
  [{ size: "standard", global: 64512, local: 1 }],
  [
    { size: "standard", global: 64512, local: 1 },
    { size: "large", global: 1, local1: 2, local2: 3 },
  ],
];

const anyRoute: fc.Arbitrary<Route> = fc
  .record({
    six: fc.boolean(),
    host: fc.integer({ min: 1, max: 6 }),
    short: fc.boolean(),
    localPref: fc.constantFrom(0, 100, 200),
    asPathPrepend: fc.constantFrom(0, 1),
    communities: fc.constantFrom(...communities),
  })
  .map(({ six, host, short, ...attributes }) => {
    const text = six ? `2001:db8:${host}::/${short ? 48 : 128}` : `10.0.0.${host}/${short ? 30 : 32}`;
    return route(text, attributes);
  });

const anyTable: fc.Arbitrary<RouteTable> = fc
  .uniqueArray(anyRoute, { maxLength: 12, selector: ({ prefix }) => formatIpPrefix(prefix) })
  .map((routes) => table(...routes));

const anyNextHops: fc.Arbitrary<NextHops> = fc.constantFrom(
  {},
  { IPv4: address("192.0.2.1") },
  { IPv4: address("192.0.2.2"), IPv6: { address: address("2001:db8::1") } },
  { IPv6: { address: address("2001:db8::1"), linkLocal: address("fe80::1") } },
);

const anySession: fc.Arbitrary<RibSession> = fc.record({
  localAsn: fc.constantFrom(64512, 4_200_000_000),
  internal: fc.boolean(),
  families: fc.constantFrom<readonly IpFamily[]>(["IPv4"], ["IPv6"], ["IPv4", "IPv6"]),
  extendedNextHop: fc.boolean(),
  enhancedRouteRefresh: fc.boolean(),
  nextHops: anyNextHops,
});

type Event = RibOutInput | { readonly kind: "wait"; readonly millis: number };

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("routes" as const), routes: anyTable }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("established" as const), session: anySession }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("next-hops" as const), nextHops: anyNextHops }) },
  { weight: 1, arbitrary: fc.constant({ kind: "down" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("refresh" as const),
      family: fc.constantFrom<IpFamily>("IPv4", "IPv6"),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: "writable" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "graceful-shutdown" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), millis: fc.integer({ min: 1, max: 400 }) }),
  },
);

/** What a router is to have, said once more and as simply as can be. */
function expected(wanted: RouteTable, session: RibSession, leaving: boolean): ReadonlyMap<string, string> {
  const entries = wanted.flatMap((one): [string, string][] => {
    const { family } = one.prefix.network;
    const { nextHops, extendedNextHop, internal, localAsn } = session;
    const v4 = nextHops.IPv4 && { address: nextHops.IPv4 };
    const nextHop = family === "IPv6" ? nextHops.IPv6 : extendedNextHop && nextHops.IPv6 ? nextHops.IPv6 : v4;
    if (!session.families.includes(family) || nextHop === undefined) return [];
    const shutdown: readonly BgpCommunity[] = leaving ? [{ size: "standard", global: 65535, local: 0 }] : [];
    const standard = one.communities.filter(({ size }) => size === "standard");
    const large = one.communities.filter(({ size }) => size === "large");
    const words = describeAttributes({
      origin: "igp",
      asPath: internal ? [] : [localAsn, ...Array.from({ length: one.asPathPrepend }, () => localAsn)],
      nextHop,
      localPref: internal ? (leaving ? 0 : one.localPref || 100) : undefined,
      communities: leaving ? [...large, ...standard, ...shutdown] : one.communities,
    });
    return [[formatIpPrefix(one.prefix), words]];
  });
  return new Map(entries);
}

test.each([
  { routeDelay: 0, batchBytes: 1 },
  { routeDelay: 0, batchBytes: 300 },
  { routeDelay: 300, batchBytes: 0x10000 },
])("after any history the router has what is wanted (%j)", (options) => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      const conversation = new Conversation(options);
      let wanted: RouteTable | undefined;
      let leaving = false;
      for (const event of events) {
        if (event.kind === "wait") {
          conversation.now += event.millis;
          conversation.tell({ kind: "timer" });
          continue;
        }
        if (event.kind === "routes") wanted = event.routes;
        if (event.kind === "graceful-shutdown") leaving = true;
        conversation.tell(event);
        expect(conversation.router.complaints).toEqual([]);
        if (wanted === undefined) expect(conversation.router.updates).toBe(0);
      }
      conversation.now += options.routeDelay;
      conversation.flush({ kind: "timer" });
      conversation.flush({ kind: "writable" });
      const { session } = conversation.state;
      expect(conversation.router.complaints).toEqual([]);
      if (session === undefined || wanted === undefined) return;
      expect(conversation.router.table).toEqual(expected(wanted, session.terms, leaving));
      expect([...conversation.router.endOfRib].sort()).toEqual(session.terms.families);
      expect(session.settled).toBe(true);
      // The same a second time, and made anew.
      expect(conversation.flush({ kind: "routes", routes: wanted.map((one) => ({ ...one })) })).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test("to withdrawn routes nothing is said, and of each prefix the last word counts, whatever is on its way", () => {
  fc.assert(
    fc.property(fc.array(anyTable, { minLength: 1, maxLength: 8 }), (tables) => {
      const conversation = new Conversation();
      conversation.tell({ kind: "established", session: external });
      for (const routes of tables) conversation.tell({ kind: "routes", routes });
      conversation.flush({ kind: "writable" });
      expect(conversation.router.complaints).toEqual([]);
      expect(conversation.router.table).toEqual(expected(tables.at(-1) ?? [], external, false));
    }),
  );
});

test("UPDATEs: at most one per 50 prefixes of equal attributes, however many change", () => {
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 4000 }), fc.integer({ min: 1, max: 3 }), (changed, looks) => {
      const conversation = new Conversation();
      conversation.tell({ kind: "routes", routes: manyRoutes(4000) });
      conversation.flush({ kind: "established", session: external });
      const before = conversation.state.updatesSent;
      const attributes = (index: number) => ({ asPathPrepend: index < changed ? 1 + (index % looks) : 0 });
      conversation.flush({ kind: "routes", routes: manyRoutes(4000, attributes) });
      expect(conversation.state.updatesSent - before).toBeLessThanOrEqual(looks + changed / 50);
    }),
    { numRuns: 20 },
  );
});

const looksByName = new Map(
  ["a", "b"].map((key): [string, Look] => {
    const attributes = { origin: "igp", asPath: [], nextHop: { address: address("192.0.2.1") } } as const;
    return [key, { key, attributes: { ...attributes, localPref: undefined, communities: [] }, room: 1000 }];
  }),
);

const anyClothed: fc.Arbitrary<ClothedTable> = anyTable.chain((routes) =>
  fc
    .array(fc.constantFrom("a", "b", "again"), { minLength: routes.length, maxLength: routes.length })
    .map((names) => ({ routes, looks: names.map((name) => looksByName.get(name)) })),
);

/** The difference without any order in the tables. */
function dumbDifference(target: ClothedTable, advertised: ClothedTable) {
  const by = ({ routes, looks }: ClothedTable) =>
    new Map(routes.map(({ prefix }, index) => [formatIpPrefix(prefix), { index, look: looks[index] }]));
  const [to, from] = [by(target), by(advertised)];
  return {
    announcements: [...to].flatMap(([prefix, { index, look }]) => {
      const had = from.get(prefix)?.look;
      return had !== undefined && had.key === look?.key ? [] : [index];
    }),
    withdrawals: [...from].flatMap(([prefix, { index }]) => (to.has(prefix) ? [] : [index])),
  };
}

test("the difference of two tables is that of two sets", () => {
  fc.assert(
    fc.property(anyClothed, anyClothed, (target, advertised) => {
      expect(compareTables(target, advertised)).toEqual(dumbDifference(target, advertised));
    }),
    { numRuns: 500 },
  );
});
