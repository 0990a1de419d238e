import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { conflictsTolerated, failuresTolerated, longestSpanMs, openGate, stepGate } from "./step.ts";
import { type GateEffect, type GateInput, type GateState, type ShutBecause } from "./types.ts";

const because: ShutBecause = "failures";
const states = {
  open: { at: "open", failures: 4, conflicts: 2, lastObject: "Service shop/other", lastSpanMs: 0 },
  shut: { at: "shut", because, spanMs: 500 },
  ajar: { at: "ajar", because, spanMs: 500 },
  probing: { at: "probing", because, spanMs: 500 },
} as const satisfies Record<GateState["at"], GateState>;
const inputs = {
  ask: { is: "ask" },
  timer: { is: "timer" },
  answered: { is: "answered" },
  conflict: { is: "conflict", object: "Service shop/web" },
  failed: { is: "failed", object: "Service shop/web", retryAfterMs: 0 },
  abandoned: { is: "abandoned" },
} as const satisfies Record<GateInput["is"], GateInput>;

function textOf(state: GateState): string {
  if (state.at === "open") return `open ${state.failures} failures ${state.conflicts} conflicts`;
  return `${state.at} because ${state.because} ${state.spanMs} ms`;
}

function effectText(effect: GateEffect): string {
  if (effect.do === "armTimer") return `arm ${effect.afterMs}`;
  return effect.do === "report" ? `report ${effect.change} ${effect.because}` : effect.do;
}

function stepText(state: GateState, input: GateInput): string {
  const { state: next, effects } = stepGate(state, input);
  return [textOf(next), ...effects.map(effectText)].join(", ");
}

const wokenAll = "arm 10000, report opened failures, wakeAll";
const opens = `open 0 failures 0 conflicts, ${wokenAll}`;
const opensByConflict = `open 0 failures 1 conflicts, ${wokenAll}`;
const shutStays = "shut because failures 500 ms";
const ajarStays = "ajar because failures 500 ms";
const probingStays = "probing because failures 500 ms";

describe("state × input", () => {
  const cells: Record<GateState["at"], Record<GateInput["is"], string>> = {
    open: {
      ask: "open 4 failures 2 conflicts, letThrough",
      timer: "open 4 failures 2 conflicts",
      answered: "open 0 failures 0 conflicts",
      conflict: "open 0 failures 3 conflicts",
      failed: "shut because failures 500 ms, arm 500, report shut failures",
      abandoned: "open 4 failures 2 conflicts",
    },
    shut: {
      ask: `${shutStays}, putOff`,
      timer: `${ajarStays}, arm 500, wakeOne`,
      answered: shutStays,
      conflict: shutStays,
      failed: shutStays,
      abandoned: shutStays,
    },
    ajar: {
      ask: `${probingStays}, disarmTimer, letThrough`,
      timer: `${ajarStays}, arm 500, wakeOne`,
      answered: ajarStays,
      conflict: ajarStays,
      failed: ajarStays,
      abandoned: ajarStays,
    },
    probing: {
      ask: `${probingStays}, putOff`,
      timer: probingStays,
      answered: opens,
      conflict: opensByConflict,
      failed: "shut because failures 1000 ms, arm 1000",
      abandoned: `${ajarStays}, arm 500, wakeOne`,
    },
  };
  const rows = Object.entries(cells).flatMap(([at, row]) =>
    Object.entries(row).map(([is, expected]) => [at as GateState["at"], is as GateInput["is"], expected]),
  ) as [GateState["at"], GateInput["is"], string][];

  test.each(rows)("%s × %s: %s", (at, is, expected) => {
    expect(stepText(states[at], inputs[is])).toBe(expected);
  });
});

describe("where conflicts shut the gate", () => {
  const shutBy = (at: "shut" | "ajar" | "probing"): GateState => ({ ...states[at], because: "conflicts" });

  test("it takes many of them in a row", () => {
    const nearly: GateState = { ...openGate, conflicts: conflictsTolerated - 1 };
    expect(stepText(nearly, inputs.conflict)).toBe(
      "shut because conflicts 500 ms, arm 500, report shut conflicts",
    );
  });

  test("one more shows nothing new, unless it answers the probe", () => {
    expect(stepText(shutBy("shut"), inputs.conflict)).toBe("shut because conflicts 500 ms");
    expect(stepText(shutBy("ajar"), inputs.conflict)).toBe("ajar because conflicts 500 ms");
    expect(stepText(shutBy("probing"), inputs.conflict)).toBe("shut because conflicts 1000 ms, arm 1000");
  });

  test("a server that fails the probe is one that fails", () => {
    expect(stepText(shutBy("probing"), inputs.failed)).toBe("shut because failures 1000 ms, arm 1000");
  });
});

describe("how long it stays shut", () => {
  const failed = (retryAfterMs: number): GateInput => ({ ...inputs.failed, retryAfterMs });

  test("doubles from probe to probe, up to what a recovery may take", () => {
    let spanMs = 500;
    const spans: number[] = [];
    for (let probe = 0; probe < 5; probe++) {
      const { state } = stepGate({ at: "probing", because, spanMs }, inputs.failed);
      if (state.at !== "shut") throw new Error(`the gate is ${state.at}`);
      spans.push((spanMs = state.spanMs));
    }
    expect(spans).toEqual([1000, 2000, 3000, 3000, 3000]);
  });

  test("goes on from where it was when the gate has hardly opened, and begins anew after a while", () => {
    const opened = stepGate({ at: "probing", because, spanMs: 1000 }, inputs.answered).state;
    const failing = (state: GateState): GateState =>
      ({ ...state, failures: failuresTolerated - 1 }) as GateState;
    expect(stepText(failing(opened), inputs.failed)).toBe(
      "shut because failures 2000 ms, arm 2000, reportRelapse",
    );
    const calm = stepGate(stepGate(opened, inputs.answered).state, inputs.timer).state;
    expect(stepText(failing(calm), inputs.failed)).toBe(
      "shut because failures 500 ms, arm 500, report shut failures",
    );
  });

  test("is never less than the server asked for, within reason", () => {
    expect(stepText(states.probing, failed(20_000))).toBe("shut because failures 1000 ms, arm 20000");
    expect(stepText(states.open, failed(20_000))).toBe(
      "shut because failures 500 ms, arm 20000, report shut failures",
    );
    expect(stepText(states.probing, failed(1e9))).toBe("shut because failures 1000 ms, arm 120000");
  });
});

test("one object alone does not shut the gate, however often it fails, and two do", () => {
  let state: GateState = openGate;
  const take = (input: GateInput): void => void (state = stepGate(state, input).state);
  for (let time = 0; time < 1000; time++) {
    take(inputs.failed);
    take(inputs.conflict);
  }
  expect(textOf(state)).toBe("open 0 failures 0 conflicts");
  for (let time = 0; time < 3; time++) {
    take(inputs.failed);
    take({ ...inputs.failed, object: "Service shop/other" });
  }
  expect(state.at).toBe("shut");
});

test("whatever happens, a gate that is not open has a timer or a probe, and one that opens wakes everybody", () => {
  const anyInput: fc.Arbitrary<GateInput> = fc.constantFrom(...Object.values(inputs));
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 200 }), (history) => {
      let state: GateState = openGate;
      let isArmed = false;
      for (const input of history) {
        const before = state;
        if (input.is === "timer") isArmed = false;
        const step = stepGate(state, input);
        state = step.state;
        const kinds = step.effects.map((effect) => effect.do);
        if (kinds.includes("armTimer")) isArmed = true;
        if (kinds.includes("disarmTimer")) isArmed = false;
        const isWaiting = state.at === "open" ? state.lastSpanMs > 0 : state.at !== "probing";
        expect(isArmed).toBe(isWaiting);
        expect(kinds.includes("wakeAll")).toBe(before.at !== "open" && state.at === "open");
        if (state.at === "open") expect(state.failures).toBeLessThan(failuresTolerated);
        else expect(state.spanMs).toBeLessThanOrEqual(longestSpanMs);
      }
    }),
  );
});
