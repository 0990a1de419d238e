import { type LogSink } from "@steelyard/client";
import { type Clock } from "@steelyard/model/foundation";
import { type MemoryHost } from "../../adapters/memory/memory-host.ts";
import { sha256 } from "../../adapters/node/sha256.ts";
import { type ElectionSnapshot } from "../../core/election/types.ts";
import { type NetioReport, type OwnerMove } from "../../ports/netio-report.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { type BfdChange, type RouterSight, type RouterWatch } from "../../ports/router-watch.ts";
import { Netio } from "../netio.ts";

/** The real worker on a simulated host, without membership, and without the thread in between. */
export class InProcessWorker implements NetioWorker {
  readonly #netio: Netio;
  #onReport: (report: NetioReport) => void = () => undefined;
  #onMove: (move: OwnerMove) => void = () => undefined;
  #onBfdChange: (change: BfdChange) => void = () => undefined;
  #onRouterSight: (sight: RouterSight) => void = () => undefined;

  constructor(
    host: MemoryHost,
    options: { readonly nodeName: string },
    deps: { readonly clock: Clock; readonly log: LogSink },
  ) {
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
        onReport: (report) => this.#onReport(report),
        onMove: (move) => this.#onMove(move),
        routers: {
          onBfdChange: (change) => this.#onBfdChange(change),
          onSight: (sight) => this.#onRouterSight(structuredClone(sight)),
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

  onReport(handler: (report: NetioReport) => void): void {
    this.#onReport = handler;
  }

  onMove(handler: (move: OwnerMove) => void): void {
    this.#onMove = handler;
  }

  onBfdChange(handler: (change: BfdChange) => void): void {
    this.#onBfdChange = handler;
  }

  onRouterSight(handler: (sight: RouterSight) => void): void {
    this.#onRouterSight = handler;
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
