import { type Millis } from "@steelyard/model/foundation";
import { type OperatorDeps, type OperatorOptions } from "./operator-options.ts";
import { OperatorTerm } from "./term.ts";

export interface Health {
  readonly ok: boolean;
  /** A sentence for whoever reads the probe's answer. */
  readonly because: string;
}

/** Every request has a deadline of seconds, so work that goes on for longer will not end at all. */
const stuckAfterMs: Millis = 60_000;

/** The operator: stands by, and while it leads gives addresses. */
export class SteelyardOperator {
  readonly #options: OperatorOptions;
  readonly #deps: OperatorDeps;
  #term: OperatorTerm | undefined;

  constructor(options: OperatorOptions, deps: OperatorDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Runs until the signal aborts, term after term. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#deps.leadership.run(async (termSignal) => {
      this.#term = new OperatorTerm(this.#options, this.#deps);
      try {
        await this.#term.run(termSignal);
      } finally {
        this.#term = undefined;
      }
    }, signal);
    await this.#deps.events.flush();
  }

  /** Ready to do what it is there for: leading with everything adopted, or standing by to take over. */
  get readiness(): Health {
    if (this.#term === undefined) return this.#standby;
    return this.#term.isSettled
      ? { ok: true, because: "leading" }
      : { ok: false, because: "leading, but the first lists of the cluster's objects are not complete yet" };
  }

  get #standby(): Health {
    return this.#deps.leadership.isDecided()
      ? { ok: true, because: "standing by" }
      : { ok: false, because: "it is not known yet who leads: the API server has not answered" };
  }

  /** That this can be answered shows that the event loop turns; what is left to see is whether the queues move. */
  get liveness(): Health {
    const longest = this.#term?.longestRunMs ?? 0;
    return longest < stuckAfterMs
      ? { ok: true, because: "alive" }
      : { ok: false, because: `a piece of work has been going on for ${Math.round(longest / 1000)} s` };
  }
}
