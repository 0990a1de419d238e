import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type History } from "./testing/history.ts";
import { goOn, live, runs, timeout } from "./testing/live.ts";
import { keyOf, shown } from "./testing/rules.ts";
import { anyHistory, serviceKeys, serviceForm, type Step } from "./testing/steps.ts";

const some = Math.ceil(runs / 3);

async function outcomeOf(steps: readonly Step[]): Promise<unknown> {
  const history = await live(steps);
  await history.end();
  const { cluster, witness } = history;
  return [cluster.services.list(), cluster.pools.list(), cluster.writes, witness.toldChanges.size];
}

function shownByAll({ cluster }: History): readonly (readonly [string, readonly string[]])[] {
  return cluster.services.list().map((service) => [keyOf(service), shown(service)] as const);
}

const service = fc.constantFrom(...serviceKeys);
const creationOrDeletion: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("create" as const), service, form: serviceForm }),
  fc.record({ do: fc.constant("delete" as const), service }),
);

describe("the same history gives the same result (5)", () => {
  test(
    "write by write, when it is lived through twice",
    async () => {
      await fc.assert(
        fc.asyncProperty(anyHistory, async (steps) => {
          expect(await outcomeOf(steps)).toEqual(await outcomeOf(steps));
        }),
        { numRuns: some },
      );
    },
    timeout,
  );

  test(
    "address by address, whatever the order in which the watch tells of independent Services",
    async () => {
      const batch = fc.array(creationOrDeletion, { minLength: 2, maxLength: 10 });
      await fc.assert(
        fc.asyncProperty(anyHistory, batch, fc.infiniteStream(fc.nat()), async (steps, changes, chance) => {
          const [straight, shuffled] = [await live(steps), await live(steps)];
          const ranks = new Map(serviceKeys.map((key) => [key, Number(chance.next().value)]));
          for (const history of [straight, shuffled]) history.leader?.reader.services.hold();
          await goOn(straight, changes);
          await goOn(shuffled, changes);
          shuffled.leader?.reader.services.release((backlog) =>
            // The sort is stable: what happened to one Service stays in its order.
            [...backlog].sort((a, b) => (ranks.get(a.key) ?? 0) - (ranks.get(b.key) ?? 0)),
          );
          await goOn(straight, [{ do: "rest" }]);
          await goOn(shuffled, [{ do: "rest" }]);
          expect(shownByAll(shuffled)).toEqual(shownByAll(straight));
          await straight.end();
          await shuffled.end();
        }),
        { numRuns: some },
      );
    },
    timeout,
  );
});
