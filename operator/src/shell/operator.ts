import { type Millis } from "@steelyard/model/foundation";
import { type OperatorReadings } from "../ports/operator-metrics.ts";
import { ApiGate } from "./writing/api-gate.ts";
import { Denials } from "./writing/denials.ts";
import { type OperatorDeps, type OperatorOptions } from "./operator-options.ts";
import { OperatorTerm, type SharedByTerms } from "./term/term.ts";
import { usualBudget, WriteBudget } from "./writing/write-budget.ts";

export interface Health {
  readonly ok: boolean;
  /** A sentence for whoever reads the probe's answer. */
  readonly because: string;
}

/** Every request has a deadline of seconds, so work that goes on for longer will not end at all. */
const stuckAfterMs: Millis = 60_000;

/** The operator: stands by with everything at hand, and while it leads gives addresses. */
export class SteelyardOperator {
  readonly #options: OperatorOptions;
  readonly #deps: OperatorDeps;
  #term: OperatorTerm | undefined;
  /** Every view an address depends on has once been complete. */
  #isWarm = false;

  constructor(options: OperatorOptions, deps: OperatorDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Runs until the signal aborts, term after term. */
  async run(signal: AbortSignal): Promise<void> {
    const shared = this.#open();
    this.#deps.metrics.readFrom(() => this.#readingsOf(shared));
    void this.#warmUp(shared, signal);
    try {
      await this.#deps.leadership.run((termSignal) => this.#serve(shared, termSignal), signal);
    } finally {
      await shared.reader.close();
      await this.#deps.events.flush();
    }
  }

  /** What outlasts a term: a standby's view of the cluster, and the budget, which a new term does not fill again. */
  #open(): SharedByTerms {
    const { openCluster, clock, log } = this.#deps;
    const reader = openCluster();
    const knownObjects = (): number => reader.services.size + reader.pools.size;
    const budget = new WriteBudget(this.#options.writeBudget ?? usualBudget, { clock, knownObjects });
    return { reader, budget, gate: new ApiGate({ clock, log }), denials: new Denials({ clock, log }) };
  }

  #readingsOf({ budget, gate }: SharedByTerms): OperatorReadings {
    return {
      isLeader: this.#deps.leadership.isLeader(),
      writesLeft: budget.remaining,
      takesWrites: gate.isOpen,
      gateClosings: gate.closings,
      term: this.#term?.readings,
    };
  }

  async #warmUp({ reader }: SharedByTerms, signal: AbortSignal): Promise<void> {
    try {
      await reader.whenSynced(signal);
      this.#isWarm = true;
    } catch {
      // Only the end of the program rejects this wait.
    }
  }

  async #serve(shared: SharedByTerms, signal: AbortSignal): Promise<void> {
    this.#term = new OperatorTerm(this.#options, this.#deps, shared);
    try {
      await this.#term.run(signal);
    } finally {
      this.#term = undefined;
    }
  }

  /** Ready to do what it is there for: leading with everything adopted, or standing by to take over. */
  get readiness(): Health {
    if (this.#term === undefined) return this.#standby;
    return this.#term.isSettled
      ? { ok: true, because: "leading" }
      : { ok: false, because: "leading, but the first lists of the cluster's objects are not complete yet" };
  }

  get #standby(): Health {
    const undecided = this.#deps.leadership.whyUndecided();
    if (undecided !== undefined) return { ok: false, because: `it is not known yet who leads: ${undecided}` };
    return this.#isWarm
      ? { ok: true, because: "standing by" }
      : {
          ok: false,
          because: "standing by, but the first lists of the cluster's objects are not complete yet",
        };
  }

  /** That this can be answered shows that the event loop turns; what is left to see is whether the queues move. */
  get liveness(): Health {
    const longest = this.#term?.longestRunMs ?? 0;
    return longest < stuckAfterMs
      ? { ok: true, because: "alive" }
      : { ok: false, because: `a piece of work has been going on for ${Math.round(longest / 1000)} s` };
  }
}
