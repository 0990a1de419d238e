import { expect, test } from "@jest/globals";
import { type ServiceResource } from "@steelyard/model/resources";
import fc from "fast-check";
import { contestOf } from "./contest.ts";
import { findRewritten, marksOf, type Written } from "./marks.ts";
import { stepContest } from "./step.ts";
import { statedRequest } from "./stated-request.ts";
import { at, nothingTold, ours, satisfied } from "./testing/drive.ts";
import { type ContestInput, type ContestState, initialContestState } from "./types.ts";

const undoings = [
  satisfied({ status: { loadBalancer: {} } }),
  satisfied({ status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } } }),
  satisfied({ annotations: {} }),
  satisfied({ status: { loadBalancer: { ingress: [ours] } } }),
];

interface Strategy {
  /** Which way of undoing it uses, and how long after our write. */
  readonly moves: readonly { readonly undoing: number; readonly afterTenths: number }[];
  /** When the watch brings our own write: before the answer does, after it, or never. */
  readonly watch: "faster" | "slower" | "loses-ours";
}

const strategies: fc.Arbitrary<Strategy> = fc.record({
  moves: fc.array(
    fc.record({
      undoing: fc.nat({ max: undoings.length - 1 }),
      afterTenths: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 600 })),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  watch: fc.constantFrom("faster", "slower", "loses-ours"),
});

/** Ten minutes in tenths of a second of an operator that restores what it may, and of a rival that undoes it. */
function play({ moves, watch }: Strategy): readonly number[] {
  const wanted: Written = { ...marksOf(satisfied()), withdrawn: [] };
  let state: ContestState = initialContestState;
  let object: ServiceResource = satisfied();
  let version = 1;
  let undoAt = 0;
  const writes: number[] = [];
  for (let tenth = 0; tenth < 6_000; tenth++) {
    const give = (input: ContestInput): void => {
      ({ state } = stepContest(state, input, { now: at(tenth / 10) }));
    };
    const observe = (): void => {
      const marks = marksOf(object);
      give({
        kind: "observed",
        version: String(version),
        marks,
        request: statedRequest(object),
        told: nothingTold,
      });
    };
    const move = moves[writes.length % moves.length];
    if (move !== undefined && tenth === undoAt) {
      object = undoings[move.undoing] ?? object;
      version += 1;
      observe();
    }
    give({ kind: "tick" });
    const notBefore = contestOf(state)?.rewriting?.writeNotBefore ?? 0;
    if (findRewritten(wanted, marksOf(object)) === undefined || at(tenth / 10) < notBefore) continue;
    const request = statedRequest(object);
    const before = version++;
    object = satisfied();
    give({ kind: "writing" });
    if (watch === "faster") observe();
    give({ kind: "wrote", before: String(before), after: String(version), written: wanted, request });
    if (watch === "slower") observe();
    writes.push(tenth);
    undoAt = tenth + 1 + (moves[writes.length % moves.length]?.afterTenths ?? 0);
  }
  return writes;
}

test("whatever a rival does, a handful of writes per minute is the most there is, for ever", () => {
  fc.assert(
    fc.property(strategies, (strategy) => {
      const writes = play(strategy);
      for (const write of writes) {
        const withinTheMinute = writes.filter((other) => other >= write && other < write + 600).length;
        expect(withinTheMinute).toBeLessThanOrEqual(6);
      }
    }),
    { numRuns: 25 },
  );
});
