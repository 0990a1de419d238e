import { compareTexts } from "../foundation/index.ts";
import { type Condition } from "../resources/index.ts";
import { type BuiltConfig, type ConfigProblem, type ObjectVerdict } from "./types.ts";

/** On the objects of configuration: whether they are in force as they are written. */
export const VALID_CONDITION = "steelyard.io/Valid";

/** What metav1.Condition permits, in characters. */
const LONGEST_MESSAGE = 32_768;

/** A condition without the moment at which its status changed: that is for whoever writes it to know. */
export type StatedCondition = Omit<Condition, "lastTransitionTime">;

export interface ObjectCondition {
  readonly object: ConfigProblem["object"];
  readonly condition: StatedCondition;
}

/**
 * For every object of the six kinds what is to be said at the object itself:
 *
 * - True, `Accepted`: it is in force as it is written.
 * - True, `Incomplete`: it is in force, but for what the message names.
 * - False, `Refused`: it is not in force; the message says why, and whether an earlier form is.
 */
export function objectConditions({ verdicts, problems }: BuiltConfig): readonly ObjectCondition[] {
  const byObject = new Map<string, ConfigProblem[]>();
  for (const problem of problems) {
    const key = keyOf(problem.object);
    byObject.set(key, [...(byObject.get(key) ?? []), problem]);
  }
  return verdicts.map((verdict) => ({
    object: verdict.object,
    condition: conditionOf(verdict, byObject.get(keyOf(verdict.object)) ?? []),
  }));
}

/** The condition of one object, without building all of them each time; undefined for an object that was not there. */
export function objectCondition(
  built: BuiltConfig,
  object: ConfigProblem["object"],
): StatedCondition | undefined {
  let index = indexes.get(built);
  if (!index) {
    index = new Map(objectConditions(built).map((one) => [keyOf(one.object), one.condition]));
    indexes.set(built, index);
  }
  return index.get(keyOf(object));
}

/** One index per BuiltConfig, made at the first question; it never changes, so neither does its index. */
const indexes = new WeakMap<BuiltConfig, ReadonlyMap<string, StatedCondition>>();

function conditionOf(
  { inForce, generation }: ObjectVerdict,
  problems: readonly ConfigProblem[],
): StatedCondition {
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const base = { type: VALID_CONDITION, ...observed };
  const findings = [...problems].sort(bySeverity).map(({ path, message }) => `${path}: ${message}`);
  if (inForce === "present" && findings.length === 0) {
    return { ...base, status: "True", reason: "Accepted", message: "in force as it is" };
  }
  if (inForce === "present") {
    return { ...base, status: "True", reason: "Incomplete", message: joined("in force, but: ", findings) };
  }
  const meanwhile =
    inForce === "earlier"
      ? "not in force as it is; the last good form of the object stays in force: "
      : "not in force: ";
  return { ...base, status: "False", reason: "Refused", message: joined(meanwhile, findings) };
}

function joined(beginning: string, findings: readonly string[]): string {
  return (beginning + findings.join("; ")).slice(0, LONGEST_MESSAGE);
}

/** What is wrong before what is only missing. */
function bySeverity(a: ConfigProblem, b: ConfigProblem): number {
  return compareTexts(b.kind, a.kind) || compareTexts(a.path, b.path) || compareTexts(a.message, b.message);
}

function keyOf({ kind, namespace, name }: ConfigProblem["object"]): string {
  return `${kind} ${namespace}/${name}`;
}
