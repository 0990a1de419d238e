import { beforeEach, describe, expect, test } from "@jest/globals";
import { type ObjectMeta } from "@steelyard/model/resources";
import { ManualClock } from "@steelyard/model/testing";
import { OwnWrites } from "./own-writes.ts";

interface Thing {
  readonly metadata: ObjectMeta;
}

function thing(name: string, resourceVersion: string, uid = `uid-${name}`): Thing {
  return { metadata: { name, resourceVersion, uid } };
}

describe("OwnWrites", () => {
  let clock: ManualClock;
  let writes: OwnWrites<Thing>;
  beforeEach(() => {
    clock = new ManualClock();
    writes = new OwnWrites({ clock });
  });

  test("without writes it is the cache, sorted", () => {
    expect(writes.over([thing("b", "2"), thing("a", "1")])).toEqual([thing("a", "1"), thing("b", "2")]);
    expect(writes.unsettledUntil).toBeUndefined();
  });

  test("a creation shows at once, and an older version from the watch does not hide it", () => {
    writes.note("a", undefined, thing("a", "12"));
    expect(writes.over([])).toEqual([thing("a", "12")]);
    expect(writes.over([thing("a", "11")])).toEqual([thing("a", "12")]);
    expect(writes.unsettledUntil).toBe(10_000);
    expect(writes.over([thing("a", "12")])).toEqual([thing("a", "12")]);
    expect(writes.unsettledUntil).toBeUndefined();
    expect(writes.over([])).toEqual([]);
  });

  test("a newer version from the watch wins", () => {
    writes.note("a", undefined, thing("a", "9"));
    expect(writes.over([thing("a", "10")])).toEqual([thing("a", "10")]);
    expect(writes.unsettledUntil).toBeUndefined();
  });

  test("versions that are no numbers are compared for equality only", () => {
    writes.note("a", undefined, thing("a", "x"));
    expect(writes.over([thing("a", "y")])).toEqual([thing("a", "x")]);
    expect(writes.over([thing("a", "x")])).toEqual([thing("a", "x")]);
    expect(writes.unsettledUntil).toBeUndefined();
  });

  test("a deletion shows at once; a new object of that name is another one", () => {
    writes.note("a", thing("a", "5"), undefined);
    expect(writes.over([thing("a", "5")])).toEqual([]);
    expect(writes.over([thing("a", "7", "another")])).toEqual([thing("a", "7", "another")]);
    expect(writes.unsettledUntil).toBeUndefined();
  });

  test("a write that the watch never shows is forgotten after ten seconds", () => {
    writes.note("a", undefined, thing("a", "1"));
    clock.advance(9999);
    expect(writes.over([])).toEqual([thing("a", "1")]);
    clock.advance(1);
    expect(writes.over([])).toEqual([]);
    expect(writes.unsettledUntil).toBeUndefined();
  });
});
