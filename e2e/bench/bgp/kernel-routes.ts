import { createInterface } from "node:readline";
import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { type NetworkNamespace } from "../../topology/namespace.ts";

/** When a host's kernel was given routes, and when they were taken away: `ip monitor route`. */
export class KernelRoutes {
  readonly #monitor: ChildProcess;
  readonly #added = new Map<string, number>();
  readonly #deleted = new Map<string, number>();

  private constructor(monitor: ChildProcess) {
    this.#monitor = monitor;
    if (monitor.stdout !== null)
      createInterface({ input: monitor.stdout }).on("line", (line) => this.#hear(line));
  }

  static watch(host: NetworkNamespace): KernelRoutes {
    return new KernelRoutes(host.spawn("ip", ["-4", "monitor", "route"]));
  }

  /** The last time; the address of a host route. */
  addedAt(address: string): number | undefined {
    return this.#added.get(address);
  }

  deletedAt(address: string): number | undefined {
    return this.#deleted.get(address);
  }

  async stop(): Promise<void> {
    this.#monitor.kill();
    await once(this.#monitor, "close");
  }

  #hear(line: string): void {
    const words = line.trim().split(/\s+/);
    const isDeleted = words[0] === "Deleted";
    const address = isDeleted ? words[1] : words[0];
    if (address !== undefined) (isDeleted ? this.#deleted : this.#added).set(address, monotonicMillis());
  }
}
