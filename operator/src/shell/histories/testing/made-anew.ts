import { expect } from "@jest/globals";
import { type History } from "./history.ts";
import { goOn } from "./live.ts";
import { type formsOfA } from "./pool-forms.ts";
import { familySets, isOurs, keyOf, shown } from "./rules.ts";
import { type Step } from "./steps.ts";

/** What everybody has who is not on the way out, and could be given an address. */
export function shownByAll({ cluster }: History): ReadonlyMap<string, readonly string[]> {
  const staying = cluster.services
    .list()
    .filter(
      (one) => isOurs(one) && one.metadata.deletionTimestamp === undefined && familySets(one).length > 0,
    );
  return new Map(staying.map((service) => [keyOf(service), shown(service)]));
}

/** Invariant 7: pool a, the only one, goes and comes back, and everybody has again what it had. */
export async function recreate(
  history: History,
  form: keyof typeof formsOfA,
  meanwhile: Step,
): Promise<void> {
  const pool: Step = { do: "pool a", form, createsFirst: false };
  await goOn(history, [pool, { do: "rest" }]);
  const before = shownByAll(history);
  await goOn(history, [{ do: "pool a", form: "gone", createsFirst: false }, { do: "rest" }]);
  expect([...shownByAll(history).values()].flat()).toEqual([]);
  await goOn(history, [meanwhile, pool, { do: "rest" }]);
  const after = shownByAll(history);
  for (const [key, had] of before) {
    const has: unknown = expect.arrayContaining([...had]);
    expect([key, after.get(key)]).toEqual([key, has]);
  }
}
