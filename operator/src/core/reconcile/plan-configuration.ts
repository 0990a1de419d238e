import { type BuiltConfig, type Config, type ConfigProblem, type Pool } from "@steelyard/model/config";
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
 * them change a pool; of BGP peers matters which nodes they are for, and that only where routes are advertised.
 */
function fingerprint({ config, refusedPools, problems }: BuiltConfig): string {
  const kinds = isByBgp(config) ? [...TOLD_TO_SERVICES, "BGPPeer"] : TOLD_TO_SERVICES;
  const told = problems.filter(({ object }) => kinds.includes(object.kind));
  return JSON.stringify([forComparison(config), [...refusedPools].sort(), told]);
}

function forComparison(config: Config): unknown {
  const { pools, bgpPeers } = config;
  const peers = bgpPeers.map(({ name, nodeSelectors }) => ({ name, nodeSelectors }));
  return [pools.map(poolForComparison), isByBgp(config) ? peers : []];
}

function isByBgp({ pools }: Config): boolean {
  return pools.some(({ bgpAdvertisements }) => bgpAdvertisements.length > 0);
}

function poolForComparison(pool: Pool): unknown {
  const { name, ranges, autoAssign, avoidBuggyIps, serviceAllocation } = pool;
  const { l2Advertisements, bgpAdvertisements } = pool;
  return {
    name,
    ranges: ranges.map(({ family, first, last }) => `${family} ${first}-${last}`),
    autoAssign,
    avoidBuggyIps,
    serviceAllocation: serviceAllocation && {
      ...serviceAllocation,
      namespaces: serviceAllocation.namespaces && [...serviceAllocation.namespaces].sort(),
    },
    l2Advertisements,
    bgpAdvertisements,
  };
}
