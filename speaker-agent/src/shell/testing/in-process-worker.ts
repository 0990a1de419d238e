import { type LogSink } from "@steelyard/client";
import { type Clock } from "@steelyard/model/foundation";
import { type MemoryHost } from "../../adapters/memory/memory-host.ts";
import { type RankedSnapshot } from "../../core/election/ranked-announcement.ts";
import { type WorkerReport } from "../../core/machines/announcer/types.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { announcedByFirst } from "../first-in-ranking.ts";
import { NetioAnnouncer } from "../netio-announcer.ts";

/** The real announcer on a simulated host, without the thread in between. */
export class InProcessWorker implements NetioWorker {
  readonly #announcer: NetioAnnouncer;
  #onReport: (report: WorkerReport) => void = () => undefined;

  constructor(host: MemoryHost, deps: { readonly clock: Clock; readonly log: LogSink }) {
    const { packetSockets, routeNetlink, multicastGroups } = host;
    const onReport = (report: WorkerReport): void => this.#onReport(report);
    this.#announcer = new NetioAnnouncer({ packetSockets, routeNetlink, multicastGroups, ...deps, onReport });
    this.#announcer.start();
  }

  announce(snapshot: RankedSnapshot): void {
    this.#announcer.announce(announcedByFirst(structuredClone(snapshot)));
  }

  onReport(handler: (report: WorkerReport) => void): void {
    this.#onReport = handler;
  }

  onFailure(): void {
    // It shares the test's thread: its failure is the test's.
  }

  stop(): Promise<void> {
    this.#announcer.stop();
    return Promise.resolve();
  }
}
