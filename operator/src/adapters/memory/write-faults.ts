import { WriteFailure, type WriteOutcome } from "../../ports/cluster-writer.ts";

/** What becomes of a write on its way to the server and back; `carryOut` is what the server does with it. */
export type WriteCourse = (carryOut: () => WriteOutcome, signal: AbortSignal) => Promise<WriteOutcome>;

/** An outcome or an error in place of being carried out, or a course of its own. */
export type WriteFault = WriteOutcome | Error | WriteCourse;

/** Carried out, but the answer never arrives. */
export const answerLost: WriteCourse = (carryOut) => {
  carryOut();
  return Promise.reject(new WriteFailure("the answer was lost"));
};

/** Writes that are under way until somebody says what became of them; whoever sent one may have given up by then. */
export class WritesUnderWay {
  readonly #landings: (() => void)[] = [];

  get size(): number {
    return this.#landings.length;
  }

  readonly course: WriteCourse = (carryOut, signal) =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new WriteFailure("cut off"));
      this.#landings.push(() => resolve(carryOut()));
      if (signal.aborted) giveUp();
      else signal.addEventListener("abort", giveUp, { once: true });
    });

  /** The one that was sent first reaches the server. */
  land(): void {
    this.#landings.shift()?.();
  }
}
