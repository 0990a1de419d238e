import { describe, expect, test } from "@jest/globals";
import { type ClusterObject, type WatchEvent } from "../client.ts";
import { type Bench, configMap, refusalOf } from "./bench.ts";

const maps = "/api/v1/namespaces/watches/configmaps";

/** Watches: history, what selectors let through, initial events, bookmarks, ends. */
export function watchContract(bench: Bench): void {
  describe("watches", () => {
    bench.namespace("watches");

    /** The first events of a watch, as "TYPE name". */
    const take = async (count: number, query: string): Promise<readonly WatchEvent<ClusterObject>[]> => {
      const stop = new AbortController();
      const events: WatchEvent<ClusterObject>[] = [];
      for await (const event of bench.client().watch(`${maps}?timeoutSeconds=20&${query}`, stop.signal)) {
        events.push(event);
        if (events.length === count) break;
      }
      stop.abort();
      return events;
    };
    const short = (events: readonly WatchEvent<ClusterObject>[]): readonly string[] =>
      events.map(({ type, object }) => `${type} ${object.metadata.name ?? ""}`.trim());
    const currentVersion = async (): Promise<string> =>
      (await bench.client().get<{ metadata: { resourceVersion: string } }>(`${maps}?limit=1`)).metadata
        .resourceVersion;

    test("a watch continues after the version it is given, with every step in between", async () => {
      const client = bench.client();
      const from = await currentVersion();
      await client.create(maps, configMap("steps"));
      await client.mergePatch(`${maps}/steps`, { data: { a: "1" } });
      const patched = await client.mergePatch<ClusterObject>(`${maps}/steps`, { data: { a: "2" } });
      await client.delete(`${maps}/steps`);
      const events = await take(4, `resourceVersion=${from}`);
      expect(short(events)).toEqual(["ADDED steps", "MODIFIED steps", "MODIFIED steps", "DELETED steps"]);
      const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(versions[2]).toBe(Number(patched.metadata.resourceVersion));
      expect(versions[3]).toBeGreaterThan(Number(versions[2]));
      expect(events[3]?.object).toMatchObject({ kind: "ConfigMap", apiVersion: "v1", data: { a: "2" } });
    });

    test("without a version a watch begins with what there is", async () => {
      await bench.client().create(maps, configMap("initial-b", { labels: { initial: "" } }));
      await bench.client().create(maps, configMap("initial-a", { labels: { initial: "" } }));
      for (const version of ["", "&resourceVersion=0"]) {
        expect([...short(await take(2, `labelSelector=initial${version}`))].sort()).toEqual([
          "ADDED initial-a",
          "ADDED initial-b",
        ]);
      }
    });

    test("what enters a selection is added, what leaves it is deleted", async () => {
      const client = bench.client();
      const from = await currentVersion();
      await client.create(maps, configMap("mover", { labels: { in: "no" } }));
      await client.mergePatch(`${maps}/mover`, { metadata: { labels: { in: "yes" } } });
      await client.mergePatch(`${maps}/mover`, { data: { a: "1" } });
      const left = await client.mergePatch<ClusterObject>(`${maps}/mover`, {
        metadata: { labels: { in: "no" } },
      });
      const events = await take(3, `resourceVersion=${from}&labelSelector=in%3Dyes`);
      expect(short(events)).toEqual(["ADDED mover", "MODIFIED mover", "DELETED mover"]);
      expect(events[2]?.object.metadata).toMatchObject({
        labels: { in: "yes" },
        resourceVersion: left.metadata.resourceVersion,
      });
    });

    test("a field selector follows one object", async () => {
      const client = bench.client();
      const from = await currentVersion();
      await client.create(maps, configMap("other-one"));
      await client.create(maps, configMap("this-one"));
      expect(short(await take(1, `resourceVersion=${from}&fieldSelector=metadata.name%3Dthis-one`))).toEqual([
        "ADDED this-one",
      ]);
    });

    test("initial events end with a bookmark", async () => {
      await bench.client().create(maps, configMap("streamed", { labels: { streamed: "" } }));
      const query =
        "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=streamed";
      const [added, bookmark] = await take(2, query);
      expect(added).toMatchObject({ type: "ADDED", object: { metadata: { name: "streamed" } } });
      expect(bookmark).toMatchObject({
        type: "BOOKMARK",
        object: {
          kind: "ConfigMap",
          apiVersion: "v1",
          metadata: { annotations: { "k8s.io/initial-events-end": "true" } },
        },
      });
      expect(Number(bookmark?.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(
        Number(added?.object.metadata.resourceVersion),
      );
    });

    test("a watch of the future waits for it", async () => {
      const events = await collect(`${maps}?watch=true&timeoutSeconds=1&resourceVersion=99999999`);
      expect(events).toBe("");
    });

    test("a watch ends by itself after its timeout", async () => {
      const from = await currentVersion();
      expect(await collect(`${maps}?watch=true&timeoutSeconds=1&resourceVersion=${from}`)).toBe("");
    });

    const collect = async (path: string): Promise<string> => (await bench.client().request("GET", path)).text;

    test.each([
      ["sendInitialEvents=true&allowWatchBookmarks=true", 422, "Invalid"],
      ["resourceVersionMatch=NotOlderThan", 422, "Invalid"],
      ["sendInitialEvents=true&resourceVersionMatch=Exact", 422, "Invalid"],
      ["fieldSelector=spec.none%3Dx", 400, "BadRequest"],
      ["resourceVersion=abc", 500, undefined],
    ])("a watch with %s is refused", async (query, code, reason) => {
      expect(refusalOf(await bench.client().request("GET", `${maps}?watch=true&${query}`))).toMatchObject({
        code,
        reason,
      });
    });
  });
}
