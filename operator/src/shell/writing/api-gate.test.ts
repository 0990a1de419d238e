import { expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { ApiGate } from "./api-gate.ts";
import { RememberingLog } from "../testing/remembering-log.ts";

function rig() {
  const clock = new ManualClock();
  const log = new RememberingLog();
  const gate = new ApiGate({ clock, log });
  const woken: string[] = [];
  const detach = gate.attach({
    wakeOne: () => woken.push(`one at ${clock.now()}`),
    wakeAll: () => woken.push(`all at ${clock.now()}`),
  });
  const fail = (times: number): void => {
    for (let time = 0; time < times; time++) gate.noteFailure(`Service shop/${time}`);
  };
  return { clock, log, gate, woken, detach, fail };
}

test("is shut by failures in a row, wakes one at a time to try, and all when one has succeeded", () => {
  const { clock, log, gate, woken, fail } = rig();
  fail(4);
  expect([gate.isOpen, gate.mayPass()]).toEqual([true, true]);
  fail(1);
  expect([gate.isOpen, gate.mayPass()]).toEqual([false, false]);
  clock.advance(500);
  expect([gate.mayPass(), gate.mayPass()]).toEqual([true, false]);
  fail(1);
  clock.advance(999);
  expect(gate.mayPass()).toBe(false);
  clock.advance(1);
  expect(gate.mayPass()).toBe(true);
  gate.note("answered");
  expect([gate.isOpen, gate.mayPass()]).toEqual([true, true]);
  expect(woken).toEqual(["one at 500", "one at 1500", "all at 1500"]);
  expect(gate.closings).toBe(1);
  expect(log.lines).toEqual([
    "warn the API server takes no writes; they wait, and one at a time tries",
    "info the API server takes writes again",
  ]);
});

test("wakes another one when the first had nothing to write any more", () => {
  const { clock, woken, fail } = rig();
  fail(5);
  clock.advance(1_500);
  expect(woken).toEqual(["one at 500", "one at 1000", "one at 1500"]);
});

test("a term begins with an open gate and leaves neither a timer nor a shut one behind", () => {
  const { clock, gate, detach, fail } = rig();
  fail(5);
  detach();
  expect([clock.pendingTimers, gate.isOpen]).toEqual([0, true]);
  gate.attach({ wakeOne: () => {}, wakeAll: () => {} });
  expect(gate.isOpen).toBe(true);
});
