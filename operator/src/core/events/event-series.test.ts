import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { eventIdentity, EventSeriesBook, identityText } from "./event-series.ts";

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

describe("the identity of an event", () => {
  const textOf = (reason: string, message: string) =>
    identityText(eventIdentity(object, { type: "Normal", reason, message }));

  test.each([
    { reason: "AllocationFailed", isSame: true },
    { reason: "ClearAssignment", isSame: false },
    { reason: "IPAllocated", isSame: false },
  ])("of reason $reason, with another message, is the same: $isSame", ({ reason, isSame }) => {
    expect(textOf(reason, "a") === textOf(reason, "b")).toBe(isSame);
  });

  test("holds no more of a long message than is stored", () => {
    const long = "x".repeat(1_024);
    expect(textOf("ClearAssignment", `${long}a`)).toBe(textOf("ClearAssignment", `${long}b`));
  });
});
