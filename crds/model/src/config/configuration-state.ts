import { compareTexts } from "../foundation/index.ts";
import { type Condition, type ConfigurationStateResource, withCondition } from "../resources/index.ts";
import { describeProblem } from "./describe.ts";
import { type ConfigKind } from "./kinds.ts";
import { type StatedCondition } from "./object-conditions.ts";
import { type ConfigProblem } from "./types.ts";

/** Who has an opinion about the configuration (reference metallb.md, section 1.9). */
export type ConfigurationComponent = "controller" | "speaker";

export interface ComponentReport {
  readonly conditionType: string;
  /** Under which the condition and what follows from it are applied. */
  readonly fieldManager: string;
  /** The kinds the component parses, in the order in which MetalLB does and stops at the first error (section 2.7). */
  readonly kinds: readonly ConfigKind[];
}

/** MetalLB's controller parses what decides about addresses; its speaker everything. */
export const COMPONENT_REPORTS: Readonly<Record<ConfigurationComponent, ComponentReport>> = {
  controller: {
    conditionType: "poolReconcilerValid",
    fieldManager: "poolReconciler",
    kinds: ["IPAddressPool", "Community"],
  },
  speaker: {
    conditionType: "configReconcilerValid",
    fieldManager: "configReconciler",
    kinds: ["BFDProfile", "BGPPeer", "IPAddressPool", "Community", "L2Advertisement", "BGPAdvertisement"],
  },
};

/** What a ConfigurationState says. */
export type ConfigurationStateStatus = NonNullable<ConfigurationStateResource["status"]>;

export interface StatedConfiguration {
  readonly result: NonNullable<ConfigurationStateStatus["result"]>;
  /** The messages of the conditions that failed, one per line. */
  readonly errorSummary: string;
  readonly conditions: readonly StatedCondition[];
}

/**
 * What one component says about the configuration in MetalLB's form, for whoever watches for that (reference metallb.md,
 * section 1.9): only the first fault; all of them stand at their objects.
 */
export function configurationState(
  problems: readonly ConfigProblem[],
  component: ConfigurationComponent,
): StatedConfiguration {
  const { conditionType, kinds } = COMPONENT_REPORTS[component];
  const [first] = problems.filter((problem) => isFaultFor(problem, kinds)).sort(byParsing(kinds));
  const condition: StatedCondition = first
    ? { type: conditionType, status: "False", reason: "ConfigurationError", message: messageOf(first) }
    : { type: conditionType, status: "True", reason: "Reconciled", message: "" };
  return { ...verdictOf([condition]), conditions: [condition] };
}

/** Any condition that fails counts, whatever its reason (quirk 11). */
export function verdictOf(
  conditions: readonly StatedCondition[],
): Pick<StatedConfiguration, "result" | "errorSummary"> {
  const failed = conditions.filter(({ status }) => status === "False");
  if (conditions.length === 0) return { result: "Unknown", errorSummary: "" };
  const errorSummary = failed.map(({ message }) => message).join("\n");
  return { result: failed.length > 0 ? "Invalid" : "Valid", errorSummary };
}

/** A reference that dangles is a fault where MetalLB stops at it; elsewhere it passes over it silently. */
function isFaultFor({ kind, object, summary }: ConfigProblem, kinds: readonly string[]): boolean {
  return kinds.includes(object.kind) && (kind === "wrong" || summary !== undefined);
}

function byParsing(kinds: readonly string[]): (a: ConfigProblem, b: ConfigProblem) => number {
  return (a, b) =>
    kinds.indexOf(a.object.kind) - kinds.indexOf(b.object.kind) ||
    compareTexts(a.object.name, b.object.name) ||
    compareTexts(a.path, b.path) ||
    compareTexts(a.message, b.message);
}

function messageOf(problem: ConfigProblem): string {
  return `configuration error: ${problem.summary ?? describeProblem(problem)}`;
}

/** The status as it is to be applied; undefined when the object says so already. `timestamp`: the present moment. */
export function configurationStateToApply(
  existing: ConfigurationStateResource | undefined,
  stated: StatedConfiguration,
  timestamp: string,
): ConfigurationStateStatus | undefined {
  const { result, errorSummary } = stated;
  const before = existing?.status?.conditions ?? [];
  const conditions = stated.conditions.reduce<readonly Condition[]>(
    (list, condition) => withCondition(list, { ...condition, lastTransitionTime: timestamp }),
    before,
  );
  const isSame =
    conditions === before &&
    existing?.status?.result === result &&
    existing.status.errorSummary === errorSummary;
  const types = new Set(stated.conditions.map(({ type }) => type));
  return isSame
    ? undefined
    : { result, errorSummary, conditions: conditions.filter(({ type }) => types.has(type)) };
}
