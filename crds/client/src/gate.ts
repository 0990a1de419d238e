import { types } from "node:util";
import { messageOf } from "./thrown.ts";

interface Waiter {
  readonly pass: () => void;
  readonly refuse: (reason: Error) => void;
}

/** Something that others wait for and that happens once, or never. */
export class Gate {
  readonly #waiting = new Set<Waiter>();
  #state: "waiting" | "open" | Error = "waiting";

  get isOpen(): boolean {
    return this.#state === "open";
  }

  open(): void {
    if (this.#state !== "waiting") return;
    this.#state = "open";
    for (const waiter of this.#waiting) waiter.pass();
  }

  /** It will not happen any more: whoever waits gets `reason`. */
  refuse(reason: Error): void {
    if (this.#state !== "waiting") return;
    this.#state = reason;
    for (const waiter of this.#waiting) waiter.refuse(reason);
  }

  /** Resolves once open; rejects with the signal's reason, or with that of `refuse`. */
  whenOpen(signal: AbortSignal): Promise<void> {
    if (this.#state === "open") return Promise.resolve();
    if (this.#state !== "waiting") return Promise.reject(this.#state);
    if (signal.aborted) return Promise.reject(reasonOf(signal));
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(waiter);
      };
      const onAbort = (): void => waiter.refuse(reasonOf(signal));
      const waiter: Waiter = {
        pass: () => {
          settled();
          resolve();
        },
        refuse: (reason) => {
          settled();
          reject(reason);
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return types.isNativeError(reason) ? reason : new Error(`aborted: ${messageOf(reason)}`, { cause: reason });
}
