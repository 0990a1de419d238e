import { type LogSink } from "@steelyard/client";
import { type Clock } from "@steelyard/model/foundation";
import { type MemoryHost } from "../../adapters/memory/memory-host.ts";
import { sha256 } from "../../adapters/node/sha256.ts";
import { type ElectionSnapshot } from "../../core/election/types.ts";
import { NAME_HASH_LENGTH } from "../../core/wire/claim-trailer.ts";
import { type NetioReport } from "../../ports/netio-report.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { FirstInRanking } from "../first-in-ranking.ts";
import { NetioAnnouncer } from "../netio-announcer.ts";

/** The real announcer on a simulated host, without the thread in between. */
export class InProcessWorker implements NetioWorker {
  readonly #announcer: NetioAnnouncer;
  readonly #election: FirstInRanking;
  #onReport: (report: NetioReport) => void = () => undefined;

  constructor(
    host: MemoryHost,
    options: { readonly nodeName: string },
    deps: { readonly clock: Clock; readonly log: LogSink },
  ) {
    const election = new FirstInRanking({ ...options, excludeInterfaces: undefined }, { sha256 });
    this.#election = election;
    const { packetSockets, routeNetlink, multicastGroups } = host;
    this.#announcer = new NetioAnnouncer(
      { nameHash: sha256(options.nodeName).slice(0, NAME_HASH_LENGTH), refreshInterval: 0 },
      {
        packetSockets,
        routeNetlink,
        multicastGroups,
        ...deps,
        random: { fraction: () => 0.5 },
        onReport: (report) => this.#onReport(election.report(report)),
        onObserved: () => undefined,
      },
    );
    this.#announcer.start();
  }

  announce(snapshot: ElectionSnapshot): void {
    this.#announcer.announce(this.#election.elect(structuredClone(snapshot)));
  }

  onReport(handler: (report: NetioReport) => void): void {
    this.#onReport = handler;
  }

  onMove(): void {
    // The first in the ranking just is; nothing moves here.
  }

  onFailure(): void {
    // It shares the test's thread: its failure is the test's.
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#announcer.stop();
    return Promise.resolve();
  }
}
