import { describe, expect, test } from "@jest/globals";
import { evaluate } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { celRules } from "./cel-rules.ts";

const HOST_ROUTES_ONLY = ruleWith("aggregationLength");
const WITHIN_LIMITS = ruleWith("65535");
const WHOLE_SECONDS = ruleWith("% 1000");
const UNCHANGED = ruleWith("oldSelf");

const selector = { matchLabels: { exposure: "public" } };

describe("service selectors only with host routes", () => {
  test.each<[object, boolean]>([
    [{}, true],
    [{ aggregationLength: 24 }, true],
    [{ aggregationLength: 24, serviceSelectors: [] }, true],
    [{ serviceSelectors: [selector] }, true],
    [{ serviceSelectors: [selector], aggregationLength: 32, aggregationLengthV6: 128 }, true],
    [{ serviceSelectors: [selector], aggregationLength: 24 }, false],
    [{ serviceSelectors: [selector], aggregationLength: 32, aggregationLengthV6: 64 }, false],
    [{ serviceSelectors: [{}], aggregationLengthV6: 127 }, false],
  ])("%j: %s", (spec, expected) => {
    expect(verdicts(HOST_ROUTES_ONLY, spec)).toEqual({ byHand: expected, byCel: expected });
  });

  test("by hand as by CEL, for any spec", () => {
    const spec = fc.record(
      {
        serviceSelectors: fc.array(fc.constant(selector), { maxLength: 2 }),
        aggregationLength: fc.constantFrom(1, 24, 32),
        aggregationLengthV6: fc.constantFrom(64, 127, 128),
      },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(spec, (self) => agree(HOST_ROUTES_ONLY, self)));
  });
});

describe("connectTime", () => {
  test.each<[string, boolean, boolean]>([
    ["1s", true, true],
    ["999ms", false, false],
    ["0s", false, true],
    ["-1s", false, true],
    ["1500ms", true, false],
    ["1m", true, true],
    ["18h12m15s", true, true],
    ["18h12m16s", false, true],
    ["ten seconds", false, false],
    ["10", false, false],
  ])("%s: within the limits %s, whole seconds %s", (text, isWithin, isWhole) => {
    expect(verdicts(WITHIN_LIMITS, text)).toEqual({ byHand: isWithin, byCel: isWithin });
    expect(verdicts(WHOLE_SECONDS, text)).toEqual({ byHand: isWhole, byCel: isWhole });
  });

  test("by hand as by CEL, for any milliseconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000_000 }), (milliseconds) => {
        const text = `${Math.floor(milliseconds / 1000)}s${milliseconds % 1000}ms`;
        return agree(WITHIN_LIMITS, text) && agree(WHOLE_SECONDS, text);
      }),
    );
  });
});

test.each<[unknown, unknown, boolean]>([
  ["node-a", "node-a", true],
  ["node-b", "node-a", false],
  [true, true, true],
  [true, false, false],
])("%j after %j: %s", (self, oldSelf, expected) => {
  expect(verdicts(UNCHANGED, self, oldSelf)).toEqual({ byHand: expected, byCel: expected });
});

test("the same text is always the same check", () => {
  for (const rule of celRules.filter(({ isTransition }) => isTransition)) {
    expect([rule.holds("a", "a"), rule.holds("a", "b")]).toEqual([true, false]);
  }
});

type Rule = (typeof celRules)[number];

function verdicts(rule: Rule, self: unknown, oldSelf?: unknown) {
  return { byHand: rule.holds(self, oldSelf), byCel: celVerdict(rule.rule, self, oldSelf) };
}

function agree(rule: Rule, self: unknown): boolean {
  const { byHand, byCel } = verdicts(rule, self);
  return byHand === byCel;
}

/** An error while a rule is evaluated refuses the object, as on the API server. */
function celVerdict(rule: string, self: unknown, oldSelf: unknown): boolean {
  try {
    return evaluate(rule, { self: celValue(self), oldSelf: celValue(oldSelf) }) === true;
  } catch {
    return false;
  }
}

/** CEL tells whole numbers from others, JSON does not. */
function celValue(value: unknown): unknown {
  if (typeof value === "number") return BigInt(value);
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, celValue(inner)]));
}

function ruleWith(part: string): Rule {
  const rule = celRules.find((one) => one.rule.includes(part));
  if (!rule) throw new Error(`no rule contains ${part}`);
  return rule;
}
