import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { type WriteOutcome } from "../../ports/cluster-writer.ts";
import { Denials } from "./denials.ts";
import { RememberingLog } from "../testing/remembering-log.ts";

const written: WriteOutcome = { at: "written", resourceVersion: "1" };
const denied = (until: "later" | "restart"): WriteOutcome => ({
  at: "denied",
  until,
  problem: "no such field",
});

function rig() {
  const clock = new ManualClock();
  const log = new RememberingLog();
  const denials = new Denials({ clock, log });
  let asked = 0;
  const attempt = (outcome: WriteOutcome, sort = "condition on BGPPeer") =>
    denials.attempt(sort, () => {
      asked += 1;
      return Promise.resolve(outcome);
    });
  return { clock, log, attempt, asked: () => asked };
}

describe("writes that are denied", () => {
  test("for lack of a field are said once per kind, and not tried again", async () => {
    const { log, attempt, asked } = rig();
    for (let round = 0; round < 5; round++) expect(await attempt(denied("restart"))).toEqual({ is: "done" });
    await attempt(denied("restart"), "condition on Community");
    expect(asked()).toBe(2);
    expect(log.lines.filter((line) => line.includes("no such field"))).toHaveLength(2);
  });

  test("by a role are tried again after minutes, once for all objects of the kind", async () => {
    const { clock, log, attempt, asked } = rig();
    expect(await attempt(denied("later"))).toEqual({ is: "again", afterMs: 300_000 });
    clock.advance(100_000);
    expect(await attempt(written)).toEqual({ is: "again", afterMs: 200_000 });
    clock.advance(200_000);
    expect(await attempt(denied("later"))).toEqual({ is: "again", afterMs: 300_000 });
    expect([asked(), log.lines.length]).toEqual([2, 1]);
    clock.advance(300_000);
    expect(await attempt(written)).toEqual({ is: "done" });
    expect(await attempt(written)).toEqual({ is: "done" });
    expect(asked()).toBe(4);
  });
});
