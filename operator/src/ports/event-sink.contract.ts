import { describe, expect, test } from "@jest/globals";
import { type ManualClock } from "@steelyard/model/testing";
import { type EventSink, type ObjectReference } from "./event-sink.ts";

export interface EventSinkHarness {
  readonly sink: EventSink;
  readonly clock: ManualClock;
  /** What is stored, as `<object> <type> <reason> x<count>: <message>`, in the order of creation. */
  readonly stored: () => readonly string[];
}

const web: ObjectReference = { apiVersion: "v1", kind: "Service", namespace: "shop", name: "web", uid: "u1" };
const failed = { type: "Warning", reason: "AllocationFailed", message: "no available IPs" } as const;

/** What every EventSink has to do, wherever its events go. */
export function eventSinkContract(name: string, open: () => EventSinkHarness): void {
  describe(`${name} as an EventSink`, () => {
    test("stores an event about its object", async () => {
      const { sink, stored } = open();
      sink.record(web, failed);
      await sink.flush();
      expect(stored()).toEqual(["shop/web Warning AllocationFailed x1: no available IPs"]);
    });

    test("counts the same reason on the same object within ten minutes, with the latest message", async () => {
      const { sink, clock, stored } = open();
      sink.record(web, failed);
      clock.advance(599_000);
      sink.record(web, { ...failed, message: "still none" });
      await sink.flush();
      expect(stored()).toEqual(["shop/web Warning AllocationFailed x2: still none"]);
    });

    test("keeps every change of addresses, and counts the same one", async () => {
      const { sink, stored } = open();
      const change = (message: string) => ({ type: "Normal", reason: "ClearAssignment", message }) as const;
      for (const message of ["a becomes b", "b becomes a", "a becomes b"]) sink.record(web, change(message));
      await sink.flush();
      expect(stored()).toEqual([
        "shop/web Normal ClearAssignment x2: a becomes b",
        "shop/web Normal ClearAssignment x1: b becomes a",
      ]);
    });

    test("begins anew after ten minutes, for another reason and for another object", async () => {
      const { sink, clock, stored } = open();
      sink.record(web, failed);
      await sink.flush();
      clock.advance(600_000);
      sink.record(web, failed);
      sink.record(web, { type: "Normal", reason: "IPAllocated", message: "Assigned" });
      // Warnings may overtake what waits with them.
      await sink.flush();
      sink.record({ ...web, name: "db", uid: "u2" }, failed);
      await sink.flush();
      expect(stored()).toEqual([
        "shop/web Warning AllocationFailed x1: no available IPs",
        "shop/web Warning AllocationFailed x1: no available IPs",
        "shop/web Normal IPAllocated x1: Assigned",
        "shop/db Warning AllocationFailed x1: no available IPs",
      ]);
    });
  });
}
