import { type BuiltConfig, type ConfigProblem, type Pool } from "@steelyard/model/config";
import { matchesLabels } from "@steelyard/model/foundation";
import { type ConsideredPool, type NotServedVerdict, type PoolVerdict } from "./pool-verdict.ts";

/** Who asks: what a pool's serviceAllocation can select by. */
export interface Applicant {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

export interface CandidatePools {
  /** Asked one tier after the other: a tier is only reached when the one before it has nothing. */
  readonly tiers: readonly (readonly Pool[])[];
  /** The pools that are not asked at all, and why; sorted by name. */
  readonly passedOver: readonly ConsideredPool[];
}

/**
 * Sorts the pools that automatic allocation may ask for a Service (reference metallb.md, section 3.3 c): first the
 * pools with a serviceAllocation that selects it, by priority with none last, then those without one. Names break
 * ties, where MetalLB leaves it to chance (quirk 7).
 */
export function candidatePools(applicant: Applicant, built: BuiltConfig): CandidatePools {
  const dedicated: Pool[] = [];
  const open: Pool[] = [];
  const passedOver: ConsideredPool[] = refusedPools(built);
  for (const pool of built.config.pools) {
    const verdict = whyNotCandidate(pool, applicant);
    if (verdict !== undefined) passedOver.push({ pool: pool.name, verdict });
    else (pool.serviceAllocation === undefined ? open : dedicated).push(pool);
  }
  return {
    tiers: [dedicated.sort(byPriorityThenName), open.sort(byName)],
    passedOver: passedOver.sort((a, b) => (a.pool < b.pool ? -1 : 1)),
  };
}

function whyNotCandidate(pool: Pool, applicant: Applicant): PoolVerdict | undefined {
  // What the pool is for comes first: without autoAssign it can be asked for by name, but not by everybody.
  return whyNotServed(pool, applicant) ?? (pool.autoAssign ? undefined : { is: "not-automatic" });
}

/** Why the pool gives this Service nothing even if it asks for the pool by name; undefined when it may. */
export function whyNotServed(pool: Pool, { namespace, labels }: Applicant): NotServedVerdict | undefined {
  const allocation = pool.serviceAllocation;
  if (allocation === undefined) return undefined;
  const { namespaces, serviceSelectors } = allocation;
  if (namespaces !== undefined && !namespaces.has(namespace)) {
    return { is: "other-namespaces", namespaces: [...namespaces].sort() };
  }
  const isSelected =
    serviceSelectors.length === 0 || serviceSelectors.some((selector) => matchesLabels(selector, labels));
  return isSelected ? undefined : { is: "other-services", selectors: serviceSelectors };
}

/** Pools that exist but of which no version at all is in force. */
function refusedPools(built: BuiltConfig): ConsideredPool[] {
  const inForce = new Set(built.config.pools.map((pool) => pool.name));
  return [...built.refusedPools]
    .filter((name) => !inForce.has(name))
    .map((name) => ({ pool: name, verdict: refusedVerdict(name, built) }));
}

export function refusedVerdict(name: string, { problems }: BuiltConfig): PoolVerdict {
  const isAbout = ({ kind, object }: ConfigProblem): boolean =>
    kind === "wrong" && object.kind === "IPAddressPool" && object.name === name;
  return { is: "refused", problem: problems.find(isAbout) };
}

function byPriorityThenName(a: Pool, b: Pool): number {
  const priorityOf = (pool: Pool): number => pool.serviceAllocation?.priority ?? Infinity;
  const [first, second] = [priorityOf(a), priorityOf(b)];
  return first === second ? byName(a, b) : first - second;
}

function byName(a: Pool, b: Pool): number {
  return a.name < b.name ? -1 : 1;
}
