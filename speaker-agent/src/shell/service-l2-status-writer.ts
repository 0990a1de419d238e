import { type LogSink } from "@steelyard/client";
import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { type OwnerReference, type ServiceL2StatusResource } from "@steelyard/model/resources";
import { planServiceL2Statuses, type ServiceL2StatusWrite } from "../core/desired/service-l2-status.ts";
import { type ServiceVerdict } from "../core/desired/types.ts";
import { type Sha256 } from "../core/election/sha256.ts";
import { type WorkerReport } from "../core/machines/announcer/types.ts";
import { type ClusterReader } from "../ports/cluster-reader.ts";
import { ClusterWriteError, type ClusterWriter } from "../ports/cluster-writer.ts";
import { LevelLoop, type PassOutcome } from "./level-loop.ts";
import { type OwnerMove } from "../ports/netio-report.ts";
import { OrphanedStatuses } from "./orphaned-statuses.ts";
import { TokenBuckets } from "./token-buckets.ts";
import { OwnWrites } from "./own-writes.ts";

export interface ServiceL2StatusWriterOptions {
  readonly nodeName: string;
  /** The program's own. */
  readonly namespace: string;
}

export interface ServiceL2StatusWriterDeps {
  readonly cluster: ClusterReader;
  readonly writer: ClusterWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly sha256: Sha256;
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

/** Keeps this node's ServiceL2Status objects equal to what the worker does; far from the path that announces. */
export class ServiceL2StatusWriter {
  readonly #options: ServiceL2StatusWriterOptions;
  readonly #deps: ServiceL2StatusWriterDeps;
  readonly #loop: LevelLoop;
  readonly #ownWrites: OwnWrites<ServiceL2StatusResource>;
  readonly #orphans: OrphanedStatuses;
  readonly #budgetOfOne: TokenBuckets;
  readonly #budgetOfAll: TokenBuckets;
  /** A write of the last pass had to wait for its budget. */
  #isBehind = false;
  /** What was logged last, by object: a failure that repeats is not news. */
  readonly #complaints = new Map<string, string>();
  #stopped = false;
  #wanted: { readonly verdicts: readonly ServiceVerdict[]; readonly report: WorkerReport } | undefined;
  #owner: { readonly pod: OwnerReference | undefined } | undefined;

  constructor(options: ServiceL2StatusWriterOptions, deps: ServiceL2StatusWriterDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#ownWrites = new OwnWrites(deps);
    this.#orphans = new OrphanedStatuses(deps);
    this.#budgetOfOne = new TokenBuckets({ burst: 10, refillMs: betweenWritesOfOne }, deps);
    this.#budgetOfAll = new TokenBuckets(budgetOfAll, deps);
    const pass = (signal: AbortSignal): Promise<PassOutcome> =>
      this.#pass(signal).catch((error) => this.#broken(error));
    this.#loop = new LevelLoop({ pauseMs: betweenPasses }, { ...deps, pass });
  }

  /** To be called whenever decisions, report or cached objects may have changed. */
  update(verdicts: readonly ServiceVerdict[], report: WorkerReport): void {
    this.#wanted = { verdicts, report };
    this.#loop.request();
  }

  /** To be called for every address that came here. */
  noteMove(move: OwnerMove): void {
    this.#orphans.note(move);
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.#loop.stop();
  }

  /** A fault of ours in reporting must not end the program that announces. */
  #broken(error: unknown): PassOutcome {
    this.#deps.log.error({ error }, "the ServiceL2Status objects could not be looked at");
    return { kind: "again", afterMs: afterRefusal };
  }

  async #pass(signal: AbortSignal): Promise<PassOutcome> {
    const cached = this.#deps.cluster.view().serviceL2Statuses;
    // Without the cache nobody knows what is there already; its arrival brings the next pass.
    if (this.#wanted === undefined || cached === undefined) return { kind: "done" };
    const { verdicts, report } = this.#wanted;
    const present = this.#ownWrites.over(cached);
    const plan = (owner: OwnerReference | undefined): readonly ServiceL2StatusWrite[] => [
      ...planServiceL2Statuses(present, verdicts, report, { ...this.#options, owner }, this.#deps),
      ...this.#orphans.plan(verdicts, report, this.#options),
    ];
    if (plan(undefined).length === 0) return this.#outcome([]);
    const ownerFailure = await this.#findOwner();
    if (ownerFailure !== undefined) return this.#outcome([ownerFailure]);
    return this.#outcome(await this.#writeAll(plan(this.#owner?.pod), present, signal));
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
    writes: readonly ServiceL2StatusWrite[],
    present: readonly ServiceL2StatusResource[],
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
      if (!this.#budgetOfOne.take(name) || !this.#budgetOfAll.take("")) {
        this.#isBehind = true;
        continue;
      }
      const failure = await this.#attempt(name, async () => {
        const stored = await this.#deps.writer.writeServiceL2Status(write);
        this.#ownWrites.note(name, before.get(name), stored);
        if (write.kind === "delete") this.#orphans.settle(name);
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
  #failedOnesLast(writes: readonly ServiceL2StatusWrite[]): readonly ServiceL2StatusWrite[] {
    const failedBefore = (write: ServiceL2StatusWrite): boolean => this.#complaints.has(nameOf(write));
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
        this.#deps.log.warn({ object: what, error }, "a ServiceL2Status could not be written");
      }
      this.#complaints.set(what, error.message);
      return error;
    }
  }

  #outcome(failures: readonly ClusterWriteError[]): PassOutcome {
    if (failures.some(({ verdict }) => verdict === "retry")) {
      const waits = failures.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
      return { kind: "retry", retryAfterMs: waits.length === 0 ? undefined : Math.max(...waits) };
    }
    if (failures.length > 0) return { kind: "again", afterMs: afterRefusal };
    if (this.#isBehind) return { kind: "again", afterMs: betweenPasses };
    const until = this.#ownWrites.unsettledUntil;
    // The watch has to show our writes by then, else they are made again.
    return until === undefined
      ? { kind: "done" }
      : { kind: "again", afterMs: until - this.#deps.clock.now() };
  }
}

function nameOf(write: ServiceL2StatusWrite): string {
  return write.kind === "create" ? write.object.metadata.name : write.name;
}
