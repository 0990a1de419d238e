import { expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { ip } from "../core/wire/testing/ip.ts";
import { type NetioReport } from "../ports/netio-report.ts";
import { quietReport } from "../ports/testing/netio-report.ts";
import { RecentDefences } from "./recent-defences.ts";

function reportOf(counts: Readonly<Record<string, number>>): NetioReport {
  const mac = new Uint8Array([2, 0, 0, 0, 0, 0x99]);
  const defended = Object.entries(counts).map(([text, count]) => ({
    address: ip(text),
    mac,
    since: "",
    count,
  }));
  return { ...quietReport, defended };
}

test("a defence is worth a mention for ten minutes, and again when it happens again", () => {
  const clock = new ManualClock();
  let expiries = 0;
  const defences = new RecentDefences({ clock, onExpiry: () => (expiries += 1) });
  const first = reportOf({ "192.0.2.1": 1, "192.0.2.2": 1 });
  expect(defences.in(first)).toBe(first);
  clock.advance(300_000);
  const second = reportOf({ "192.0.2.1": 2, "192.0.2.2": 1 });
  expect(defences.in(second)).toBe(second);
  clock.advance(300_000);
  expect(expiries).toBe(1);
  const later = defences.in(second);
  expect(later.defended.map(({ count }) => count)).toEqual([2]);
  expect(defences.in(second)).toBe(later);
  clock.advance(300_000);
  expect(defences.in(second).defended).toEqual([]);
  clock.advance(3_600_000);
  expect(expiries).toBe(2);
  const again = reportOf({ "192.0.2.1": 2, "192.0.2.2": 5 });
  expect(defences.in(again).defended.map(({ count }) => count)).toEqual([5]);
  defences.stop();
});
