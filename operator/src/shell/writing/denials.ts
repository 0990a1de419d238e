import { type Clock, type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { type WriteOutcome } from "../../ports/cluster-writer.ts";
import { type Log } from "../../ports/log.ts";
import { concludeWrite } from "../reconcilers/conclude-write.ts";
import { again, done, type Outcome } from "../queue/outcome.ts";

/** Somebody who changes a role looks at the result within minutes. */
const laterMs: Millis = 300_000;

/**
 * Remembers which sorts of writes are denied to us, by a role or by a definition that lacks the field, so that this is
 * said once and not asked again for every object. Such writes only tell people something: everything works without.
 */
export class Denials {
  readonly #deps: { readonly clock: Clock; readonly log: Log };
  /** By sort, when to ask again; undefined = not before the program is started anew. */
  readonly #denied = new Map<string, Instant | undefined>();

  constructor(deps: { readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps;
  }

  /** Carries out a write of that sort, unless such writes are known to be denied. */
  async attempt(sort: string, write: () => Promise<WriteOutcome>): Promise<Outcome> {
    if (this.#denied.has(sort)) {
      const waitMs = this.#waitMs(sort);
      if (waitMs === undefined) return done;
      if (waitMs > 0) return again(waitMs);
    }
    const outcome = await write();
    if (outcome.at === "denied") return this.#note(sort, outcome);
    if (outcome.at === "written") this.#denied.delete(sort);
    return concludeWrite(outcome);
  }

  #waitMs(sort: string): Millis | undefined {
    const until = this.#denied.get(sort);
    return until === undefined ? undefined : Math.max(0, until - this.#deps.clock.now());
  }

  #note(sort: string, { until, problem }: Extract<WriteOutcome, { at: "denied" }>): Outcome {
    const { clock, log } = this.#deps;
    if (!this.#denied.has(sort)) log.warn({ sort, until }, problem);
    this.#denied.set(sort, until === "restart" ? undefined : instantAfter(clock.now(), laterMs));
    return until === "restart" ? done : again(laterMs);
  }
}
