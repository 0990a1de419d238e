import { expect } from "@jest/globals";
import { History } from "./history.ts";
import { judgeRest } from "./invariants-at-rest.ts";
import { type Step } from "./steps.ts";

/** Histories per property; STEELYARD_HISTORY_RUNS asks for more, for a long run. */
export const runs = Number(process.env["STEELYARD_HISTORY_RUNS"] ?? 150);
export const timeout = 30_000 + runs * 200;

/** Lives through the steps and comes to rest; every invariant is looked at after every step. */
export async function live(steps: readonly Step[]): Promise<History> {
  const history = new History();
  await history.begin();
  expect(judgeRest(history)).toEqual([]);
  await goOn(history, [...steps, { do: "rest" }]);
  return history;
}

export async function goOn(history: History, steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    await history.take(step);
    expect([index, history.witness.faults]).toEqual([index, []]);
    if (step.do === "rest") expect([index, judgeRest(history)]).toEqual([index, []]);
  }
}
