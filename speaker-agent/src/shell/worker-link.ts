import { type LogSink } from "@steelyard/client";
import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { formatIpAddress } from "@steelyard/model/address";
import { type Election, sameElection } from "../core/election/same-election.ts";
import { type ElectionSnapshot } from "../core/election/types.ts";
import { type NetioReport, type OwnerMove } from "../ports/netio-report.ts";
import { type NetioWorker } from "../ports/netio-worker.ts";

export interface WorkerLinkOptions {
  readonly nodeName: string;
}

export interface WorkerLinkDeps {
  readonly worker: NetioWorker;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Called when there is a report to look at. */
  readonly onReport: () => void;
  readonly onMove: (move: OwnerMove) => void;
}

/**
 * What has been asked of the worker and what it says it does. A report of a worker that has just started again, and so
 * knows less than the one before, is not believed: what it lacks it is about to do.
 */
export class WorkerLink {
  readonly #options: WorkerLinkOptions;
  readonly #deps: WorkerLinkDeps;
  #posted: ElectionSnapshot | undefined;
  #report: NetioReport | undefined;
  /** By the text of an address; of the worker that runs now. */
  #owners: ReadonlyMap<string, string> = new Map();
  #isNewWorker = false;
  /** Since when an answer is due: to a snapshot, or to a failure. */
  #unconfirmedSince: Instant | undefined;

  constructor(options: WorkerLinkOptions, deps: WorkerLinkDeps) {
    this.#options = options;
    this.#deps = deps;
    deps.worker.onMove(deps.onMove);
    deps.worker.onReport((report) => this.#receive(report));
    // Whoever runs the worker has logged why; here it counts that it owes an answer, if it has been asked anything.
    deps.worker.onFailure(() => {
      this.#isNewWorker = true;
      if (this.#posted !== undefined) this.#unconfirmedSince ??= deps.clock.now();
    });
  }

  /** The newest report; undefined until the first snapshot has been put in force. */
  get report(): NetioReport | undefined {
    return this.#report;
  }

  /** By the text of an address, who owns it; those without an owner are not in it. The same map until it changes. */
  get owners(): ReadonlyMap<string, string> {
    return this.#owners;
  }

  /** How long the worker has owed an answer. */
  get silentFor(): Millis {
    return this.#unconfirmedSince === undefined ? 0 : this.#deps.clock.now() - this.#unconfirmedSince;
  }

  /** Tells the worker, unless it has been told exactly this before; gives whether it did. */
  announce(election: Election): boolean {
    if (this.#posted !== undefined && sameElection(this.#posted, election)) return false;
    const version = (this.#posted?.version ?? 0) + 1;
    const { addresses, probeOnly, readyNodes } = election;
    this.#posted = { version, ...this.#options, addresses, probeOnly, readyNodes };
    this.#unconfirmedSince ??= this.#deps.clock.now();
    this.#deps.worker.announce(this.#posted);
    this.#deps.log.debug({ version, addresses: addresses.length }, "addresses handed to the worker");
    return true;
  }

  #receive(report: NetioReport): void {
    this.#noteOwners(report.owners);
    if (report.snapshotVersion < (this.#report?.snapshotVersion ?? 1)) return;
    this.#report = report;
    if (report.snapshotVersion === this.#posted?.version) this.#unconfirmedSince = undefined;
    this.#deps.onReport();
  }

  /** A worker that has just started tells of all. */
  #noteOwners(changes: NetioReport["owners"]): void {
    if (changes.length === 0 && !this.#isNewWorker) return;
    const owners = new Map(this.#isNewWorker ? [] : this.#owners);
    this.#isNewWorker = false;
    for (const { address, node } of changes) {
      if (node === undefined) owners.delete(formatIpAddress(address));
      else owners.set(formatIpAddress(address), node);
    }
    this.#owners = owners;
  }
}
