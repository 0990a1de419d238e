import { formatIpAddress, formatIpRange, includesIpAddress, type IpAddress } from "@steelyard/model/address";
import { type BuiltConfig } from "@steelyard/model/config";
import { compareTexts, type JsonObject, ok, type Result } from "@steelyard/model/foundation";
import { findCondition, projectIpAddressPool, type ServiceResource } from "@steelyard/model/resources";
import { type ServiceKey } from "../../core/allocator/index.ts";
import {
  afterStep,
  consequencesOf,
  countConsequences,
  type GivenEdit,
  type HeldBeforeAndAfter,
  type Holding,
  type InterruptedService,
  type PlannedPool,
  type PlannedService,
  type PlanReport,
  poolSteps,
  type PoolEdit,
  type PoolStep,
  type RefusedPool,
  verdictOf,
} from "../../core/plan/index.ts";
import {
  type AddressChange,
  announcedType,
  type ServicePlanOptions,
  subjectOf,
} from "../../core/reconcile/index.ts";
import { type ClusterLists, PlayedCluster } from "./played-cluster.ts";
import { Playback } from "./playback.ts";

export interface PlanRequest extends Pick<PoolEdit, "deletions" | "prune"> {
  readonly edit: GivenEdit;
  /** RFC 3339: now. */
  readonly timestamp: string;
}

/**
 * What an edit of the pools would do to the Services of a cluster. The operator's own decisions are played twice: with
 * all of the edit at once, and object by object in the order in which kubectl would write them.
 *
 * @returns one sentence when the edit cannot be at all
 */
export function planEdit(
  lists: ClusterLists,
  request: PlanRequest,
  options: ServicePlanOptions,
): Result<PlanReport, string> {
  const { edit, deletions, prune, timestamp } = request;
  const steps = poolSteps(lists.pools, { pools: edit.pools, deletions, prune }, timestamp);
  if (!steps.ok) return steps;
  const stage = { lists, options, timestamp };
  const played = playAtOnce(stage, steps.value);
  const services = plannedServices(lists.services, played);
  const order = playInOrder(stage, steps.value, played);
  const refused = refusedPools(played.builtAfter, new Set(edit.pools.map(({ name }) => name)));
  const found = { refused, services, interrupted: order.interrupted };
  return ok({
    version: 1,
    verdict: verdictOf(found),
    counts: countConsequences(services),
    pools: plannedPools(steps.value, played),
    ...found,
    ignored: edit.ignored,
    notes: [...edit.notes, ...missingPools(lists, options), ...order.notes],
  });
}

/** A namespace that is mistyped looks like a cluster whose pools are all gone: everybody would lose. */
function missingPools({ pools }: ClusterLists, { configNamespace }: ServicePlanOptions): readonly string[] {
  if (pools.length > 0) return [];
  return [`there is no IPAddressPool in namespace ${configNamespace}; is this the operator's namespace?`];
}

interface Stage {
  readonly lists: ClusterLists;
  readonly options: ServicePlanOptions;
  readonly timestamp: string;
}

type Holdings = ReadonlyMap<ServiceKey, Holding>;

interface Played {
  /** As the statuses show it. */
  readonly before: Holdings;
  /** When an operator has done what there is to do without the edit. */
  readonly atRest: Holdings;
  readonly after: Holdings;
  readonly servicesAtRest: readonly ServiceResource[];
  readonly changes: ReadonlyMap<ServiceKey, readonly AddressChange[]>;
  readonly builtBefore: BuiltConfig;
  readonly builtAfter: BuiltConfig;
}

function playAtOnce(stage: Stage, steps: readonly PoolStep[]): Played {
  const playback = openPlayback(stage, stage.lists.services);
  const keys = playback.adopt();
  const before = playback.holdings();
  playback.playToRest(keys);
  const unprompted = playback.takeChanges();
  const [atRest, servicesAtRest, builtBefore] = [playback.holdings(), playback.services(), playback.built];
  playback.replacePools(steps.reduce(afterStep, stage.lists.pools).map(projectIpAddressPool));
  const prompted = playback.takeChanges();
  const changes = new Map(
    [...before.keys()].map((key) => [key, [...(unprompted.get(key) ?? []), ...(prompted.get(key) ?? [])]]),
  );
  const [after, builtAfter] = [playback.holdings(), playback.built];
  return { before, atRest, after, servicesAtRest, changes, builtBefore, builtAfter };
}

function openPlayback({ lists, options, timestamp }: Stage, services: readonly ServiceResource[]): Playback {
  const pools = lists.pools.map(projectIpAddressPool);
  const { namespaces } = lists;
  return new Playback(options, new PlayedCluster({ services, namespaces, pools }), timestamp);
}

function plannedServices(
  services: readonly ServiceResource[],
  { before, atRest, after, changes }: Played,
): readonly PlannedService[] {
  const held = services.flatMap((service): readonly HeldBeforeAndAfter[] => {
    const key = `${service.metadata.namespace ?? ""}/${service.metadata.name}`;
    const [then, now] = [before.get(key), after.get(key)];
    if (then === undefined || now === undefined) return [];
    const { remembered } = subjectOf(key, service);
    const said = findCondition(service.status?.conditions, announcedType);
    const silentBecause = said?.status === "False" ? said.reason : undefined;
    const own = changes.get(key) ?? [];
    return [{ service: key, before: then, after: now, changes: own, remembered, silentBecause }];
  });
  return consequencesOf(held).map((consequence) => ({
    ...consequence,
    isPending: !hasSameAddresses(before.get(consequence.service), atRest.get(consequence.service)),
  }));
}

function hasSameAddresses(a: Holding | undefined, b: Holding | undefined): boolean {
  const [first, second] = [a?.addresses ?? [], b?.addresses ?? []];
  return first.length === second.length && first.every((address) => includesIpAddress(second, address));
}

interface InOrder {
  readonly interrupted: readonly InterruptedService[];
  readonly notes: readonly string[];
}

/** One object after the other: the operator may act on each before the next one comes. */
function playInOrder(stage: Stage, steps: readonly PoolStep[], played: Played): InOrder {
  if (steps.length < 2) return { interrupted: [], notes: [] };
  const interrupted = interruptedBy(stage, steps, played);
  if (interrupted.length === 0) return { interrupted, notes: [] };
  // A new pool that overlaps is not in force until there is room for it, so it may wait where it is.
  const ranks = { created: 0, edited: 1, deleted: 2 };
  const sorted = [...steps].sort((a, b) => ranks[a.change] - ranks[b.change]);
  if (interruptedBy(stage, sorted, played).length > 0) return { interrupted, notes: [] };
  const first = [...new Set(sorted.map(({ pool }) => pool))].join(", then ");
  return { interrupted, notes: [`nothing is interrupted in this order: ${first}`] };
}

/** Those who keep an address when all is written at once, and lose it in between when it is not. */
function interruptedBy(
  stage: Stage,
  steps: readonly PoolStep[],
  { servicesAtRest, after: atOnce }: Played,
): readonly InterruptedService[] {
  const playback = openPlayback(stage, servicesAtRest);
  playback.adopt();
  const found = new Map<ServiceKey, Omit<InterruptedService, "after">>();
  let pools: readonly JsonObject[] = stage.lists.pools;
  for (const step of steps) {
    pools = afterStep(pools, step);
    playback.replacePools(pools.map(projectIpAddressPool));
    for (const [service, changes] of playback.takeChanges()) {
      const kept = changes.map(({ from }) => from).filter((from) => isKept(atOnce.get(service), from));
      if (kept.length > 0 && !found.has(service))
        found.set(service, { service, addresses: kept.map(formatIpAddress), pool: step.pool });
    }
  }
  const after = playback.holdings();
  return [...found.values()]
    .map((one) => ({ ...one, after: (after.get(one.service)?.addresses ?? []).map(formatIpAddress) }))
    .sort((a, b) => compareTexts(a.service, b.service));
}

function isKept(holding: Holding | undefined, address: IpAddress): boolean {
  return holding !== undefined && includesIpAddress(holding.addresses, address);
}

function plannedPools(
  steps: readonly PoolStep[],
  { builtBefore, builtAfter }: Played,
): readonly PlannedPool[] {
  return steps.map(({ pool, change }) => ({
    name: pool,
    change,
    before: rangesInForce(builtBefore, pool),
    after: rangesInForce(builtAfter, pool),
  }));
}

function refusedPools(built: BuiltConfig, given: ReadonlySet<string>): readonly RefusedPool[] {
  return [...built.refusedPools].sort().map((name) => ({
    name,
    isGiven: given.has(name),
    faults: built.problems
      .filter(
        ({ kind, object }) => kind === "wrong" && object.kind === "IPAddressPool" && object.name === name,
      )
      .map(({ path, message }) => ({ path, message })),
    inForce: rangesInForce(built, name),
  }));
}

function rangesInForce({ config }: BuiltConfig, name: string): readonly string[] {
  return config.pools.find((pool) => pool.name === name)?.ranges.map(formatIpRange) ?? [];
}
