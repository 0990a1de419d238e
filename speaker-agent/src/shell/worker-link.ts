import { type LogSink } from "@steelyard/client";
import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { type Announcement, type RankedSnapshot } from "../core/election/ranked-announcement.ts";
import { type WorkerReport } from "../core/machines/announcer/types.ts";
import { sameAnnouncements } from "../core/reporting/same-announcements.ts";
import { type NetioWorker } from "../ports/netio-worker.ts";

export interface WorkerLinkOptions {
  readonly nodeName: string;
  /** Source of a regular expression, see RankedSnapshot. */
  readonly excludeInterfaces: string | undefined;
}

export interface WorkerLinkDeps {
  readonly worker: NetioWorker;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Called when there is a report to look at. */
  readonly onReport: () => void;
}

/**
 * What has been asked of the worker and what it says it does. A report of a worker that has just started again, and so
 * knows less than the one before, is not believed: what it lacks it is about to do.
 */
export class WorkerLink {
  readonly #options: WorkerLinkOptions;
  readonly #deps: WorkerLinkDeps;
  #posted: RankedSnapshot | undefined;
  #report: WorkerReport | undefined;
  /** Since when an answer is due: to a snapshot, or to a failure. */
  #unconfirmedSince: Instant | undefined;

  constructor(options: WorkerLinkOptions, deps: WorkerLinkDeps) {
    this.#options = options;
    this.#deps = deps;
    deps.worker.onReport((report) => this.#receive(report));
    // Whoever runs the worker has logged why; here it counts that it owes an answer, if it has been asked anything.
    deps.worker.onFailure(() => {
      if (this.#posted !== undefined) this.#unconfirmedSince ??= deps.clock.now();
    });
  }

  /** The newest report; undefined until the first snapshot has been put in force. */
  get report(): WorkerReport | undefined {
    return this.#report;
  }

  /** How long the worker has owed an answer. */
  get silentFor(): Millis {
    return this.#unconfirmedSince === undefined ? 0 : this.#deps.clock.now() - this.#unconfirmedSince;
  }

  /** Tells the worker, unless it has been told exactly this before. */
  announce(announcements: readonly Announcement[]): void {
    if (this.#posted !== undefined && sameAnnouncements(this.#posted.announcements, announcements)) return;
    const version = (this.#posted?.version ?? 0) + 1;
    this.#posted = { version, announcements, ...this.#options };
    this.#unconfirmedSince ??= this.#deps.clock.now();
    this.#deps.worker.announce(this.#posted);
    this.#deps.log.debug({ version, addresses: announcements.length }, "announcements handed to the worker");
  }

  #receive(report: WorkerReport): void {
    if (report.snapshotVersion < (this.#report?.snapshotVersion ?? 1)) return;
    this.#report = report;
    if (report.snapshotVersion === this.#posted?.version) this.#unconfirmedSince = undefined;
    this.#deps.onReport();
  }
}
