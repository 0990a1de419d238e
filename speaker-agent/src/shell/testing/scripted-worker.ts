import { formatIpAddress } from "@steelyard/model/address";
import { type ElectionSnapshot } from "../../core/election/types.ts";
import { ip } from "../../core/wire/testing/ip.ts";
import { type RingConfiguration } from "../../ports/netio-options.ts";
import { type NetioReport, type OwnerMove } from "../../ports/netio-report.ts";
import { quietReport } from "../../ports/testing/netio-report.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { type BfdChange, type RouterSight, type RouterWatch } from "../../ports/router-watch.ts";
import { WorkerListeners } from "./worker-listeners.ts";

/** A worker that does and says what a test tells it to. */
export class ScriptedWorker extends WorkerListeners implements NetioWorker {
  readonly snapshots: ElectionSnapshot[] = [];
  stopped = false;
  readonly #onFailure: ((failure: Error) => void)[] = [];

  announce(snapshot: ElectionSnapshot): void {
    this.snapshots.push(snapshot);
  }

  readonly rings: RingConfiguration[] = [];

  configureRing(ring: RingConfiguration): void {
    this.rings.push(ring);
  }

  readonly routerWatches: RouterWatch[] = [];

  watchRouters(watch: RouterWatch): void {
    this.routerWatches.push(watch);
  }

  onFailure(handler: (failure: Error) => void): void {
    this.#onFailure.push(handler);
  }

  /** Lets whoever waits for the end of `drain` wait until this is called; before that it ends at once. */
  drained: (() => void) | undefined;
  holdsDrain = false;

  drain(): Promise<void> {
    return this.holdsDrain ? new Promise((resolve) => (this.drained = resolve)) : Promise.resolve();
  }

  stop(): Promise<void> {
    this.stopped = true;
    return Promise.resolve();
  }

  /** The texts of the addresses in the newest snapshot; undefined = none was ever given. */
  get asked(): readonly string[] | undefined {
    return this.snapshots.at(-1)?.addresses.map(({ address }) => formatIpAddress(address));
  }

  move(move: OwnerMove): void {
    this.tell.move(move);
  }

  changeBfd(change: BfdChange): void {
    this.tell.bfdChange(change);
  }

  sightRouters(sight: Partial<RouterSight>): void {
    this.tell.routerSight({ routers: [], interfaces: [], bfd: [], ...sight });
  }

  fail(): void {
    for (const handler of this.#onFailure) handler(new Error("the netio worker is gone"));
  }

  /** Reports that these addresses are answered on eth0; `snapshotVersion` is the newest one unless given. */
  report(owned: readonly string[], changes: Partial<NetioReport> = {}): void {
    this.tell.report({
      ...quietReport,
      snapshotVersion: this.snapshots.at(-1)?.version ?? 0,
      links: [{ index: 2, name: "eth0" }],
      owned: owned.map((text) => ({ address: ip(text), interfaces: ["eth0"] })),
      owners: owned.map((text) => ({ address: ip(text), node: this.snapshots.at(-1)?.nodeName })),
      ...changes,
    });
  }
}
