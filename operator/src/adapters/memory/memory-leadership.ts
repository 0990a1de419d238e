import { type Leadership, type Term } from "../../ports/leadership.ts";

/** Leadership that is given and taken by whoever holds this object: a test, or a program that is always alone. */
export class MemoryLeadership implements Leadership {
  #leads: boolean;
  #term: AbortController | undefined;
  #wake = (): void => {};

  constructor(options: { readonly leads: boolean }) {
    this.#leads = options.leads;
  }

  isLeader(): boolean {
    return this.#leads;
  }

  whyUndecided(): string | undefined {
    return undefined;
  }

  give(): void {
    this.#leads = true;
    this.#wake();
  }

  take(): void {
    this.#leads = false;
    this.#term?.abort();
  }

  async run(term: Term, signal: AbortSignal): Promise<void> {
    const end = (): void => {
      this.#term?.abort();
      this.#wake();
    };
    signal.addEventListener("abort", end, { once: true });
    while (!signal.aborted) {
      if (!this.#leads) await new Promise<void>((resolve) => (this.#wake = resolve));
      if (signal.aborted || !this.#leads) continue;
      this.#term = new AbortController();
      await term(this.#term.signal);
      this.#term = undefined;
    }
    this.#leads = false;
  }
}
