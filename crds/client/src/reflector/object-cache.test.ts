import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { RecordingLog } from "../testing/recording-log.ts";
import { ObjectCache } from "./object-cache.ts";

interface Dish {
  readonly name: string;
  readonly tags: readonly string[];
}

let log: RecordingLog;
let cache: ObjectCache<Dish>;
let told: string[];

beforeEach(() => {
  log = new RecordingLog();
  cache = new ObjectCache<Dish>({ log });
  told = [];
  cache.subscribe(({ type, key, previous }) =>
    told.push(`${type} ${key}, before: ${previous?.name ?? "nothing"}`),
  );
});

function dish(name: string, ...tags: readonly string[]): Dish {
  return { name, tags };
}

describe("the store", () => {
  test("tells what changed, and what was before", () => {
    cache.put("k", dish("one"), "1");
    cache.put("k", dish("two"), "2");
    cache.remove("k");
    cache.remove("k");
    expect(told).toEqual(["added k, before: nothing", "modified k, before: one", "deleted k, before: two"]);
    expect([cache.size, cache.get("k"), cache.list()]).toEqual([0, undefined, []]);
  });

  test("is silent about the version it holds already, but believes an object without a version", () => {
    cache.put("k", dish("one"), "1");
    cache.put("k", dish("ignored"), "1");
    expect(cache.get("k")?.name).toBe("one");
    cache.put("k", dish("two"), "");
    cache.put("k", dish("three"), "");
    expect(cache.get("k")?.name).toBe("three");
    expect(told).toHaveLength(3);
  });

  test("has taken the change in before it tells of it", () => {
    const seen: (string | undefined)[] = [];
    cache.subscribe(({ key }) => seen.push(cache.get(key)?.name));
    cache.put("k", dish("one"), "1");
    cache.remove("k");
    expect(seen).toEqual(["one", undefined]);
  });

  test("prunes what was not seen", () => {
    for (const key of ["a", "b", "c"]) cache.put(key, dish(key), "1");
    cache.prune(new Set(["b"]));
    expect(cache.keys()).toEqual(["b"]);
  });
});

describe("subscriptions", () => {
  test("end one by one, even of the same handler", () => {
    let calls = 0;
    const handler = (): void => void (calls += 1);
    const endings = [cache.subscribe(handler), cache.subscribe(handler)];
    cache.put("a", dish("a"), "1");
    endings[0]?.();
    endings[0]?.();
    cache.put("b", dish("b"), "1");
    expect(calls).toBe(3);
  });

  test("that are ended by an earlier handler are not called any more; those begun meanwhile hear the next change", () => {
    const heard: string[] = [];
    cache.subscribe(({ key }) => {
      endSecond();
      if (key === "a") cache.subscribe((change) => heard.push(`late ${change.key}`));
    });
    const endSecond = cache.subscribe(({ key }) => heard.push(`second ${key}`));
    cache.put("a", dish("a"), "1");
    cache.put("b", dish("b"), "1");
    expect(heard).toEqual(["late b"]);
  });
});

describe("an index", () => {
  test("finds objects by any of their values, those that were there before as well", () => {
    cache.put("a", dish("a", "hot", "red"), "1");
    const byTag = cache.index("tag", ({ tags }) => tags);
    cache.put("b", dish("b", "hot"), "1");
    const names = (tag: string): string[] => byTag(tag).map(({ name }) => name);
    expect([names("hot"), names("red"), names("cold")]).toEqual([["a", "b"], ["a"], []]);
    cache.put("a", dish("a", "cold"), "2");
    cache.remove("b");
    expect([names("hot"), names("red"), names("cold")]).toEqual([[], [], ["a"]]);
  });

  test("is up to date when subscribers hear of a change", () => {
    const byTag = cache.index("tag", ({ tags }) => tags);
    const seen: number[] = [];
    cache.subscribe(() => seen.push(byTag("hot").length));
    cache.put("a", dish("a", "hot"), "1");
    cache.remove("a");
    expect(seen).toEqual([1, 0]);
  });

  test("whose function throws costs nobody else anything", () => {
    cache.index("bad", () => {
      throw new Error("index trouble");
    });
    cache.put("a", dish("a"), "1");
    expect(told).toEqual(["added a, before: nothing"]);
    expect(log.at("error")).toEqual(['index "bad" of the object store failed']);
  });

  test("needs a name of its own", () => {
    cache.index("tag", () => []);
    expect(() => cache.index("tag", () => [])).toThrow('index "tag"');
  });

  test("answers as a search through everything would, after any history", () => {
    const keys = fc.constantFrom("a", "b", "c", "d");
    const tags = fc.uniqueArray(fc.constantFrom("x", "y", "z"));
    const step = fc.record({ key: keys, tags: fc.option(tags) });
    fc.assert(
      fc.property(fc.array(step), (history) => {
        const store = new ObjectCache<Dish>({ log });
        const byTag = store.index("tag", (object) => object.tags);
        for (const [version, { key, tags: next }] of history.entries())
          if (next === null) store.remove(key);
          else store.put(key, dish(key, ...next), String(version));
        for (const tag of ["x", "y", "z"])
          expect(
            byTag(tag)
              .map(({ name }) => name)
              .sort(),
          ).toEqual(
            store
              .list()
              .filter((object) => object.tags.includes(tag))
              .map(({ name }) => name)
              .sort(),
          );
      }),
    );
  });
});
