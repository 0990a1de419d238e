import { formatIpAddress } from "@steelyard/model/address";
import { type RankedSnapshot } from "../../core/election/ranked-announcement.ts";
import { type WorkerReport } from "../../core/machines/announcer/types.ts";
import { ip } from "../../core/wire/testing/ip.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";

/** A worker that does and says what a test tells it to. */
export class ScriptedWorker implements NetioWorker {
  readonly snapshots: RankedSnapshot[] = [];
  stopped = false;
  #onReport: (report: WorkerReport) => void = () => undefined;
  #onFailure: (failure: Error) => void = () => undefined;

  announce(snapshot: RankedSnapshot): void {
    this.snapshots.push(snapshot);
  }

  onReport(handler: (report: WorkerReport) => void): void {
    this.#onReport = handler;
  }

  onFailure(handler: (failure: Error) => void): void {
    this.#onFailure = handler;
  }

  stop(): Promise<void> {
    this.stopped = true;
    return Promise.resolve();
  }

  /** The texts of the addresses in the newest snapshot; undefined = none was ever given. */
  get asked(): readonly string[] | undefined {
    return this.snapshots.at(-1)?.announcements.map(({ address }) => formatIpAddress(address));
  }

  fail(): void {
    this.#onFailure(new Error("the netio worker is gone"));
  }

  /** Reports that these addresses are answered on eth0; `snapshotVersion` is the newest one unless given. */
  report(owned: readonly string[], changes: Partial<WorkerReport> = {}): void {
    this.#onReport({
      snapshotVersion: this.snapshots.at(-1)?.version ?? 0,
      links: [{ index: 2, name: "eth0" }],
      owned: owned.map((text) => ({ address: ip(text), interfaces: ["eth0"] })),
      unannounceable: [],
      counters: [],
      ...changes,
    });
  }
}
