import { type Counter } from "prom-client";

/**
 * A counter that follows totals of somebody who may start again from zero: then it goes on from where it was, because a
 * counter that falls looks like a restart of this program.
 */
export class GrowingTotals {
  readonly #counter: Counter;
  readonly #label: string;
  #counted: Readonly<Record<string, number>> = {};

  constructor(counter: Counter, options: { readonly label: string }) {
    this.#counter = counter;
    this.#label = options.label;
  }

  /** By the label's value; `options.forgets`: a value that is missing disappears. */
  set(totals: Readonly<Record<string, number>>, options: { readonly forgets: boolean }): void {
    if (options.forgets) {
      const gone = Object.keys(this.#counted).filter((value) => !Object.hasOwn(totals, value));
      for (const value of gone) this.#counter.remove({ [this.#label]: value });
    }
    for (const [value, total] of Object.entries(totals)) {
      this.#counter.inc({ [this.#label]: value }, growth(this.#counted[value], total));
    }
    this.#counted = totals;
  }
}

/** What has come on top of `before`; totals that fell are those of a worker that started again. */
export function growth(before = 0, now: number): number {
  return now >= before ? now - before : now;
}
