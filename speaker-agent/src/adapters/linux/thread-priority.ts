import type { LogSink } from "@steelyard/client";
import type { SteelyardAddon } from "../../../native/addon.d.ts";
import { isSystemError } from "./system-error.ts";

/** The lowest: it comes before everything ordinary and behind everything else that is in a hurry. */
const REAL_TIME = 1;
const ORDINARY = 0;

/**
 * Lets the calling thread go before all ordinary ones, or not. Needs CAP_SYS_NICE, without which it goes on as it is: BFD
 * then keeps its times as well as the load of the machine allows.
 */
export class ThreadPriority {
  readonly #addon: Pick<SteelyardAddon, "setThreadPriority">;
  readonly #log: LogSink;

  constructor(addon: Pick<SteelyardAddon, "setThreadPriority">, log: LogSink) {
    this.#addon = addon;
    this.#log = log;
  }

  hurry(hurried: boolean): void {
    try {
      this.#addon.setThreadPriority(hurried ? REAL_TIME : ORDINARY);
      this.#log.debug({ hurried }, "the netio worker has changed its priority");
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#log.info(
        { error: error.message },
        "BFD runs at ordinary priority: with CAP_SYS_NICE it would keep intervals below 100 ms on a loaded node, too",
      );
    }
  }
}
