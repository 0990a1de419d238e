import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type History } from "./testing/history.ts";
import { recreate, shownByAll } from "./testing/made-anew.ts";
import { goOn, live, runs, timeout } from "./testing/live.ts";
import { type formsOfA, soundFormsOfA } from "./testing/pool-forms.ts";
import { keyOf } from "./testing/rules.ts";
import { anyHistory, type Step } from "./testing/steps.ts";

const some = Math.ceil(runs / 3);
const wholePool: Step = { do: "pool a", form: "whole", createsFirst: false };

/** The Services with their writes during the steps, after which all is at rest again. */
async function writesDuring(history: History, steps: readonly Step[]): Promise<ReadonlyMap<string, number>> {
  const { writes } = history.cluster;
  writes.length = 0;
  await goOn(history, [...steps, { do: "rest" }]);
  const keys = [...history.cluster.services.list().map(keyOf)];
  return new Map(keys.map((key) => [key, writes.filter((write) => write === `Service ${key}`).length]));
}

describe("after any history", () => {
  test(
    "a pool that is deleted and made again gives everybody the old address back (7)",
    async () => {
      // A pool that is for others now gives nothing back: who may edit a Service may write what it remembers.
      const forAll = soundFormsOfA.filter((name) => name !== "gone" && !name.startsWith("for "));
      const form = fc.constantFrom(...forAll);
      const meanwhile = fc.constantFrom<Step>({ do: "rest" }, { do: "take over" }, { do: "crash" });
      await fc.assert(
        fc.asyncProperty(anyHistory, form, meanwhile, async (steps, name, event) => {
          const history = await live([...steps, { do: "pool b", form: "gone" }]);
          await recreate(history, name, event);
          await history.end();
        }),
        { numRuns: some },
      );
    },
    timeout,
  );

  test(
    "widening a pool touches nobody who has an address, except to give the one that is missing (8)",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          anyHistory,
          fc.constantFrom("narrow" as const, "whole" as const),
          async (steps, form) => {
            const history = await live([...steps, { do: "pool b", form: "plain" }, { ...wholePool, form }]);
            const before = shownByAll(history);
            const asking = [...before.keys()].filter(
              (key) => !isContent(history, key) && asksForAny(history, key),
            );
            const writes = await writesDuring(history, [{ do: "pool a", form: "wide", createsFirst: false }]);
            for (const [key, addresses] of shownByAll(history)) {
              // Who asks for what there was not may have it now.
              if (asking.includes(key)) continue;
              const had = before.get(key) ?? [];
              expect([key, addresses.slice(0, had.length)]).toEqual([key, had]);
              const isSame = had.length > 0 && addresses.length === had.length && isContent(history, key);
              expect([key, writes.get(key) ?? 0]).toEqual([key, isSame ? 0 : expect.any(Number)]);
            }
            await history.end();
          },
        ),
        { numRuns: some },
      );
    },
    timeout,
  );

  test(
    "shrinking a pool touches those outside, each with one write and one event, and nobody else (8)",
    async () => {
      const smaller = fc.constantFrom<keyof typeof formsOfA>(
        "narrow",
        "only v4",
        "without buggy addresses",
        "whole",
      );
      await fc.assert(
        fc.asyncProperty(anyHistory, smaller, async (steps, form) => {
          const wide: Step = { do: "pool a", form: "wide", createsFirst: false };
          const history = await live([...steps, { do: "pool b", form: "plain" }, wide]);
          const before = shownByAll(history);
          const writes = await writesDuring(history, [{ do: "pool a", form, createsFirst: false }]);
          for (const [key, now] of shownByAll(history)) {
            const had = before.get(key) ?? [];
            const isTouched = had.some((address) => !now.includes(address));
            if (isTouched) expect([key, writes.get(key)]).toEqual([key, 1]);
            else if (had.length > 0 && isContent(history, key))
              expect([key, writes.get(key)]).toEqual([key, 0]);
          }
          await history.end();
        }),
        { numRuns: some },
      );
    },
    timeout,
  );
});

/** It has all it wants: no number of a pool that has changed is in what its condition says. */
function isContent({ cluster }: History, key: string): boolean {
  const conditions = cluster.services.get(key)?.status?.conditions ?? [];
  return conditions.some(({ type, reason }) => type === "steelyard.io/Allocated" && reason === "Allocated");
}

function asksForAny({ forms }: History, key: string): boolean {
  return forms.get(key)?.asks !== "nothing";
}
