import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { dualStack, serviceOf } from "../core/testing/services.ts";
import { type OperatorOptions } from "./operator-options.ts";
import { OperatorRig } from "./testing/operator-rig.ts";

type Step =
  | { readonly do: "create"; readonly name: number; readonly isDual: boolean }
  | { readonly do: "remove"; readonly name: number }
  | { readonly do: "lag" | "catch-up" | "fail-writes" | "restart" | "break-pool" | "mend-pool" | "wait" };

const name = fc.integer({ min: 0, max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("create" as const), name, isDual: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("lag", "catch-up", "fail-writes", "restart", "break-pool", "mend-pool", "wait"),
    }),
  },
);

/** The budget is tested elsewhere; here it would only make histories slow. */
const generous: Partial<OperatorOptions> = {
  writeBudget: { perObject: { burst: 1e6, perSecond: 1e6 }, total: { burst: 1e6, perSecond: 1e6 } },
};

class History {
  readonly rig = new OperatorRig();
  #second = 0;

  async begin(): Promise<void> {
    this.mend();
    await this.rig.start(generous);
  }

  mend(): void {
    this.rig.pool("edge", ["192.0.2.0-192.0.2.3", "2001:db8::-2001:db8::2"]);
  }

  async take(one: Step): Promise<void> {
    const { rig } = this;
    switch (one.do) {
      case "create": {
        const key = `shop/${one.name}`;
        const createdAt = `2026-11-22T08:${String(10 + this.#second++).padStart(2, "0")}:00Z`;
        const spec = one.isDual ? dualStack : {};
        if (rig.cluster.services.get(key) === undefined)
          rig.cluster.services.put(serviceOf(key, { createdAt, spec }));
        return;
      }
      case "remove":
        return rig.cluster.services.remove(`shop/${one.name}`);
      case "lag":
        return rig.reader?.services.hold();
      case "catch-up":
        return rig.reader?.services.release();
      case "fail-writes":
        rig.cluster.faults.push(new Error("reset"), { at: "conflict" }, new Error("timeout"));
        return;
      case "restart":
        await rig.stop();
        return rig.start(generous);
      case "break-pool":
        return rig.pool("edge", ["nonsense"]);
      case "mend-pool":
        return this.mend();
      case "wait":
        return rig.settle();
    }
  }

  held(): ReadonlyMap<string, readonly (string | undefined)[]> {
    const keys = this.rig.cluster.services.list().map(({ metadata }) => `shop/${metadata.name}`);
    return new Map(keys.map((key) => [key, this.rig.addressesOf(key)]));
  }
}

describe("the whole operator under any history of changes, lagging watches, failing writes and restarts", () => {
  test("keeps what is held, gives nothing twice, and is at rest in the end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const history = new History();
        await history.begin();
        for (const one of steps) {
          const before = history.held();
          await history.take(one);
          for (const [key, now] of history.held()) {
            const earlier = before.get(key) ?? [];
            expect(now.slice(0, earlier.length)).toEqual(earlier);
          }
          const given = [...history.held().values()].flat();
          expect(new Set(given).size).toBe(given.length);
        }
        await finish(history);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

async function finish(history: History): Promise<void> {
  const { rig } = history;
  rig.reader?.services.release();
  history.mend();
  await rig.settle();
  // Every Service wants an IPv4 address, and there are four: none is left unused while somebody lacks one.
  const inUse = [...history.held().values()].flat().filter((address) => address?.includes(".") === true);
  expect(inUse).toHaveLength(Math.min(4, history.held().size));
  rig.takeWrites();
  await rig.stop();
  await rig.start(generous);
  expect(rig.takeWrites()).toEqual([]);
  await rig.stop();
}
