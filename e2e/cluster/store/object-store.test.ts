import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type KubeObject } from "../json.ts";
import { ObjectStore } from "./object-store.ts";

function object(name: string, value: number): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value: String(value) } };
}

describe("object store", () => {
  test("every past revision within the history can be listed as it was", () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      value: fc.nat(9),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = new ObjectStore({ historyPerResource: 1_000 });
        const snapshots = [{ revision: store.revision, objects: store.list("r") }];
        for (const { key, value, remove } of steps) {
          if (remove) store.remove({ resource: "r", key });
          else store.put({ resource: "r", key }, object(key, value));
          snapshots.push({ revision: store.revision, objects: store.list("r") });
        }
        for (const { revision, objects } of snapshots) expect(store.listAt("r", revision)).toEqual(objects);
      }),
    );
  });

  test("replaying the events of any moment leads to the present", () => {
    const step = fc.record({ key: fc.constantFrom("a", "b", "c"), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, cut) => {
        const store = new ObjectStore({ historyPerResource: 1_000 });
        let from = store.revision;
        let known = new Map(store.list("r").map((item) => [item.metadata.name, item]));
        for (const [index, { key, remove }] of steps.entries()) {
          if (index === cut) {
            from = store.revision;
            known = new Map(store.list("r").map((item) => [item.metadata.name, item]));
          }
          if (remove) store.remove({ resource: "r", key });
          else store.put({ resource: "r", key }, object(key, index));
        }
        if (cut >= steps.length) return;
        for (const event of store.eventsSince("r", from) ?? []) {
          if (event.type === "DELETED") known.delete(event.key);
          else known.set(event.key, event.object);
        }
        expect(
          [...known.values()].sort((x, y) => ((x.metadata.name ?? "") < (y.metadata.name ?? "") ? -1 : 1)),
        ).toEqual(store.list("r"));
      }),
    );
  });

  test("history beyond its limit is forgotten, never half told", () => {
    const store = new ObjectStore({ historyPerResource: 3 });
    const revisions = [store.revision];
    for (let n = 0; n < 20; n += 1) {
      store.put({ resource: "r", key: "a" }, object("a", n));
      revisions.push(store.revision);
    }
    for (const revision of revisions) {
      const events = store.eventsSince("r", revision);
      if (events === undefined) continue;
      expect(events.map((event) => event.revision)).toEqual(revisions.filter((each) => each > revision));
    }
    expect(store.eventsSince("r", revisions[0] ?? 0)).toBeUndefined();
    expect(store.eventsSince("r", store.revision - 3)).toHaveLength(3);
    store.compact();
    expect(store.eventsSince("r", store.revision - 1)).toBeUndefined();
    expect(store.eventsSince("r", store.revision)).toEqual([]);
  });

  test("a listener that writes is heard after everybody has heard what it answers to", () => {
    const store = new ObjectStore({ historyPerResource: 10 });
    const heard: string[] = [];
    store.subscribe("r", ({ key }) => {
      if (key === "first") store.put({ resource: "r", key: "second" }, object("second", 0));
    });
    store.subscribe("r", ({ key }) => heard.push(key));
    store.put({ resource: "r", key: "first" }, object("first", 0));
    expect(heard).toEqual(["first", "second"]);
  });
});
