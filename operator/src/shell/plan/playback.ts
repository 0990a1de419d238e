import { includesIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Clock, type Instant } from "@steelyard/model/foundation";
import { findCondition, type IpAddressPoolResource, type ServiceResource } from "@steelyard/model/resources";
import { contestedAddresses, isHandledService } from "@steelyard/model/services";
import { poolGiving, type ServiceKey } from "../../core/allocator/index.ts";
import { type Holding } from "../../core/plan/index.ts";
import {
  type AddressChange,
  allocatedType,
  type ServicePlan,
  type ServicePlanOptions,
} from "../../core/reconcile/index.ts";
import { AllocationState, byAge, keyOf, type Moment } from "../term/allocation-state.ts";
import { Contests } from "../term/contests.ts";
import { type PlayedCluster } from "./played-cluster.ts";

/** By then every Service has been served many times over; a play that goes on is a fault of ours. */
const mostRounds = 1000;

/**
 * Lets the operator's own decisions run over a cluster that is played: the same state, the same plans, in the same
 * order, with every write carried out. Nothing of it reaches the real cluster.
 */
export class Playback {
  readonly #cluster: PlayedCluster;
  readonly #options: ServicePlanOptions;
  readonly #moment: Moment;
  readonly #state: AllocationState;
  readonly #changes = new Map<ServiceKey, AddressChange[]>();

  constructor(options: ServicePlanOptions, cluster: PlayedCluster, timestamp: string) {
    this.#cluster = cluster;
    this.#options = options;
    this.#moment = { timestamp, now: 0 as Instant };
    const contests = contestsOf(cluster, options, timestamp);
    const listener = { onPoolUsage: () => {}, onLineMayMove: () => {} };
    this.#state = new AllocationState(options, { reader: cluster, listener, contests });
  }

  get built(): AllocationState["built"] {
    return this.#state.built;
  }

  /** Takes in what the cluster shows, as at the start of a term; nothing is carried out yet. */
  adopt(): readonly ServiceKey[] {
    return this.#state.settle().keys;
  }

  /** Puts other pools in the place of those that are there, and lets everybody react. */
  replacePools(pools: readonly IpAddressPoolResource[]): void {
    this.#cluster.pools.replace(pools);
    if (!this.#state.rebuild().isDifferent) return;
    const served = this.#state.serveLine();
    this.playToRest([...served, ...[...this.#cluster.services.list()].sort(byAge).map(keyOf)]);
  }

  /** Plans the Services of the keys, carries the plans out and goes on with what follows from that. */
  playToRest(keys: readonly ServiceKey[]): void {
    let next = new Set(keys);
    for (let round = 0; next.size > 0; round++) {
      if (round > mostRounds) throw new Error("the played cluster does not come to rest");
      const written = this.#plan(next);
      next = new Set(this.#state.serveLine());
      for (const key of written) next.add(key);
    }
  }

  /** The Services as they are now. */
  services(): readonly ServiceResource[] {
    return this.#cluster.services.list();
  }

  /** What was taken away or replaced since this was last called, by Service. */
  takeChanges(): ReadonlyMap<ServiceKey, readonly AddressChange[]> {
    const changes = new Map(this.#changes);
    this.#changes.clear();
    return changes;
  }

  /** What every Service of ours has now. */
  holdings(): ReadonlyMap<ServiceKey, Holding> {
    const own = this.#cluster.services
      .list()
      .filter((service) => isHandledService(service, this.#options.lbClasses));
    return new Map(
      own.map((service) => {
        const key = keyOf(service);
        const addresses = this.#addressesOf(key, service);
        const [first] = addresses;
        const pool = first && poolGiving(first, this.#state.built)?.name;
        const message = findCondition(service.status?.conditions, allocatedType)?.message ?? "";
        return [key, { addresses, pool, message }];
      }),
    );
  }

  /** What its status shows, and what a rival keeps taking out of it: agents announce that as well. */
  #addressesOf(key: ServiceKey, service: ServiceResource): readonly IpAddress[] {
    const { book } = this.#state;
    const shown = book.observedFor(key);
    const contested = contestedAddresses(service).filter(
      (address) => includesIpAddress(book.reservedFor(key), address) && !includesIpAddress(shown, address),
    );
    return [...shown, ...contested];
  }

  /** As the operator's workers do: all of them decide before the first write has come back as a watch event. */
  #plan(keys: Set<ServiceKey>): readonly ServiceKey[] {
    const plans = new Map<ServiceKey, ServicePlan>();
    for (const key of keys) {
      // Whoever is served after its turn gets another one.
      keys.delete(key);
      for (const served of this.#state.serveLine()) if (served !== key) keys.add(served);
      const service = this.#cluster.services.get(key);
      if (service !== undefined) plans.set(key, this.#state.plan(key, service, this.#moment));
    }
    return [...plans].flatMap(([key, plan]) => (this.#carryOut(key, plan) ? [key] : []));
  }

  /** Writes what is planned; false when nothing follows from it: a condition decides about no address. */
  #carryOut(key: ServiceKey, { patch, changes }: ServicePlan): boolean {
    const service = this.#cluster.services.get(key);
    if (service === undefined || patch === undefined) return false;
    const written = this.#cluster.patchService(key, service, patch);
    if (patch.status.loadBalancer === undefined && patch.metadata.annotations === undefined) return false;
    this.#state.observe(key, written);
    if (changes.length > 0) this.#changes.set(key, [...(this.#changes.get(key) ?? []), ...changes]);
    return true;
  }
}

/** Who works against us as far as the Services themselves tell. No time passes while they are played. */
function contestsOf(cluster: PlayedCluster, options: ServicePlanOptions, timestamp: string): Contests {
  const clock: Clock = { now: () => 0 as Instant, timestamp: () => timestamp, after: () => () => {} };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const history = { ofService: () => Promise.resolve([]) };
  const contests = new Contests(options, { clock, log, history, onTransition: () => {} });
  const services = cluster.services.list();
  for (const service of services) contests.resume(keyOf(service), service, services);
  return contests;
}
