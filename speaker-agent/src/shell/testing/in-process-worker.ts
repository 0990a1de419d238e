import { type LogSink } from "@steelyard/client";
import { type Clock } from "@steelyard/model/foundation";
import { type MemoryHost } from "../../adapters/memory/memory-host.ts";
import { sha256 } from "../../adapters/node/sha256.ts";
import { type ElectionSnapshot } from "../../core/election/types.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { type RouterWatch } from "../../ports/router-watch.ts";
import { Netio } from "../netio.ts";
import { WorkerListeners } from "./worker-listeners.ts";

/** The real worker on a simulated host, without membership, and without the thread in between. */
export class InProcessWorker extends WorkerListeners implements NetioWorker {
  readonly #netio: Netio;

  constructor(
    host: MemoryHost,
    options: { readonly nodeName: string },
    deps: { readonly clock: Clock; readonly log: LogSink },
  ) {
    super();
    const { packetSockets, routeNetlink, multicastGroups } = host;
    this.#netio = new Netio(
      {
        ...options,
        startedAt: 0,
        policy: "sticky",
        excludeInterfaces: undefined,
        refreshInterval: 0,
        wireCheckInterval: 0,
        membership: undefined,
      },
      {
        packetSockets,
        routeNetlink,
        multicastGroups,
        ...deps,
        random: { fraction: () => 0.5 },
        sha256,
        onReport: (report) => this.tell.report(report),
        onMove: (move) => this.tell.move(move),
        routers: {
          onBfdChange: (change) => this.tell.bfdChange(change),
          onSight: (sight) => this.tell.routerSight(structuredClone(sight)),
        },
      },
    );
    this.#netio.start();
  }

  announce(snapshot: ElectionSnapshot): void {
    this.#netio.elect(structuredClone(snapshot));
  }

  configureRing(): void {
    // Without membership there is no ring.
  }

  watchRouters(watch: RouterWatch): void {
    this.#netio.watchRouters(structuredClone(watch));
  }

  onFailure(): void {
    // It shares the test's thread: its failure is the test's.
  }

  drain(): Promise<void> {
    return this.#netio.drain();
  }

  stop(): Promise<void> {
    this.#netio.stop();
    return Promise.resolve();
  }
}
