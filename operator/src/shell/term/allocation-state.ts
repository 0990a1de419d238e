import { type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { buildConfig, type BuiltConfig, type ConfigSnapshot, NO_OBJECTS } from "@steelyard/model/config";
import { type Instant } from "@steelyard/model/foundation";
import { type ConfigurationStateResource, type ServiceResource } from "@steelyard/model/resources";
import { contestedAddresses, isHandledService } from "@steelyard/model/services";
import {
  AddressBook,
  poolGiving,
  type ServiceKey,
  serveWaiting,
  type WaitingService,
} from "../../core/allocator/index.ts";
import {
  addressesToObserve,
  type ConfigurationPlan,
  planConfiguration,
  PoolHolders,
  holderFacts,
  type PendingVerdict,
  planService,
  type ServicePlan,
  type ServicePlanOptions,
  subjectOf,
} from "../../core/reconcile/index.ts";
import { type StatedRequest, withRequest } from "../../core/contest/index.ts";
import { type PodFacts } from "../../core/surroundings/index.ts";
import { type DecidingViews } from "../../ports/cluster-reader.ts";
import { ClusterSurroundings } from "./cluster-surroundings.ts";
import { type Contests } from "./contests.ts";

/** What follows from a change of the state and is the caller's to do. */
export interface AllocationListener {
  /** The number of addresses in use of this pool is another one. */
  onPoolUsage(pool: string): void;
  /** An address became free, or free to share, or the pools changed: those in line should be served. */
  onLineMayMove(): void;
}

/** When a plan is made. */
export interface Moment {
  /** RFC 3339. */
  readonly timestamp: string;
  readonly now: Instant;
}

/**
 * The one place where the operator remembers: the book of addresses, the configuration and the line of Services that
 * wait. All of it is rebuilt from the cluster at the start of a term; all of it changes in one turn of the event loop,
 * between a look at the cluster and the plan, so that two reconcilers can never give out the same address.
 */
export class AllocationState {
  readonly #reader: DecidingViews;
  readonly #options: ServicePlanOptions;
  readonly #listener: AllocationListener;
  readonly #contests: Pick<Contests, "of">;
  readonly #book = new AddressBook();
  readonly #poolHolders = new PoolHolders();
  /** What the book has taken in under this configuration: to look at the same again changes nothing. */
  readonly #observed = new Map<ServiceKey, ServiceResource>();
  /** What was in force for those whose request flips when the book took them in: it decides with whom they share. */
  readonly #observedInForce = new Map<ServiceKey, StatedRequest>();
  /** Those who wait for an address. */
  readonly #line = new Set<ServiceKey>();
  /** Those in line who have not been looked at yet. */
  readonly #newcomers = new Set<ServiceKey>();
  /** Those in line who have all that they need and only would like more. */
  readonly #content = new Set<ServiceKey>();
  /** Something has changed for all who wait, and not only somebody has come. */
  #lineMayMove = false;
  readonly #surroundings: ClusterSurroundings;
  /** What the conditions Announced would say if it lasted. */
  readonly #pending = new Map<ServiceKey, PendingVerdict>();
  #built: BuiltConfig = buildConfig({ ...NO_OBJECTS, namespace: "" });
  #wasBuilt = false;
  #knowsBgp = false;

  constructor(
    options: ServicePlanOptions,
    deps: {
      readonly reader: DecidingViews;
      readonly listener: AllocationListener;
      readonly contests: Pick<Contests, "of">;
    },
  ) {
    this.#options = options;
    this.#reader = deps.reader;
    this.#listener = deps.listener;
    this.#contests = deps.contests;
    this.#surroundings = new ClusterSurroundings(deps.reader);
  }

  get built(): BuiltConfig {
    return this.#built;
  }

  get book(): AddressBook {
    return this.#book;
  }

  get poolHolders(): Pick<PoolHolders, "count"> {
    return this.#poolHolders;
  }

  /** How many Services lack an address that they need. */
  get waiting(): number {
    return this.#line.size - this.#content.size;
  }

  /** From now on the kinds that only BGP needs are part of the configuration; the views of them are complete. */
  takeInBgp(): void {
    this.#knowsBgp = true;
    this.#surroundings.knowsBgp = true;
  }

  get knowsBgp(): boolean {
    return this.#knowsBgp;
  }

  /** Builds the configuration anew and looks at every status in its light. */
  rebuild(): ConfigurationPlan {
    const { pools, l2Advertisements, namespaces } = this.#reader;
    const snapshot = {
      ...NO_OBJECTS,
      ...(this.#knowsBgp && bgpObjects(this.#reader)),
      namespace: this.#options.configNamespace,
      pools: pools.list(),
      l2Advertisements: l2Advertisements.list(),
      namespaces: namespaces.list(),
    };
    const next = buildConfig(snapshot, this.#built.config);
    const plan = planConfiguration(this.#wasBuilt ? this.#built : undefined, next);
    this.#built = next;
    this.#wasBuilt = true;
    // What only changes who may announce is no difference to those who hold addresses.
    this.#surroundings.forgetStandings();
    if (plan.isDifferent) {
      this.#observed.clear();
      this.#observeAll();
      this.#moveLine();
    }
    return plan;
  }

  /**
   * The start of a term: adopts every address that a status shows before anything new is given out, then serves the
   * rest in the order of their age (reference metallb.md, section 3.7, is the minimum).
   *
   * @returns all keys, those that hold something first: the order in which to reconcile them
   */
  settle(): { readonly keys: readonly ServiceKey[]; readonly configuration: ConfigurationPlan } {
    const configuration = this.rebuild();
    this.#adoptContested();
    const keys = [...this.#reader.services.list()].sort(byAge).map(keyOf);
    const holders = keys.filter((key) => !this.#line.has(key));
    const needy = keys.filter((key) => this.#line.has(key));
    this.serveLine();
    return { keys: [...holders, ...needy], configuration };
  }

  /** Takes in what a Service's status shows now. */
  observe(key: ServiceKey, service: ServiceResource): void {
    this.#observed.set(key, service);
    this.#noteInForce(key);
    const situation = { built: this.#built, held: this.#book, lbClasses: this.#options.lbClasses };
    const addresses = addressesToObserve(key, service, situation);
    const facts = holderFacts(this.#asAnswered(key, service), this.#options.lbClasses);
    this.#change(key, () => this.#book.observe(key, addresses, facts));
    if (this.#isNewcomer(key, service)) {
      this.#line.add(key);
      this.#newcomers.add(key);
    }
  }

  forget(key: ServiceKey): void {
    this.#leaveLine(key);
    this.#observed.delete(key);
    this.#observedInForce.delete(key);
    this.#pending.delete(key);
    this.#change(key, () => this.#book.forget(key));
  }

  /** What a write of ours has brought the Service after all, though by its copy that was still to be decided. */
  reserve(key: ServiceKey, addresses: readonly IpAddress[]): void {
    this.#change(key, () => this.#book.reserve(key, addresses));
  }

  /** Plans one Service and reserves what the plan gives it. Those who have waited longer are served before. */
  plan(key: ServiceKey, service: ServiceResource, moment: Moment, pods?: readonly PodFacts[]): ServicePlan {
    if (!this.#isObserved(key, service)) this.observe(key, service);
    const snapshot = {
      key,
      service: this.#asAnswered(key, service),
      built: this.#built,
      held: this.#book,
      surroundings: this.#surroundings.of(key, pods),
      pendingAnnouncement: this.#pending.get(key),
      contest: this.#contests.of(key),
      ...moment,
    };
    const plan = planService(snapshot, this.#options);
    if (plan.followUp?.pending === undefined) this.#pending.delete(key);
    else this.#pending.set(key, plan.followUp.pending);
    this.#change(key, () => this.#book.reserve(key, plan.reserve));
    this.#takeInLine(key, plan);
    return plan;
  }

  /** Whether nodes that come, go or fall silent may change what is said of a Service that is announced. */
  dependsOnNodes(key: ServiceKey): boolean {
    return this.#surroundings.dependsOnNodes(key, this.#book.reservedFor(key));
  }

  /** Nodes have changed in what decides about announcing. */
  takeInNodes(): void {
    this.#surroundings.forgetStandings();
  }

  /**
   * Takes in what an agent reports of its segment; gone = it reports nothing any more.
   *
   * @returns the Services that this says something else about
   */
  takeInSegment(
    report: ConfigurationStateResource,
    { gone }: { readonly gone: boolean },
  ): readonly ServiceKey[] {
    const addresses = this.#surroundings.takeSegment(report, !gone);
    for (const address of addresses) {
      const { changed } = this.#book.quarantine(address, this.#surroundings.foreignHolderOf(address));
      // Who waits may get it now, or is to be told who has it.
      if (changed) this.#moveLine();
    }
    return [...new Set(addresses.flatMap((address) => this.#book.holdersOf(address)))];
  }

  /**
   * Takes in what an agent says of its routers; gone = it says nothing any more.
   *
   * @returns the Services that are announced by BGP, if that says something else about them
   */
  takeInBgpReport(
    report: ConfigurationStateResource,
    { gone }: { readonly gone: boolean },
  ): readonly ServiceKey[] {
    if (!this.#surroundings.takeBgp(report, !gone)) return [];
    return this.#reader.services
      .list()
      .map(keyOf)
      .filter((key) => this.#isOfBgp(key));
  }

  #isOfBgp(key: ServiceKey): boolean {
    const [first] = this.#book.reservedFor(key);
    const pool = first && poolGiving(first, this.#built);
    return pool !== undefined && pool.bgpAdvertisements.length > 0;
  }

  /**
   * Serves those in line, oldest first: all of them if anything has changed for them, else those who are new in it. For
   * the others nothing has changed, so none of them is passed over.
   *
   * @returns the keys of those who got something: their statuses are to be written; and of those who go on waiting for
   * certain addresses, because what keeps these from them may be another Service by now
   */
  serveLine(): readonly ServiceKey[] {
    const hasMoved = this.#lineMayMove;
    const candidates = hasMoved ? [...this.#line] : [...this.#newcomers];
    this.#lineMayMove = false;
    this.#newcomers.clear();
    if (candidates.length === 0) return [];
    const waiting = candidates.flatMap((key) => this.#waiting(key));
    const served = serveWaiting(waiting, this.#built, this.#book);
    for (const key of served) this.#noteUsage(key, this.#book.reservedFor(key));
    if (!hasMoved) return served;
    const choosy = waiting.filter(({ subject: { request } }) => request.asks === "addresses");
    return [...new Set([...served, ...choosy.map(({ subject }) => subject.key)])];
  }

  /** A Service of ours that has nothing and does not stand in line. */
  #isNewcomer(key: ServiceKey, service: ServiceResource): boolean {
    return (
      !this.#line.has(key) &&
      this.#heldBy(key).length === 0 &&
      isHandledService(service, this.#options.lbClasses)
    );
  }

  #takeInLine(key: ServiceKey, { isWaiting, isSatisfied }: ServicePlan): void {
    if (!isWaiting) return this.#leaveLine(key);
    this.#line.add(key);
    if (isSatisfied) this.#content.add(key);
    else this.#content.delete(key);
  }

  #leaveLine(key: ServiceKey): void {
    this.#line.delete(key);
    this.#content.delete(key);
    this.#newcomers.delete(key);
  }

  #waiting(key: ServiceKey): readonly WaitingService[] {
    const service = this.#reader.services.get(key);
    if (service === undefined || service.metadata.deletionTimestamp !== undefined) return [];
    if (!isHandledService(service, this.#options.lbClasses)) return [];
    const isUnannounced = this.#surroundings.isUnannounced(key);
    const subject = { ...subjectOf(key, this.#asAnswered(key, service)), isUnannounced };
    return [{ subject, createdAt: createdAt(service) }];
  }

  #isObserved(key: ServiceKey, service: ServiceResource): boolean {
    const inForce = this.#contests.of(key)?.requestInForce;
    return this.#observed.get(key) === service && this.#observedInForce.get(key)?.text === inForce?.text;
  }

  #noteInForce(key: ServiceKey): void {
    const inForce = this.#contests.of(key)?.requestInForce;
    if (inForce === undefined) this.#observedInForce.delete(key);
    else this.#observedInForce.set(key, inForce);
  }

  /** While its request flips to and fro, the one that was answered last is in force. */
  #asAnswered(key: ServiceKey, service: ServiceResource): ServiceResource {
    const inForce = this.#contests.of(key)?.requestInForce;
    return inForce === undefined ? service : withRequest(service, inForce);
  }

  /**
   * What a contest has taken out of a status counts as held from the start, before anybody gets anything new: an older
   * Service that waits would get it otherwise.
   */
  #adoptContested(): void {
    for (const service of this.#reader.services.list()) {
      const key = keyOf(service);
      if (this.#contests.of(key)?.rewriting === undefined) continue;
      const answered = this.#asAnswered(key, service);
      const { sharing } = subjectOf(key, answered);
      const addresses = contestedAddresses(service).filter(
        (address) =>
          poolGiving(address, this.#built) !== undefined &&
          this.#book.whyNotUsable(address, key, sharing) === undefined,
      );
      this.#change(key, () => this.#book.reserve(key, addresses));
      // As if the status had shown them: what it shows instead is the rival's.
      const facts = holderFacts(answered, this.#options.lbClasses);
      this.#change(key, () => this.#book.observe(key, addresses, facts));
      this.observe(key, service);
    }
  }

  /** By age: of two that show the same address and do not share it, the older one keeps it, whatever the list's order. */
  #observeAll(): void {
    for (const service of [...this.#reader.services.list()].sort(byAge))
      this.observe(keyOf(service), service);
    // The pools are others now, also for those whose addresses are the same.
    for (const service of this.#reader.services.list()) this.#countHolder(keyOf(service));
  }

  #change(key: ServiceKey, apply: () => { readonly freed: boolean }): void {
    const before = this.#heldBy(key);
    const { freed } = apply();
    if (freed) this.#moveLine();
    const after = this.#heldBy(key);
    if (!isSameList(before, after)) this.#noteUsage(key, [...before, ...after]);
  }

  #heldBy(key: ServiceKey): readonly IpAddress[] {
    return [...this.#book.observedFor(key), ...this.#book.reservedFor(key)];
  }

  /** `addresses`: those that the Service holds, and those it held before. */
  #noteUsage(key: ServiceKey, addresses: readonly IpAddress[]): void {
    this.#countHolder(key);
    for (const pool of new Set(this.#poolsOf(addresses))) this.#listener.onPoolUsage(pool);
  }

  #countHolder(key: ServiceKey): void {
    this.#poolHolders.set(key, this.#poolsOf(this.#heldBy(key)));
  }

  #poolsOf(addresses: readonly IpAddress[]): readonly string[] {
    return addresses.flatMap((address) => poolGiving(address, this.#built)?.name ?? []);
  }

  #moveLine(): void {
    this.#lineMayMove = true;
    this.#listener.onLineMayMove();
  }
}

function bgpObjects(reader: DecidingViews): Partial<ConfigSnapshot> {
  return {
    bgpAdvertisements: reader.bgpAdvertisements.list(),
    bgpPeers: reader.bgpPeers.list(),
    bfdProfiles: reader.bfdProfiles.list(),
    communities: reader.communities.list(),
  };
}

function isSameList(a: readonly IpAddress[], b: readonly IpAddress[]): boolean {
  return a.length === b.length && a.every((address, index) => isSame(address, b[index]));
}

function isSame(a: IpAddress, b: IpAddress | undefined): boolean {
  return b !== undefined && sameIpAddress(a, b);
}

export function keyOf({ metadata }: ServiceResource): ServiceKey {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** The API server writes RFC 3339 in UTC: text order is time order. Without a time a Service counts as the oldest. */
function createdAt({ metadata }: ServiceResource): string {
  return metadata.creationTimestamp ?? "";
}

/** The order in which Services that are alike get their turn. */
export function byAge(a: ServiceResource, b: ServiceResource): number {
  const [first, second] = [createdAt(a), createdAt(b)];
  if (first !== second) return first < second ? -1 : 1;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
