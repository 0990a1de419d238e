import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type DestinationStream } from "pino";

/** pino tells a stream that has this property the level of each line. */
const wantsLevel: unique symbol = Symbol.for("pino.metadata");
/** pino's number for `warn`. */
const warn = 40;
/** A person who follows the log does not see that a line is late by this. */
const longestWait: Millis = 50;
const longestText = 16_384;

/**
 * Puts the lines of a burst out together: a system call for each of ten thousand allocations cost a fifth of the operator's
 * time (docs/performance.md). A line that tells of trouble goes out at once, and takes along what waits before it.
 */
export class BurstOutput implements DestinationStream {
  readonly [wantsLevel] = true;
  /** Set by pino before each line. */
  lastLevel = 0;
  readonly #out: DestinationStream;
  readonly #clock: Clock;
  #waiting = "";
  #cancelFlush: (() => void) | undefined;

  constructor(out: DestinationStream, deps: { readonly clock: Clock }) {
    this.#out = out;
    this.#clock = deps.clock;
  }

  write(line: string): void {
    this.#waiting += line;
    if (this.lastLevel >= warn || this.#waiting.length >= longestText) this.flush();
    else this.#cancelFlush ??= this.#clock.after(longestWait, () => this.flush());
  }

  /** To be called at the end of the process. */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#waiting !== "") this.#out.write(this.#waiting);
    this.#waiting = "";
  }
}
