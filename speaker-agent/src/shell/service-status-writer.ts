import { type LogSink } from "@steelyard/client";
import { type Clock, type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type OwnerReference } from "@steelyard/model/resources";
import {
  planServiceStatuses,
  type ServiceStatusClaim,
  type ServiceStatusDeps,
  serviceStatusName,
  type ServiceStatusKind,
  type ServiceStatusObject,
  type ServiceStatusWrite,
} from "../core/desired/service-status.ts";
import { type Sha256 } from "../core/election/sha256.ts";
import { type ClusterReader, type ClusterView } from "../ports/cluster-reader.ts";
import { ClusterWriteError, type ClusterWriter } from "../ports/cluster-writer.ts";
import { LevelLoop, type PassOutcome } from "./level-loop.ts";
import { TokenBuckets } from "./token-buckets.ts";
import { OwnWrites } from "./own-writes.ts";

export interface ServiceStatusWriterOptions {
  readonly nodeName: string;
  /** The program's own. */
  readonly namespace: string;
}

export interface ServiceStatusWriterDeps {
  readonly cluster: ClusterReader;
  readonly writer: ClusterWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly sha256: Sha256;
}

/** What this node announces at the moment, by one protocol. */
export interface ServiceStatusWish {
  readonly claims: readonly ServiceStatusClaim[];
  /** Writes besides those that follow from the claims. */
  readonly others?: readonly ServiceStatusWrite[];
  /** When the wish will be another one although nothing happens; undefined = it will not. */
  readonly lookAgainAt?: Instant | undefined;
}

export interface ServiceStatusSource {
  readonly kind: ServiceStatusKind;
  /** Those of this node; undefined until they have come in. */
  readonly cached: (view: ClusterView) => readonly ServiceStatusObject[] | undefined;
  /** Asked at each pass; undefined = nothing is known yet. */
  readonly wish: () => ServiceStatusWish | undefined;
  /** A write is done. */
  readonly onWritten?: (write: ServiceStatusWrite) => void;
}

/** No object is written more often than that, whatever flaps. */
const betweenPasses: Millis = 1000;
/** Of one object, once a burst is used up. */
const betweenWritesOfOne: Millis = 30_000;
/** Of all objects together: a node that takes a thousand addresses over is no reason to flood the API server. */
const budgetOfAll = { burst: 500, refillMs: 20 };
/** After a refusal that only a person can lift. */
const afterRefusal: Millis = 60_000;
/** So many failures in a row mean that the API server is in trouble, and not the object. */
const failuresInARow = 3;

/** Keeps this node's objects of one kind equal to what it does; far from the path that announces. */
export class ServiceStatusWriter {
  readonly #options: ServiceStatusWriterOptions;
  readonly #source: ServiceStatusSource;
  readonly #deps: ServiceStatusWriterDeps;
  readonly #loop: LevelLoop;
  readonly #planning: ServiceStatusDeps;
  /** A hash for each of ten thousand Services, each second, would be felt. */
  readonly #names = new WeakMap<ServiceStatusClaim["service"], string>();
  readonly #ownWrites: OwnWrites<ServiceStatusObject>;
  readonly #budgetOfOne: TokenBuckets;
  readonly #budgetOfAll: TokenBuckets;
  /** A write of the last pass had to wait for its budget. */
  #isBehind = false;
  /** What was logged last, by object: a failure that repeats is not news. */
  readonly #complaints = new Map<string, string>();
  #stopped = false;
  #owner: { readonly pod: OwnerReference | undefined } | undefined;

  constructor(
    options: ServiceStatusWriterOptions,
    source: ServiceStatusSource,
    deps: ServiceStatusWriterDeps,
  ) {
    this.#options = options;
    this.#source = source;
    this.#deps = deps;
    this.#planning = { sha256: deps.sha256, nameOf: (...of) => this.#nameOf(...of) };
    this.#ownWrites = new OwnWrites(deps);
    this.#budgetOfOne = new TokenBuckets({ burst: 10, refillMs: betweenWritesOfOne }, deps);
    this.#budgetOfAll = new TokenBuckets(budgetOfAll, deps);
    const pass = (signal: AbortSignal): Promise<PassOutcome> =>
      this.#pass(signal).catch((error) => this.#broken(error));
    this.#loop = new LevelLoop({ pauseMs: betweenPasses }, { ...deps, pass });
  }

  /** To be called whenever the wish or the cached objects may have changed. */
  request(): void {
    this.#loop.request();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.#loop.stop();
  }

  /** A fault of ours in reporting must not end the program that announces. */
  #broken(error: unknown): PassOutcome {
    this.#deps.log.error({ error }, `the ${this.#source.kind} objects could not be looked at`);
    return { kind: "again", afterMs: afterRefusal };
  }

  async #pass(signal: AbortSignal): Promise<PassOutcome> {
    const cached = this.#source.cached(this.#deps.cluster.view());
    // Without the cache nobody knows what is there already; its arrival brings the next pass.
    const wish = cached && this.#source.wish();
    if (cached === undefined || wish === undefined) return { kind: "done" };
    const { claims, others = [], lookAgainAt } = wish;
    const present = this.#ownWrites.over(cached);
    const plan = (owner: OwnerReference | undefined): readonly ServiceStatusWrite[] => [
      ...planServiceStatuses(this.#source.kind, present, claims, { ...this.#options, owner }, this.#planning),
      ...others,
    ];
    if (plan(undefined).length === 0) return this.#outcome([], lookAgainAt);
    const ownerFailure = await this.#findOwner();
    if (ownerFailure !== undefined) return this.#outcome([ownerFailure], lookAgainAt);
    return this.#outcome(await this.#writeAll(plan(this.#owner?.pod), present, signal), lookAgainAt);
  }

  #nameOf(...[kind, node, service]: Parameters<ServiceStatusDeps["nameOf"]>): string {
    const known = this.#names.get(service);
    if (known !== undefined) return known;
    const name = serviceStatusName(kind, node, service, this.#deps.sha256);
    this.#names.set(service, name);
    return name;
  }

  /** The Pod that is to own the objects; asked for once, when there is something to create for the first time. */
  async #findOwner(): Promise<ClusterWriteError | undefined> {
    if (this.#owner !== undefined) return undefined;
    const failure = await this.#attempt("its own Pod", async () => {
      this.#owner = { pod: await this.#deps.writer.ownPod() };
    });
    if (failure === undefined || failure.verdict === "retry") return failure;
    // An object without an owner outlives the Pod, but an object that is missing tells nobody anything.
    this.#owner = { pod: undefined };
    return undefined;
  }

  async #writeAll(
    writes: readonly ServiceStatusWrite[],
    present: readonly ServiceStatusObject[],
    signal: AbortSignal,
  ): Promise<readonly ClusterWriteError[]> {
    const before = new Map(present.map((object) => [object.metadata.name, object]));
    const failures: ClusterWriteError[] = [];
    let row = 0;
    this.#isBehind = false;
    this.#forgetComplaintsExcept(new Set(writes.map(nameOf)));
    for (const write of this.#failedOnesLast(writes)) {
      if (signal.aborted || row >= failuresInARow) break;
      const name = nameOf(write);
      // What is no longer so is never left standing: it follows a write that said so, and those are bounded.
      const isDue = this.#budgetOfOne.take(name) || takesAway(write, before.get(name));
      if (!isDue || !this.#budgetOfAll.take("")) {
        this.#isBehind = true;
        continue;
      }
      const failure = await this.#attempt(name, async () => {
        const stored = await this.#deps.writer.writeServiceStatus(write);
        this.#ownWrites.note(name, before.get(name), stored);
        this.#source.onWritten?.(write);
      });
      if (failure !== undefined) failures.push(failure);
      row = failure?.verdict === "retry" ? row + 1 : 0;
    }
    return failures;
  }

  #forgetComplaintsExcept(names: ReadonlySet<string>): void {
    for (const name of this.#complaints.keys()) if (!names.has(name)) this.#complaints.delete(name);
  }

  /** Otherwise three broken objects at the head of the list would keep all others from their turn. */
  #failedOnesLast(writes: readonly ServiceStatusWrite[]): readonly ServiceStatusWrite[] {
    const failedBefore = (write: ServiceStatusWrite): boolean => this.#complaints.has(nameOf(write));
    return [...writes.filter((write) => !failedBefore(write)), ...writes.filter(failedBefore)];
  }

  async #attempt(what: string, act: () => Promise<void>): Promise<ClusterWriteError | undefined> {
    try {
      await act();
      this.#complaints.delete(what);
      return undefined;
    } catch (thrown) {
      const error =
        thrown instanceof ClusterWriteError
          ? thrown
          : new ClusterWriteError(String(thrown), { verdict: "never", cause: thrown });
      // The end of the program cuts writes off, which is nobody's trouble.
      if (!this.#stopped && this.#complaints.get(what) !== error.message) {
        this.#deps.log.warn({ object: what, error }, `a ${this.#source.kind} could not be written`);
      }
      this.#complaints.set(what, error.message);
      return error;
    }
  }

  #outcome(failures: readonly ClusterWriteError[], lookAgainAt: Instant | undefined): PassOutcome {
    if (failures.some(({ verdict }) => verdict === "retry")) {
      const waits = failures.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
      return { kind: "retry", retryAfterMs: waits.length === 0 ? undefined : Math.max(...waits) };
    }
    const now = this.#deps.clock.now();
    // The watch has to show our writes by then, else they are made again.
    const until = this.#ownWrites.unsettledUntil;
    const waits = [
      ...(lookAgainAt === undefined ? [] : [lookAgainAt - now]),
      ...(failures.length > 0 ? [afterRefusal] : []),
      ...(failures.length === 0 && this.#isBehind ? [betweenPasses] : []),
      ...(failures.length === 0 && until !== undefined ? [until - now] : []),
    ];
    return waits.length === 0 ? { kind: "done" } : { kind: "again", afterMs: Math.min(...waits) };
  }
}

/** It only says less than the object does now. */
function takesAway(write: ServiceStatusWrite, present: ServiceStatusObject | undefined): boolean {
  if (write.kind !== "patch-status") return write.kind === "delete";
  const [had, has] = [new Set(present?.status?.peers), write.status.peers];
  return has !== undefined && has.length < had.size && has.every((peer) => had.has(peer));
}

function nameOf(write: ServiceStatusWrite): string {
  return write.kind === "create" ? write.object.metadata.name : write.name;
}
