import { type Leadership, type Term } from "../../ports/leadership.ts";

/** For an operator that is told to be alone (`--leader-elect=false`): it leads from its first moment to its last. */
export class SoleLeadership implements Leadership {
  #leads = true;

  isLeader(): boolean {
    return this.#leads;
  }

  whyUndecided(): undefined {
    return undefined;
  }

  async run(term: Term, signal: AbortSignal): Promise<void> {
    try {
      await term(signal);
    } finally {
      this.#leads = false;
    }
  }
}
