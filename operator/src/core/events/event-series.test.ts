import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { EventSeriesBook } from "./event-series.ts";

const object = { kind: "Service", namespace: "shop", name: "web", uid: "u1" };
const failed = { object, type: "Warning", reason: "AllocationFailed" };

describe("a series of events", () => {
  test("goes on for ten minutes after the last one", () => {
    const clock = new ManualClock();
    const book = new EventSeriesBook<string>();
    const record = (name: string) => book.next(failed, clock.now(), () => name);
    expect(record("one")).toEqual({ id: "one", count: 1 });
    clock.advance(599_999);
    expect(record("two")).toEqual({ id: "one", count: 2 });
    clock.advance(599_999);
    expect(record("three")).toEqual({ id: "one", count: 3 });
    clock.advance(600_000);
    expect(record("four")).toEqual({ id: "four", count: 1 });
  });

  test.each([
    { name: "reason", other: { ...failed, reason: "IPAllocated" } },
    { name: "object", other: { ...failed, object: { ...object, name: "db" } } },
    { name: "object of the same name", other: { ...failed, object: { ...object, uid: "u2" } } },
  ])("is another one for another $name", ({ other }) => {
    const clock = new ManualClock();
    const book = new EventSeriesBook<string>();
    book.next(failed, clock.now(), () => "one");
    expect(book.next(other, clock.now(), () => "two")).toEqual({ id: "two", count: 1 });
  });

  test("begins anew when the stored event is gone", () => {
    const clock = new ManualClock();
    const book = new EventSeriesBook<string>();
    book.next(failed, clock.now(), () => "one");
    book.forget(failed);
    expect(book.next(failed, clock.now(), () => "two")).toEqual({ id: "two", count: 1 });
  });
});
