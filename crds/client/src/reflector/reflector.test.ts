import { afterEach, describe, expect, jest, test } from "@jest/globals";
import {
  answer,
  bookmark,
  end,
  eventLine,
  page,
  refuse,
  reset,
  silence,
  statusObject,
  stay,
  thing,
} from "../testing/behaviours.ts";
import { ReflectorBench } from "../testing/reflector-bench.ts";

let bench: ReflectorBench;
afterEach(() => bench.close());

const signal = new AbortController().signal;

describe("the ordinary course", () => {
  test("lists, then watches from the list's version, and follows every kind of event", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", [thing("a", "3"), thing("b", "7")]))
      .onWatch(
        stay(
          eventLine("ADDED", thing("c", "11")),
          eventLine("MODIFIED", thing("a", "12", "blue")),
          eventLine("DELETED", thing("b", "13", "grey")),
        ),
      );
    bench.start();
    await bench.hears("deleted default/b grey");
    expect(bench.told).toEqual([
      "added default/a red",
      "added default/b red",
      "added default/c red",
      "modified default/a blue",
      "deleted default/b grey",
    ]);
    expect(bench.content).toEqual(["default/a blue", "default/c red"]);
    expect(bench.server.watches[0]?.query.get("resourceVersion")).toBe("10");
  });

  test("selectors, namespace and page size reach both requests", async () => {
    bench = await ReflectorBench.open({
      namespace: "prod",
      labelSelector: "a=b",
      fieldSelector: "x=y",
      pageSize: 20,
    });
    bench.server.onList(page("1", [])).onWatch(stay());
    bench.start();
    await bench.server.until(() => bench.server.watches.length === 1);
    for (const { path, query } of bench.server.requests) {
      expect(path).toBe("/apis/test.example/v1/namespaces/prod/things");
      expect(query.get("labelSelector")).toBe("a=b");
      expect(query.get("fieldSelector")).toBe("x=y");
    }
    expect(bench.server.lists[0]?.query.get("limit")).toBe("20");
  });

  test("a clean end goes on from the last version at once, without a list", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", []))
      .onWatch(end(eventLine("ADDED", thing("a", "11"))), stay(eventLine("ADDED", thing("b", "12"))));
    bench.start();
    await bench.hears("added default/b red");
    expect(bench.server.lists).toHaveLength(1);
    expect(bench.server.watches.map((watch) => watch.query.get("resourceVersion"))).toEqual(["10", "11"]);
    expect(bench.reflector.metrics.failures).toBe(0);
  });

  test("keeps nothing of the raw objects", async () => {
    const raws: WeakRef<object>[] = [];
    const project = (raw: unknown): { name: string; colour: string } => {
      raws.push(new WeakRef(raw as object));
      return { name: "x", colour: "red" };
    };
    bench = await ReflectorBench.open({ project });
    bench.server
      .onList(page("10", [thing("a", "1"), thing("b", "2")]))
      .onWatch(
        stay(eventLine("ADDED", thing("c", "11")), eventLine("ADDED", thing("d", "12")), bookmark("13")),
      );
    bench.start();
    await bench.hears("added default/d red");
    await collectGarbage();
    expect(raws).toHaveLength(4);
    expect(raws.filter((raw) => raw.deref() !== undefined)).toHaveLength(0);
  });
});

describe("timeoutSeconds", () => {
  test("is drawn between 300 and 600 s, and bookmarks are asked for", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", []))
      .onWatch(
        end(eventLine("ADDED", thing("a", "11"))),
        end(eventLine("ADDED", thing("a", "12"))),
        end(eventLine("ADDED", thing("a", "13"))),
        stay(),
      );
    bench.start();
    await bench.server.until(() => bench.server.watches.length === 4);
    const drawn = bench.server.watches.map(({ query }) => Number(query.get("timeoutSeconds")));
    for (const seconds of drawn) {
      expect(seconds).toBeGreaterThanOrEqual(300);
      expect(seconds).toBeLessThanOrEqual(600);
    }
    expect(new Set(drawn).size).toBeGreaterThan(1);
    for (const { query } of bench.server.watches) expect(query.get("allowWatchBookmarks")).toBe("true");
  });
});

describe("jittered backoff", () => {
  test("a server that closes every watch at once is asked ever more seldom", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(end());
    bench.start();
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) waits.push(await bench.passesWait());
    for (const [round, wait] of waits.entries()) {
      const span = Math.min(30_000, 400 * 2 ** round);
      expect(wait).toBeGreaterThanOrEqual(span / 2);
      expect(wait).toBeLessThanOrEqual(span);
    }
    expect(bench.server.lists).toHaveLength(1);
  });

  test("is reset by a real event, and by nothing less", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(
      end(),
      // A bookmark proves that the server talks, not that it gets us anywhere.
      end(bookmark("11")),
      end(bookmark("12")),
      reset(eventLine("ADDED", thing("a", "13"))),
      stay(),
    );
    bench.start();
    const waits = [
      await bench.passesWait(),
      await bench.passesWait(),
      await bench.passesWait(),
      await bench.waits(),
    ];
    expect(waits[1]).toBeGreaterThanOrEqual(400);
    expect(waits[2]).toBeGreaterThanOrEqual(800);
    expect(waits[3]).toBeLessThanOrEqual(400);
  });

  test("the same event again is not progress", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(end(eventLine("ADDED", thing("a", "11"))));
    bench.start();
    await bench.hears("added default/a red");
    expect(await bench.passesWait()).toBeLessThanOrEqual(400);
    expect(await bench.passesWait()).toBeGreaterThanOrEqual(400);
  });

  test("a watch that held out as long as the longest wait counts as health", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(end(), end(), stay());
    bench.start();
    await bench.passesWait();
    await bench.passesWait();
    await bench.server.until(() => bench.server.openWatches.size === 1);
    await bench.clock.armed((delay) => delay === 90_000);
    bench.clock.advance(60_000);
    for (const watch of bench.server.openWatches) watch.end();
    await bench.server.until(() => bench.server.watches.length === 4);
    bench.server.cutAll();
    expect(await bench.waits()).toBeLessThanOrEqual(400);
  });
});

describe("Retry-After", () => {
  test("of a 429 on the list is the least we wait", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(
        refuse(429, "TooManyRequests", { headers: { "retry-after": "7" } }),
        page("10", [thing("a", "1")]),
      )
      .onWatch(stay());
    bench.start();
    expect(await bench.passesWait()).toBe(7000);
    await bench.hears("added default/a red");
    // Being asked to wait is nothing to warn of.
    expect(bench.log.entries[0]?.level).toBe("info");
  });

  test("of a 503 on the watch likewise, in the Status as well as in the header", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", []))
      .onWatch(refuse(503, "ServiceUnavailable", { details: { retryAfterSeconds: 9 } }), stay());
    bench.start();
    expect(await bench.passesWait()).toBe(9000);
    await bench.server.until(() => bench.server.watches.length === 2);
    expect(bench.server.lists).toHaveLength(1);
  });

  test("of a day is not believed", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(refuse(503, "ServiceUnavailable", { headers: { "retry-after": "86400" } }))
      .onWatch(stay());
    bench.start();
    expect(await bench.waits()).toBe(120_000);
  });
});

describe("410 Gone", () => {
  const lists = [
    page("10", [thing("a", "1"), thing("b", "2")]),
    page("50", [thing("b", "2"), thing("c", "44")]),
  ];
  const shapes = {
    "as HTTP status of the watch": refuse(410, "Expired"),
    "as ERROR event in the stream": stay(eventLine("ERROR", statusObject(410, "Expired"))),
  };

  test.each(Object.entries(shapes))(
    "%s: lists again and tells of what vanished meanwhile",
    async (_shape, gone) => {
      bench = await ReflectorBench.open();
      bench.server.onList(...lists).onWatch(gone, stay());
      bench.start();
      await bench.passesWait();
      await bench.hears("deleted default/a red");
      // b is the same version as before, so nobody hears of it again.
      expect(bench.told.slice(2)).toEqual(["added default/c red", "deleted default/a red"]);
      await bench.server.until(() => bench.server.watches.length === 2);
      expect(bench.server.watches[1]?.query.get("resourceVersion")).toBe("50");
    },
  );

  test("again and again does not become a storm of lists", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(refuse(410, "Expired"));
    bench.start();
    let wait = 0;
    for (let round = 0; round < 6; round += 1) wait = await bench.passesWait();
    expect(wait).toBeGreaterThanOrEqual(6400);
  });
});

describe("504 ResourceVersionTooLarge", () => {
  const tooLarge = refuse(504, "Timeout", {
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  });

  test("an API server that lags behind is given time, at the same version", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", []))
      .onWatch(tooLarge, tooLarge, stay(eventLine("ADDED", thing("a", "11"))));
    bench.start();
    expect(await bench.passesWait()).toBeGreaterThanOrEqual(1000);
    await bench.passesWait();
    await bench.hears("added default/a red");
    expect(bench.server.lists).toHaveLength(1);
    expect(bench.server.watches.map(({ query }) => query.get("resourceVersion"))).toEqual(["10", "10", "10"]);
  });

  test("a server whose history went back is listed again", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", [thing("a", "9")]), page("5", []))
      .onWatch(tooLarge, tooLarge, tooLarge, stay());
    bench.start();
    for (let round = 0; round < 3; round += 1) await bench.passesWait();
    await bench.hears("deleted default/a red");
    await bench.server.until(() => bench.server.watches.length === 4);
    expect(bench.server.watches[3]?.query.get("resourceVersion")).toBe("5");
  });
});

describe("bookmarks", () => {
  test("advance the version of a kind on which nothing happens", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(reset(bookmark("9000")), stay());
    bench.start();
    await bench.passesWait();
    await bench.server.until(() => bench.server.watches.length === 2);
    expect(bench.server.watches[1]?.query.get("resourceVersion")).toBe("9000");
    expect(bench.reflector.metrics.bookmarks).toBe(1);
    expect(bench.told).toEqual([]);
  });
});

describe("the idle watchdog", () => {
  test("gives up a watch that is silent for 90 s and goes on from the same version", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(stay(), stay(eventLine("ADDED", thing("a", "11"))));
    bench.start();
    await bench.clock.pass((delay) => delay === 90_000);
    await bench.hears("added default/a red");
    expect(bench.server.lists).toHaveLength(1);
    expect(bench.server.watches).toHaveLength(2);
    // A quiet kind is no fault, and nobody wants to read of it every 90 s.
    expect(bench.log.entries).toEqual([]);
  });

  test("is content with any byte", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(stay());
    bench.start();
    await bench.clock.armed((delay) => delay === 90_000);
    bench.clock.advance(60_000);
    const before = bench.reflector.metrics.lagMs;
    for (const watch of bench.server.openWatches) watch.write(eventLine("ADDED", thing("a", "11")));
    await bench.hears("added default/a red");
    expect([before, bench.reflector.metrics.lagMs]).toEqual([60_000, 0]);
    bench.clock.advance(60_000);
    // The timer has looked, found 60 s of silence, and sleeps for the rest.
    expect(bench.clock.untilNextTimer).toBe(30_000);
    expect(bench.server.openWatches.size).toBe(1);
  });
});

describe("the header timeout", () => {
  test("ends a list that is never answered", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(silence, page("10", [thing("a", "1")])).onWatch(stay());
    bench.start();
    await bench.server.until(() => bench.server.lists.length === 1);
    await bench.clock.pass((delay) => delay === 30_000);
    await bench.passesWait();
    await bench.hears("added default/a red");
    expect(bench.log.entries[0]?.fields["error"]).toMatchObject({ code: "timeout" });
  });

  test("ends a watch whose headers never come", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(silence, stay(eventLine("ADDED", thing("a", "11"))));
    bench.start();
    await bench.server.until(() => bench.server.watches.length === 1);
    await bench.clock.pass((delay) => delay === 30_000);
    await bench.passesWait();
    await bench.hears("added default/a red");
  });
});

describe("a connection that breaks", () => {
  test("in the middle of a watch costs no event", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", []))
      .onWatch(reset(eventLine("ADDED", thing("a", "11"))), stay(eventLine("ADDED", thing("b", "12"))));
    bench.start();
    await bench.hears("added default/a red");
    await bench.passesWait();
    await bench.hears("added default/b red");
    expect(bench.server.watches[1]?.query.get("resourceVersion")).toBe("11");
  });

  test("in the middle of a list prunes nothing: what was not told is unknown, not gone", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(
        page("10", [thing("a", "1"), thing("b", "2")]),
        page("50", [thing("a", "1")], "more"),
        (response) => response.socket?.resetAndDestroy(),
      )
      .onWatch(refuse(410, "Expired"));
    bench.start();
    await bench.passesWait();
    await bench.server.until(() => bench.server.lists.length >= 3);
    await bench.waits();
    expect(bench.content).toEqual(["default/a red", "default/b red"]);
  });

  test.each([500, 502, 404, 403])("an HTTP %i on list and watch is outlived", async (status) => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(refuse(status, "Whatever"), page("10", []))
      .onWatch(answer(status, "<html>proxy</html>"), stay(eventLine("ADDED", thing("a", "11"))));
    bench.start();
    await bench.passesWait();
    await bench.passesWait();
    await bench.hears("added default/a red");
    expect(bench.reflector.metrics.failures).toBe(2);
  });
});

describe("an API server that talks nonsense", () => {
  const nonsense = {
    "a line that is not JSON": '{"type":\n',
    "an unknown type": '{"type":"RENAMED","object":{}}\n',
    "an object without a name": '{"type":"ADDED","object":{"metadata":{}}}\n',
    null: "null\n",
    "a bookmark without a version": '{"type":"BOOKMARK","object":{}}\n',
    "an ERROR event that is not a 410": eventLine("ERROR", statusObject(500, "InternalError")),
  };

  test.each(Object.entries(nonsense))("%s: reconnects at the last good version", async (_name, line) => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", []))
      .onWatch(stay(eventLine("ADDED", thing("a", "11")), line), stay(eventLine("ADDED", thing("b", "12"))));
    bench.start();
    await bench.passesWait();
    await bench.hears("added default/b red");
    expect(bench.server.watches[1]?.query.get("resourceVersion")).toBe("11");
    await bench.server.until(() => bench.server.openWatches.size === 1);
    // Whoever read of the interruption reads of its end.
    expect(bench.log.entries.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      "warn: following the API server was interrupted",
      "info: following the API server again",
    ]);
  });

  test.each([
    ["a list without a version", { items: [] }],
    ["a list without items", { metadata: { resourceVersion: "1" }, items: 5 }],
    ["a word", '"hello"'],
  ])("%s is refused", async (_name, body) => {
    bench = await ReflectorBench.open();
    bench.server.onList(answer(200, body), page("10", [])).onWatch(stay());
    bench.start();
    await bench.passesWait();
    await bench.reflector.whenSynced(signal);
    expect(bench.log.entries[0]?.fields["error"]).toMatchObject({ code: "malformed" });
  });

  test("an object that the projection cannot read costs only itself", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(
        page("10", [
          thing("a", "1"),
          { metadata: { name: "odd", namespace: "default", resourceVersion: "2" } },
          { metadata: {} },
          thing("b", "3"),
        ]),
      )
      .onWatch(
        stay(
          eventLine("MODIFIED", { metadata: { name: "a", namespace: "default", resourceVersion: "11" } }),
          eventLine("ADDED", thing("c", "12")),
        ),
      );
    bench.start();
    await bench.hears("added default/c red");
    expect(bench.content).toEqual(["default/a red", "default/b red", "default/c red"]);
    expect(bench.reflector.metrics.projectionFailures).toBe(2);
    expect(bench.log.at("error")).toHaveLength(3);
  });
});

describe("stop", () => {
  test("during the first list opens no watch afterwards", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(silence).onWatch(stay());
    bench.start();
    await bench.server.until(() => bench.server.lists.length === 1);
    const waiting = bench.reflector.whenSynced(signal);
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: "aborted" }), bench.reflector.stop()]);
    await bench.server.until(() => bench.server.openConnections === 0);
    expect(bench.server.watches).toHaveLength(0);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test("during a watch closes it", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(page("10", [])).onWatch(stay());
    bench.start();
    await bench.clock.armed((delay) => delay === 90_000);
    await bench.reflector.stop();
    await bench.server.until(() => bench.server.openWatches.size === 0);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test("during a wait ends the wait", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(refuse(500, "InternalError")).onWatch(stay());
    bench.start();
    await bench.waits();
    await bench.reflector.stop();
    expect(bench.clock.pendingTimers).toBe(0);
    expect(bench.server.requests).toHaveLength(1);
  });

  test("before anything was sent sends nothing", async () => {
    bench = await ReflectorBench.open();
    bench.start();
    await bench.reflector.stop();
    expect(bench.server.requests).toHaveLength(0);
  });

  test("in a handler silences the rest of what has arrived already", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", []))
      .onWatch(stay([1, 2, 3].map((n) => eventLine("ADDED", thing(`t${n}`, `1${n}`))).join("")));
    const stopped = new Promise<void>((resolve, reject) => {
      bench.reflector.store.subscribe(() => void bench.reflector.stop().then(resolve, reject));
    });
    bench.start();
    await stopped;
    expect(bench.told).toEqual(["added default/t1 red"]);
  });
});

describe("handler isolation", () => {
  test("a subscriber that throws is logged, the others and the watch go on", async () => {
    bench = await ReflectorBench.open();
    const failing = jest.fn(() => {
      throw new Error("handler trouble");
    });
    bench.reflector.store.subscribe(failing);
    const heardAfter: string[] = [];
    bench.reflector.store.subscribe((change) => heardAfter.push(change.key));
    bench.server.onList(page("10", [thing("a", "1")])).onWatch(stay(eventLine("ADDED", thing("b", "11"))));
    bench.start();
    await bench.hears("added default/b red");
    expect(failing).toHaveBeenCalledTimes(2);
    expect(heardAfter).toEqual(["default/a", "default/b"]);
    expect(bench.log.entries[0]).toMatchObject({
      level: "error",
      fields: { key: "default/a", change: "added" },
    });
    expect(bench.reflector.metrics.failures).toBe(0);
  });
});

describe("an outage", () => {
  test("is told of once, again a minute later, and when the failure becomes another", async () => {
    bench = await ReflectorBench.open();
    const unwell = refuse(503, "ServiceUnavailable");
    bench.server
      .onList(unwell, unwell, unwell, unwell, refuse(500, "InternalError"), page("10", [thing("a", "1")]))
      .onWatch(stay());
    bench.start();
    for (let failures = 1; failures <= 5; failures++) {
      await bench.server.until(() => bench.server.lists.length === failures);
      // Not while a request is under way, which would run into its own limit.
      if (failures === 3) bench.clock.advance((await bench.waits()) + 60_000);
      else await bench.passesWait();
    }
    await bench.server.until(() => bench.server.watches.length === 1);
    expect(bench.log.entries.map(({ level }) => level)).toEqual([
      "warn",
      "debug",
      "debug",
      "warn",
      "warn",
      "info",
    ]);
  });
});

describe("the paged list", () => {
  test("reads pages to the end and prunes what none of them contained", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(
        page("10", [thing("a", "1"), thing("old", "2")]),
        page("50", [thing("a", "1"), thing("b", "20")], "t1"),
        page("50", [thing("c", "21")], "t2"),
        page("50", [thing("d", "22")]),
      )
      .onWatch(refuse(410, "Expired"), stay());
    bench.start();
    await bench.passesWait();
    await bench.hears("deleted default/old red");
    expect(bench.content).toEqual(["default/a red", "default/b red", "default/c red", "default/d red"]);
    expect(bench.server.lists.map(({ query }) => query.get("continue"))).toEqual([null, null, "t1", "t2"]);
    expect(bench.server.lists.map(({ query }) => query.get("limit"))).toEqual(["500", "500", "500", "500"]);
  });

  test("a continue token that expires restarts the list; what only the old snapshot had is pruned", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(
        page("10", [thing("a", "1"), thing("vanished", "2")], "t1"),
        refuse(410, "Expired"),
        page("50", [thing("a", "1")], "t3"),
        page("50", [thing("b", "40")]),
      )
      .onWatch(stay());
    bench.start();
    await bench.reflector.whenSynced(signal);
    expect(bench.content).toEqual(["default/a red", "default/b red"]);
    expect(bench.told).toContain("deleted default/vanished red");
    expect(bench.server.lists.map(({ query }) => query.get("continue"))).toEqual([null, "t1", null, "t3"]);
  });

  test("a token that expires every time is left to the backoff", async () => {
    bench = await ReflectorBench.open();
    const plan = [0, 1, 2, 3].flatMap(() => [page("10", [], "t"), refuse(410, "Expired")]);
    bench.server.onList(...plan, page("60", [])).onWatch(stay());
    bench.start();
    await bench.passesWait();
    await bench.reflector.whenSynced(signal);
    expect(bench.reflector.metrics).toMatchObject({ lists: 5, failures: 1 });
  });
});

describe("the streaming list (WatchList)", () => {
  const endOfInitial = { "k8s.io/initial-events-end": "true" };

  test("takes the objects from the watch and is complete at the marked bookmark", async () => {
    bench = await ReflectorBench.open({ initialList: "streaming" });
    bench.server.onWatch(
      stay(eventLine("ADDED", thing("a", "30")), eventLine("ADDED", thing("b", "20"))),
      stay(),
    );
    bench.start();
    await bench.hears("added default/b red");
    expect(bench.reflector.synced).toBe(false);
    for (const watch of bench.server.openWatches) watch.write(bookmark("40", endOfInitial));
    await bench.reflector.whenSynced(signal);
    expect(bench.server.lists).toHaveLength(0);
    const { query } = bench.server.watches[0] ?? { query: new URLSearchParams() };
    expect(query.get("sendInitialEvents")).toBe("true");
    expect(query.get("resourceVersionMatch")).toBe("NotOlderThan");
    expect(query.has("resourceVersion")).toBe(false);
    bench.server.cutAll();
    await bench.passesWait();
    await bench.server.until(() => bench.server.watches.length === 2);
    expect(bench.server.watches[1]?.query.get("resourceVersion")).toBe("40");
  });

  test("prunes, after a 410, what the second snapshot does not contain", async () => {
    bench = await ReflectorBench.open({ initialList: "streaming" });
    bench.server.onWatch(
      stay(
        eventLine("ADDED", thing("a", "1")),
        eventLine("ADDED", thing("b", "2")),
        bookmark("5", endOfInitial),
        eventLine("ERROR", statusObject(410, "Expired")),
      ),
      stay(eventLine("ADDED", thing("b", "2")), bookmark("50", endOfInitial)),
    );
    bench.start();
    await bench.passesWait();
    await bench.hears("deleted default/a red");
    expect(bench.content).toEqual(["default/b red"]);
  });

  test("that breaks off before the bookmark prunes nothing and begins anew", async () => {
    bench = await ReflectorBench.open({ initialList: "streaming" });
    bench.server.onWatch(
      reset(eventLine("ADDED", thing("a", "1"))),
      stay(eventLine("ADDED", thing("a", "1")), bookmark("50", endOfInitial)),
    );
    bench.start();
    await bench.passesWait();
    await bench.reflector.whenSynced(signal);
    expect(bench.told).toEqual(["added default/a red"]);
    expect(bench.server.watches[1]?.query.get("sendInitialEvents")).toBe("true");
  });

  test.each([
    [400, "BadRequest"],
    [422, "Invalid"],
  ])("falls back to pages when the server answers %i", async (status, reason) => {
    bench = await ReflectorBench.open({ initialList: "streaming" });
    bench.server.onWatch(refuse(status, reason), stay()).onList(page("10", [thing("a", "1")]));
    bench.start();
    await bench.passesWait();
    await bench.reflector.whenSynced(signal);
    await bench.server.until(() => bench.server.watches.length === 2);
    expect(bench.content).toEqual(["default/a red"]);
    expect(bench.server.watches[1]?.query.has("sendInitialEvents")).toBe(false);
  });

  test("falls back when the server ignores the parameter and never says that it is through", async () => {
    bench = await ReflectorBench.open({ initialList: "streaming" });
    bench.server
      .onWatch(stay(eventLine("ADDED", thing("a", "1"))), stay())
      .onList(page("10", [thing("a", "1")]));
    bench.start();
    await bench.hears("added default/a red");
    bench.clock.advance(61_000);
    for (const watch of bench.server.openWatches) watch.write(bookmark("2"));
    await bench.passesWait();
    await bench.reflector.whenSynced(signal);
    expect(bench.log.at("info")).toEqual([
      "the API server does not stream lists; reading pages instead",
      "following the API server again",
    ]);
  });
});

describe("U+2028 and U+2029", () => {
  test("inside a string do not end a line", async () => {
    bench = await ReflectorBench.open();
    const colour = "deep\u2028blue\u2029sea";
    const line = Buffer.from(eventLine("ADDED", thing("a", "11", colour)));
    const middle = line.indexOf(Buffer.from("\u2028")) + 1;
    // Cut inside the character as well: its bytes arrive in two chunks.
    bench.server.onList(page("10", [])).onWatch(stay(line.subarray(0, middle), line.subarray(middle)));
    bench.start();
    await bench.hears(`added default/a ${colour}`);
    expect(bench.reflector.metrics.failures).toBe(0);
  });
});

describe("synced", () => {
  test("turns true after the last page only and stays true while the server is away", async () => {
    bench = await ReflectorBench.open();
    const seenAt: boolean[] = [];
    bench.reflector.store.subscribe(() => seenAt.push(bench.reflector.synced));
    bench.server
      .onList(page("10", [thing("a", "1")], "t"), page("10", [thing("b", "2")]), refuse(500, "InternalError"))
      .onWatch(refuse(410, "Expired"));
    expect(bench.reflector.synced).toBe(false);
    bench.start();
    await bench.reflector.whenSynced(signal);
    expect(seenAt).toEqual([false, false]);
    await bench.passesWait();
    await bench.waits();
    expect(bench.reflector.synced).toBe(true);
    expect(bench.content).toEqual(["default/a red", "default/b red"]);
  });

  test("waiting for it ends with the waiter's own signal", async () => {
    bench = await ReflectorBench.open();
    const controller = new AbortController();
    const waiting = bench.reflector.whenSynced(controller.signal);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("refresh", () => {
  const limit = (): AbortSignal => new AbortController().signal;

  test("lists anew under an open watch, tells only what differs, and watches on from the new list", async () => {
    bench = await ReflectorBench.open();
    const second = page("20", [thing("kept", "3"), thing("changed", "15", "blue"), thing("new", "16")]);
    bench.server
      .onList(page("10", [thing("kept", "3"), thing("changed", "4"), thing("missed", "5")]), second)
      .onWatch(stay(), stay(eventLine("MODIFIED", thing("kept", "21", "green"))));
    bench.start();
    await bench.server.until(() => bench.server.openWatches.size === 1);
    bench.told.splice(0);
    await bench.reflector.refresh(limit());
    expect(bench.told).toEqual([
      "modified default/changed blue",
      "added default/new red",
      "deleted default/missed red",
    ]);
    await bench.hears("modified default/kept green");
    expect(bench.server.watches.map((watch) => watch.query.get("resourceVersion"))).toEqual(["10", "20"]);
    await bench.server.until(() => bench.server.openWatches.size === 1);
    expect(bench.reflector.metrics.failures).toBe(0);
  });

  test("does not take a list for an answer that had begun before", async () => {
    bench = await ReflectorBench.open();
    let answerFirst = (): void => {};
    bench.server
      .onList(
        (response, request) => (answerFirst = () => page("10", [thing("old", "1")])(response, request)),
        page("20", [thing("new", "11")]),
      )
      .onWatch(stay());
    bench.start();
    await bench.server.until(() => bench.server.lists.length === 1);
    const refreshed = bench.reflector.refresh(limit());
    answerFirst();
    await refreshed;
    expect(bench.content).toEqual(["default/new red"]);
    expect(bench.server.lists).toHaveLength(2);
  });

  test("ends the wait for the next attempt, and tries again when that fails too", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(refuse(500, "InternalError"), refuse(500, "InternalError"), page("10", [thing("a", "1")]))
      .onWatch(stay());
    bench.start();
    await bench.waits();
    const refreshed = bench.reflector.refresh(limit());
    await bench.server.until(() => bench.server.lists.length === 2);
    await bench.passesWait();
    await refreshed;
    expect(bench.content).toEqual(["default/a red"]);
  });

  test("is given up with the signal, and with the reflector", async () => {
    bench = await ReflectorBench.open();
    bench.server.onList(silence);
    bench.start();
    const controller = new AbortController();
    const deposed = bench.reflector.refresh(controller.signal);
    controller.abort(new Error("deposed"));
    await expect(deposed).rejects.toThrow("deposed");
    const stopped = expect(bench.reflector.refresh(limit())).rejects.toThrow("was stopped");
    await bench.reflector.stop();
    await stopped;
    await expect(bench.reflector.refresh(limit())).rejects.toThrow("was stopped");
  });
});

describe("metrics", () => {
  test("count lists, watches, events, bookmarks and failures, and tell how old the news is", async () => {
    bench = await ReflectorBench.open();
    bench.server
      .onList(page("10", [thing("a", "1")], "t"), page("10", [thing("b", "2")]))
      .onWatch(
        reset(eventLine("ADDED", thing("c", "11")), bookmark("12")),
        stay(eventLine("DELETED", thing("c", "13"))),
      );
    expect(bench.reflector.metrics.lagMs).toBeUndefined();
    bench.start();
    await bench.passesWait();
    await bench.hears("deleted default/c red");
    bench.clock.advance(5_000);
    expect(bench.reflector.metrics).toEqual({
      lists: 1,
      watches: 2,
      events: 2,
      bookmarks: 1,
      failures: 1,
      projectionFailures: 0,
      lagMs: 5_000,
    });
  });
});

/** A full collection, after the turn in which the objects were last used has ended. */
async function collectGarbage(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await new Promise((resolve) => setImmediate(resolve));
  collect();
}
