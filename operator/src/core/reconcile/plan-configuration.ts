import { type BuiltConfig, type Config, type ConfigProblem } from "@steelyard/model/config";
import { type PlannedEvent } from "./planned-event.ts";

export interface ObjectEvent extends PlannedEvent {
  readonly object: ConfigProblem["object"];
}

export interface ConfigurationPlan {
  /** Problems that were not there before: to be logged and told to whoever looks at the object. */
  readonly appeared: readonly ConfigProblem[];
  /** Problems that are gone: to be logged. */
  readonly resolved: readonly ConfigProblem[];
  readonly events: readonly ObjectEvent[];
  /** What the allocator sees is different: every Service is to be looked at again. */
  readonly isDifferent: boolean;
}

/** Compares a newly built configuration with the one before it; undefined = there was none. */
export function planConfiguration(previous: BuiltConfig | undefined, next: BuiltConfig): ConfigurationPlan {
  const appeared = without(next.problems, previous?.problems ?? []);
  return {
    appeared,
    resolved: without(previous?.problems ?? [], next.problems),
    events: appeared.map(asEvent),
    isDifferent: previous === undefined || fingerprint(previous) !== fingerprint(next),
  };
}

/** Not everything that was configured is in force. */
export function isStale(built: BuiltConfig): boolean {
  return !isAllInForce(built) || built.problems.some(({ kind }) => kind === "wrong");
}

function asEvent({ object, path, message }: ConfigProblem): ObjectEvent {
  return { object, type: "Warning", reason: "ConfigurationError", message: `${path}: ${message}` };
}

function without(
  problems: readonly ConfigProblem[],
  others: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  const known = new Set(others.map((problem) => JSON.stringify(problem)));
  return problems.filter((problem) => !known.has(JSON.stringify(problem)));
}

function isAllInForce({ refusedPools, verdicts }: BuiltConfig): boolean {
  return refusedPools.size === 0 && verdicts.every(({ inForce }) => inForce === "present");
}

/** The kinds whose problems an explanation to a Service may repeat. */
const TOLD_TO_SERVICES = ["IPAddressPool", "L2Advertisement"];

/**
 * A text that is equal for configurations that are equal to every Service. Namespaces come and go all day, and few of
 * them change a pool; a BGP peer changes none.
 */
function fingerprint({ config, refusedPools, problems }: BuiltConfig): string {
  const told = problems.filter(({ object }) => TOLD_TO_SERVICES.includes(object.kind));
  return JSON.stringify([forComparison(config), [...refusedPools].sort(), told]);
}

function forComparison({ pools }: Config): unknown {
  return pools.map(({ name, ranges, autoAssign, avoidBuggyIps, serviceAllocation, l2Advertisements }) => ({
    name,
    ranges: ranges.map(({ family, first, last }) => `${family} ${first}-${last}`),
    autoAssign,
    avoidBuggyIps,
    serviceAllocation: serviceAllocation && {
      ...serviceAllocation,
      namespaces: serviceAllocation.namespaces && [...serviceAllocation.namespaces].sort(),
    },
    l2Advertisements,
  }));
}
