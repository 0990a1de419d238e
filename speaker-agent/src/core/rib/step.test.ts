import { describe, expect, test } from "@jest/globals";
import { formatIpPrefix } from "@steelyard/model/address";
import { reportRibOut } from "./report.ts";
import { isAdvertised } from "./step.ts";
import { Conversation } from "./testing/conversation.ts";
import { address, external, manyRoutes, prefix, route, table } from "./testing/routes.ts";
import { type RibMessage, type RibOutInput, type RibSession, type RouteTable } from "./types.ts";

const routes = (wanted: RouteTable): RibOutInput => ({ kind: "routes", routes: wanted });
const established = (changes: Partial<RibSession> = {}): RibOutInput => ({
  kind: "established",
  session: { ...external, ...changes },
});
const writable: RibOutInput = { kind: "writable" };

const one = route("10.0.0.1/32");
const two = route("10.0.0.2/32");
const six = route("2001:db8:1::1/128");

/** One word a message. */
function words(messages: readonly RibMessage[]): readonly string[] {
  return messages.map((message) => {
    if (message.kind === "route-refresh") return `${message.subtype} ${message.family}`;
    if (message.endOfRib !== undefined) return `end-of-rib ${message.endOfRib}`;
    const change = (sign: string, list: typeof message.announced) =>
      list.map((one) => `${sign}${formatIpPrefix(one)}`);
    return [...change("-", message.withdrawn), ...change("+", message.announced)].join(" ");
  });
}

function up(wanted: RouteTable, changes: Partial<RibSession> = {}): Conversation {
  const conversation = new Conversation();
  conversation.tell(routes(wanted));
  conversation.flush(established(changes));
  return conversation;
}

describe("the first table", () => {
  test("is sent with End-of-RIB of each family behind it", () => {
    const conversation = new Conversation();
    conversation.tell(routes(table(one, two, six)));
    expect(words(conversation.flush(established()))).toEqual([
      "+10.0.0.1/32 +10.0.0.2/32",
      "+2001:db8:1::1/128",
      "end-of-rib IPv4",
      "end-of-rib IPv6",
    ]);
  });

  test("may come after the session: until then there is no word, and no End-of-RIB", () => {
    const conversation = new Conversation();
    expect(conversation.tell(established())).toEqual([]);
    expect(words(conversation.flush(routes([])))).toEqual(["end-of-rib IPv4", "end-of-rib IPv6"]);
  });

  test("goes without the family that was not negotiated, and without its End-of-RIB", () => {
    const conversation = new Conversation();
    conversation.tell(routes(table(one, six)));
    expect(words(conversation.flush(established({ families: ["IPv4"] })))).toEqual([
      "+10.0.0.1/32",
      "end-of-rib IPv4",
    ]);
    expect(reportRibOut(conversation.state).unsendable).toEqual([
      { family: "IPv6", routes: 1, because: "the session does not carry IPv6" },
    ]);
  });
});

describe("one batch is on its way at a time", () => {
  test("what comes meanwhile is put together", () => {
    const conversation = new Conversation();
    conversation.tell(established());
    expect(conversation.tell(routes(table(one)))).toHaveLength(1);
    expect(conversation.tell(routes(table(one, two)))).toEqual([]);
    expect(conversation.tell(routes(table(two)))).toEqual([]);
    const [effect] = conversation.tell(writable);
    expect(effect?.kind === "send" && words(effect.messages)).toEqual(["-10.0.0.1/32", "+10.0.0.2/32"]);
    expect(conversation.tell(writable)).toEqual([{ kind: "settled" }]);
    expect(conversation.tell(writable)).toEqual([]);
  });

  test("a route that came and went meanwhile is never mentioned", () => {
    const conversation = new Conversation();
    conversation.tell(established());
    conversation.tell(routes(table(one)));
    conversation.tell(routes(table(one, two)));
    conversation.tell(routes(table(one)));
    expect(conversation.tell(writable)).toEqual([{ kind: "settled" }]);
  });

  test("a batch ends at 64 KiB", () => {
    const conversation = new Conversation();
    conversation.tell(routes(manyRoutes(3000, (index) => ({ localPref: 1 + (index % 1500) }))));
    const [effect] = conversation.tell(established({ internal: true }));
    const size = effect?.kind === "send" ? effect.messages.length : 0;
    expect(size).toBeGreaterThan(10);
    expect(size).toBeLessThan(1500);
    expect(reportRibOut(conversation.state).pending).toBeGreaterThan(500);
    conversation.flush(writable);
    expect(conversation.router.table.size).toBe(3000);
    expect(conversation.router.complaints).toEqual([]);
  });
});

describe("a change", () => {
  test("sends withdrawals first, then what is new or looks otherwise", () => {
    const conversation = up(table(one, two, six));
    const changed = route("10.0.0.2/32", { asPathPrepend: 1 });
    expect(words(conversation.flush(routes(table(changed, route("10.0.0.3/32")))))).toEqual([
      "-10.0.0.1/32",
      "-2001:db8:1::1/128",
      "+10.0.0.2/32",
      "+10.0.0.3/32",
    ]);
  });

  test("to equal routes sends nothing", () => {
    const conversation = up(table(one, two, six));
    const equal = table(route("10.0.0.1/32"), route("10.0.0.2/32"), route("2001:db8:1::1/128"));
    expect(conversation.flush(routes(equal))).toEqual([]);
  });

  test("of ten thousand routes at once takes few messages", () => {
    const conversation = up(manyRoutes(10_000));
    const before = conversation.state.updatesSent;
    expect(before).toBeLessThanOrEqual(10_000 / 50);
    conversation.flush(routes(manyRoutes(10_000, (index) => ({ asPathPrepend: index < 1000 ? 2 : 0 }))));
    expect(conversation.state.updatesSent - before).toBeLessThanOrEqual(1000 / 50);
  });
});

describe("attributes", () => {
  const communities = [
    { size: "standard", global: 64512, local: 7 },
    { size: "large", global: 64512, local1: 1, local2: 2 },
  ] as const;
  const plain = table(route("10.0.0.1/32", { localPref: 200, asPathPrepend: 2, communities }));
  const look = (wanted: RouteTable, changes: Partial<RibSession>) =>
    up(wanted, changes).router.table.get("10.0.0.1/32");

  test.each<[string, Partial<RibSession>, string]>([
    [
      "to another AS: our number once and asPathPrepend times more, no LOCAL_PREF (RFC 4271 5.1.2, 5.1.5)",
      {},
      "path 64512 64512 64512, via 192.0.2.1, 64512:7, large:64512:1:2",
    ],
    [
      "within the AS: an empty path and LOCAL_PREF (RFC 4271 5.1.2, 5.1.5)",
      { internal: true },
      "path, via 192.0.2.1, pref 200, 64512:7, large:64512:1:2",
    ],
    [
      "with RFC 8950: the IPv6 next hop",
      { extendedNextHop: true },
      "path 64512 64512 64512, via 2001:db8::1, 64512:7, large:64512:1:2",
    ],
    [
      "with RFC 8950 and without an IPv6 next hop: the IPv4 one",
      { extendedNextHop: true, nextHops: { IPv4: address("192.0.2.1") } },
      "path 64512 64512 64512, via 192.0.2.1, 64512:7, large:64512:1:2",
    ],
  ])("%s", (_what, changes, expected) => {
    expect(look(plain, changes)).toBe(expected);
  });

  test("that leave no room for a prefix are not sent, and it is said why", () => {
    const many = Array.from({ length: 400 }, (_unused, local2) => ({
      ...communities[1],
      local2,
    }));
    const conversation = up(table(route("10.0.0.1/32", { communities: many }), two));
    expect([...conversation.router.table.keys()]).toEqual(["10.0.0.2/32"]);
    expect(reportRibOut(conversation.state).unsendable).toEqual([
      {
        family: "IPv4",
        routes: 1,
        because: "they have more communities than a message of 4096 bytes can hold",
      },
    ]);
  });

  test("LOCAL_PREF is never left out within the AS: 100 unless something else is asked for", () => {
    expect(look(table(one), { internal: true })).toBe("path, via 192.0.2.1, pref 100");
  });
});

describe("next hops", () => {
  const nextHops = { IPv4: address("192.0.2.1"), IPv6: { address: address("2001:db8::2") } };

  test("that change announce again what they touch", () => {
    const conversation = up(table(one, six));
    expect(words(conversation.flush({ kind: "next-hops", nextHops }))).toEqual(["+2001:db8:1::1/128"]);
    expect(conversation.flush({ kind: "next-hops", nextHops: { ...nextHops } })).toEqual([]);
  });

  test("that are lost take the family back, and it comes again with them", () => {
    const conversation = up(table(one, six));
    const without = { kind: "next-hops", nextHops: { IPv4: address("192.0.2.1") } } as const;
    expect(words(conversation.flush(without))).toEqual(["-2001:db8:1::1/128"]);
    expect(reportRibOut(conversation.state)).toMatchObject({
      advertised: 1,
      pending: 0,
      unsendable: [
        {
          family: "IPv6",
          routes: 1,
          because: "this node has no IPv6 address that the router could reach it by",
        },
      ],
    });
    expect(words(conversation.flush({ kind: "next-hops", nextHops }))).toEqual(["+2001:db8:1::1/128"]);
  });
});

describe("a refresh (RFC 2918)", () => {
  test("sends the family again, whole, without a second End-of-RIB", () => {
    const conversation = up(table(one, two, six));
    expect(words(conversation.flush({ kind: "refresh", family: "IPv4" }))).toEqual([
      "+10.0.0.1/32 +10.0.0.2/32",
    ]);
  });

  test("stands between BoRR and EoRR when that was negotiated (RFC 7313)", () => {
    const conversation = up(table(one, six), { enhancedRouteRefresh: true });
    expect(words(conversation.flush({ kind: "refresh", family: "IPv6" }))).toEqual([
      "begin IPv6",
      "+2001:db8:1::1/128",
      "end IPv6",
    ]);
    expect(conversation.router.table.size).toBe(2);
  });

  test("waits for End-of-RIB (RFC 7313, section 4)", () => {
    const conversation = new Conversation();
    conversation.tell(established({ enhancedRouteRefresh: true }));
    conversation.tell({ kind: "refresh", family: "IPv4" });
    expect(words(conversation.flush(routes(table(one))))).toEqual([
      "+10.0.0.1/32",
      "end-of-rib IPv4",
      "end-of-rib IPv6",
      "begin IPv4",
      "+10.0.0.1/32",
      "end IPv4",
    ]);
  });

  test("still withdraws what is not wanted any more", () => {
    const conversation = up(table(one, two));
    conversation.tell({ kind: "refresh", family: "IPv4" });
    conversation.tell(routes(table(one)));
    conversation.flush(writable);
    expect([...conversation.router.table.keys()]).toEqual(["10.0.0.1/32"]);
    expect(conversation.router.complaints).toEqual([]);
  });

  test("of a family that is not spoken is passed over", () => {
    const conversation = up(table(one), { families: ["IPv4"] });
    expect(conversation.flush({ kind: "refresh", family: "IPv6" })).toEqual([]);
  });
});

describe("graceful shutdown (RFC 8326)", () => {
  const leave: RibOutInput = { kind: "graceful-shutdown" };

  test("sends everything again with the community, and settles", () => {
    const conversation = up(table(one, six));
    conversation.flush(leave);
    expect(conversation.router.table).toEqual(
      new Map([
        ["10.0.0.1/32", "path 64512, via 192.0.2.1, 65535:0"],
        ["2001:db8:1::1/128", "path 64512, via 2001:db8::1, 65535:0"],
      ]),
    );
    expect(conversation.state.session?.settled).toBe(true);
  });

  test("within the AS lowers LOCAL_PREF to 0", () => {
    const conversation = up(table(one), { internal: true });
    conversation.flush(leave);
    expect(conversation.router.table.get("10.0.0.1/32")).toBe("path, via 192.0.2.1, pref 0, 65535:0");
  });

  test("settles at once when there is nothing to send", () => {
    expect(new Conversation().tell(leave)).toEqual([{ kind: "settled" }]);
    expect(up([]).tell(leave)).toEqual([{ kind: "settled" }]);
  });
});

describe("route delay", () => {
  const delayed = (): Conversation => {
    const conversation = new Conversation({ routeDelay: 500 });
    conversation.tell(routes(table(one)));
    conversation.flush(established());
    return conversation;
  };

  test("does not touch the first table", () => {
    expect([...delayed().router.table.keys()]).toEqual(["10.0.0.1/32"]);
  });

  test("holds a new route back until it has been wanted for so long", () => {
    const conversation = delayed();
    expect(conversation.tell(routes(table(one, two)))).toEqual([{ kind: "arm", at: 1500 }]);
    expect(reportRibOut(conversation.state)).toMatchObject({ advertised: 1, pending: 1, heldBack: 1 });
    conversation.now = 1499;
    expect(conversation.tell({ kind: "timer" })).toEqual([{ kind: "arm", at: 1500 }]);
    conversation.now = 1500;
    expect(words(conversation.flush({ kind: "timer" }))).toEqual(["+10.0.0.2/32"]);
    expect(reportRibOut(conversation.state)).toMatchObject({ advertised: 2, pending: 0, heldBack: 0 });
  });

  test("goes on while other routes come and go", () => {
    const conversation = delayed();
    conversation.tell(routes(table(one, two)));
    conversation.now = 1200;
    expect(conversation.tell(routes(table(two, six)))).toEqual([
      { kind: "arm", at: 1500 },
      { kind: "send", messages: [expect.objectContaining({ withdrawn: [one.prefix] })] },
    ]);
    conversation.flush(writable);
    conversation.now = 1500;
    expect(words(conversation.flush({ kind: "timer" }))).toEqual(["+10.0.0.2/32"]);
    conversation.now = 1700;
    expect(words(conversation.flush({ kind: "timer" }))).toEqual(["+2001:db8:1::1/128"]);
  });

  test("begins anew when it goes and comes, and withdraws at once", () => {
    const conversation = delayed();
    expect(words(conversation.flush(routes([])))).toEqual(["-10.0.0.1/32"]);
    conversation.now = 1100;
    expect(conversation.tell(routes(table(one)))).toEqual([{ kind: "arm", at: 1600 }]);
    conversation.now = 1300;
    expect(conversation.tell(routes([]))).toEqual([]);
    conversation.now = 1400;
    expect(conversation.tell(routes(table(one)))).toEqual([{ kind: "arm", at: 1900 }]);
    conversation.now = 1600;
    expect(conversation.tell({ kind: "timer" })).toEqual([{ kind: "arm", at: 1900 }]);
    conversation.now = 1900;
    expect(words(conversation.flush({ kind: "timer" }))).toEqual(["+10.0.0.1/32"]);
  });

  test("does not hold back other attributes, nor a new session", () => {
    const conversation = delayed();
    const changed = table(route("10.0.0.1/32", { asPathPrepend: 1 }));
    expect(words(conversation.flush(routes(changed)))).toEqual(["+10.0.0.1/32"]);
    conversation.tell({ kind: "down" });
    expect(words(conversation.flush(established()))).toContain("+10.0.0.1/32");
  });
});

test("a session that is down has told nothing, and the next one hears everything", () => {
  const conversation = up(table(one));
  conversation.tell({ kind: "down" });
  expect(isAdvertised(conversation.state, prefix("10.0.0.1/32"))).toBe(false);
  expect(reportRibOut(conversation.state)).toMatchObject({ advertised: 0, pending: 1 });
  conversation.tell(routes(table(two)));
  expect(words(conversation.flush(established()))).toContain("+10.0.0.2/32");
  expect(isAdvertised(conversation.state, prefix("10.0.0.2/32"))).toBe(true);
  expect(isAdvertised(conversation.state, prefix("10.0.0.1/32"))).toBe(false);
});

test("equal attributes are one object, however the table came about", () => {
  const conversation = up(manyRoutes(300));
  for (let count = 299; count > 200; count -= 1) conversation.flush(routes(manyRoutes(count)));
  const { session } = conversation.state;
  expect(new Set(session?.advertised.looks).size).toBe(1);
  expect(session?.advertised).toBe(session?.target);
});
