import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { freeAddresses, judgeSecondPass } from "./testing/invariants-at-rest.ts";
import { goOn, live, runs, timeout } from "./testing/live.ts";
import { anyHistory, type Step } from "./testing/steps.ts";

const soundPools: readonly Step[] = [
  { do: "pool a", form: "whole", createsFirst: false },
  { do: "pool b", form: "plain" },
];

/**
 * The guarantee of docs/stability.md. The invariants are numbered:
 *
 * 1 no two Services show an address that they do not share · 2 what is shown goes only for a cause of the table, with one
 * event and one count · 3 nothing leaks: the book holds what the statuses show · 4 nobody waits for what is free, the oldest
 * is served first · 5 the same history gives the same result · 6 a second pass writes nothing · 7 a pool made anew gives
 * everybody the old address back · 8 widening touches nobody, shrinking those outside · 9 nothing of others is written ·
 * 10 writes are bounded by changes.
 */
describe("any history of Services, pools, watches, writes and leaders", () => {
  test(
    "breaks no invariant, and whoever leads next has nothing to write",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyHistory, async (steps) => {
          const history = await live(steps);
          expect(await judgeSecondPass(history)).toEqual([]);
          await history.end();
        }),
        { numRuns: runs },
      );
    },
    timeout,
  );

  test(
    "leaves every address that no status shows to whoever asks for it",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyHistory, async (steps) => {
          const history = await live([...steps, ...soundPools]);
          const free = freeAddresses(history);
          history.ask(free);
          await goOn(history, [{ do: "rest" }]);
          expect(freeAddresses(history)).toEqual([]);
          await history.end();
        }),
        { numRuns: Math.ceil(runs / 3) },
      );
    },
    timeout,
  );
});
