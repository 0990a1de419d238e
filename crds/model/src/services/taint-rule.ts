import { err, ok, type Result } from "../foundation/index.ts";
import { type NodeTaint } from "../resources/index.ts";

/** Which taints on a Node take it out of announcing; what is undefined may be anything. */
export interface TaintRule {
  readonly key: string;
  readonly value: string | undefined;
  readonly effect: string | undefined;
}

const effects: readonly string[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Reads `<key>[=<value>][:<effect>]`, the form of `kubectl taint`; the error is one sentence. */
export function parseTaintRule(text: string): Result<TaintRule, string> {
  const [, key, value, effect] = /^([^=:]+)(?:=([^:]*))?(?::(.*))?$/.exec(text) ?? [];
  if (key === undefined) return err(`"${text}" is not <key>[=<value>][:<effect>]`);
  if (effect !== undefined && !effects.includes(effect)) {
    return err(`"${text}" has the effect "${effect}", which is none of ${effects.join(", ")}`);
  }
  return ok({ key, value, effect });
}

export function matchesTaint(rule: TaintRule, taint: NodeTaint): boolean {
  return (
    rule.key === taint.key &&
    (rule.value === undefined || rule.value === (taint.value ?? "")) &&
    (rule.effect === undefined || rule.effect === taint.effect)
  );
}

/** As `kubectl describe` shows it. */
export function formatTaint({ key, value = "", effect }: NodeTaint): string {
  return `${key}${value === "" ? "" : `=${value}`}:${effect}`;
}
