import { type LeaseElector } from "@steelyard/client";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type Leadership, type Term } from "../../ports/leadership.ts";

export interface LeaseLeadershipDeps {
  readonly elector: Pick<
    LeaseElector,
    "isLeader" | "holder" | "lastFailure" | "subscribe" | "start" | "stop"
  >;
  readonly clock: Clock;
}

/** Handing the lease back is a courtesy to the successor; the program's end does not wait longer for it. */
const handBackLimitMs: Millis = 300;

/** Leadership by a Lease: one term each time the elector wins. */
export class LeaseLeadership implements Leadership {
  readonly #deps: LeaseLeadershipDeps;

  constructor(deps: LeaseLeadershipDeps) {
    this.#deps = deps;
  }

  isLeader(): boolean {
    return this.#deps.elector.isLeader;
  }

  whyUndecided(): string | undefined {
    const { holder, lastFailure } = this.#deps.elector;
    if (holder !== undefined) return undefined;
    return lastFailure === undefined
      ? "the API server has not answered"
      : `the Lease cannot be had: ${lastFailure.message}`;
  }

  async run(term: Term, signal: AbortSignal): Promise<void> {
    const { elector } = this.#deps;
    elector.start();
    try {
      while (!signal.aborted) {
        await this.#until((leading) => leading, signal);
        if (!signal.aborted) await this.#serve(term, signal);
      }
    } finally {
      await this.#handBack();
    }
  }

  async #serve(term: Term, signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    // The watch over the term must not outlive it, should the term end by itself.
    const over = new AbortController();
    const lost = this.#until((leading) => !leading, AbortSignal.any([signal, over.signal])).then(() =>
      end.abort(),
    );
    try {
      await term(end.signal);
    } finally {
      over.abort();
      await lost;
    }
  }

  /** Resolves when leadership is as wanted, or when the signal aborts. */
  #until(isWanted: (leading: boolean) => boolean, signal: AbortSignal): Promise<void> {
    const { elector } = this.#deps;
    return new Promise((resolve) => {
      const finish = (): void => {
        unsubscribe();
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const unsubscribe = elector.subscribe((leading) => {
        if (isWanted(leading)) finish();
      });
      signal.addEventListener("abort", finish, { once: true });
      if (signal.aborted || isWanted(elector.isLeader)) finish();
    });
  }

  #handBack(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(handBackLimitMs, resolve);
      void this.#deps.elector.stop().then(() => {
        cancel();
        resolve();
      });
    });
  }
}
