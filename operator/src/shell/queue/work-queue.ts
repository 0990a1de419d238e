import { assertNever, type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { WriteFailure } from "../../ports/cluster-writer.ts";
import { type Log } from "../../ports/log.ts";
import { type QueuedKeys } from "../../ports/operator-metrics.ts";
import { type Outcome } from "./outcome.ts";

export interface WorkContext {
  /** Aborts a moment after the queue was stopped. */
  readonly signal: AbortSignal;
  /** 1 for the first try since the key last succeeded. */
  readonly attempt: number;
}

export type Work = (key: string, context: WorkContext) => Promise<Outcome>;

export interface WorkQueueOptions {
  /** Appears in the log. */
  readonly kind: string;
  /** How many keys are worked on at the same time. */
  readonly workers: number;
}

/** A piece of work that has ended. */
export interface Worked {
  readonly kind: string;
  readonly failed: boolean;
  readonly seconds: number;
}

export interface WorkQueueDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether the API server takes writes, as far as is known. */
  readonly takesWrites: () => boolean;
  /** Called after each piece of work. */
  readonly onWorked?: (result: Worked) => void;
}

/** A backoff doubles from `firstMs` to `longestMs`. */
interface Span {
  readonly firstMs: Millis;
  readonly longestMs: Millis;
}

/** Of what fails by a fault of our own, which no waiting mends. */
const ownFailures: Span = { firstMs: 5, longestMs: 60_000 };
/** Of writes that fail: bounds how late a key notices that the API server has recovered. */
const writeFailures: Span = { firstMs: 5, longestMs: 3_000 };
/** By then the watch has usually brought what our copy lacked. */
const outdatedCopies: Span = { firstMs: 25, longestMs: 3_000 };
/** Waits are no shorter than this, whatever asks for them: a queue must not turn without a breath. */
const shortestWaitMs: Millis = 1;
/** A program has a second to end, and handing back the lease comes after this. */
const usualGraceMs: Millis = 300;

/**
 * Keys that want work, each at most once in the queue and never worked on twice at the same time; a key that is added
 * while it is worked on is worked on once more afterwards, so no change is lost and none is done for nothing. The
 * semantics are those of client-go's work queue (reference operator.md, section 1).
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #work: Work;
  readonly #deps: WorkQueueDeps;
  /** A Set keeps insertion order: first come, first served. */
  readonly #ready = new Set<string>();
  /** Keys being worked on, and since when. */
  readonly #working = new Map<string, { readonly since: number; readonly end: Promise<void> }>();
  readonly #dirtyAgain = new Set<string>();
  readonly #delayed = new Map<string, Delay>();
  /** Keys that wait until the API server takes writes; first come, first woken. */
  readonly #shutOut = new Set<string>();
  /** Failures and outdated copies since the key last succeeded. */
  readonly #failures = new Map<string, number>();
  readonly #stopping = new AbortController();
  #isStarted = false;
  #isStopped = false;

  constructor(options: WorkQueueOptions, work: Work, deps: WorkQueueDeps) {
    this.#options = options;
    this.#work = work;
    this.#deps = deps;
  }

  add(key: string): void {
    if (this.#isStopped) return;
    this.#cancelDelay(key);
    this.#shutOut.delete(key);
    if (this.#working.has(key)) this.#dirtyAgain.add(key);
    else this.#ready.add(key);
    this.#pump();
  }

  /** Adds the key after a time; when it is to be added earlier anyway, that stands. */
  addAfter(key: string, delay: Millis): void {
    this.#delay(key, delay, "asked");
  }

  /**
   * Adds one of the keys that wait for the API server.
   *
   * @returns whether there was one
   */
  wakeOne(): boolean {
    const [key] = this.#shutOut;
    if (key === undefined) return false;
    this.add(key);
    return true;
  }

  /** Adds all keys that wait for the API server, and those that sit out a failure. */
  wakeAll(): void {
    for (const key of [...this.#shutOut]) this.add(key);
    for (const [key, { because }] of [...this.#delayed]) if (because !== "asked") this.add(key);
  }

  #delay(key: string, delay: Millis, because: Delay["because"]): void {
    if (this.#isStopped || this.#ready.has(key) || this.#dirtyAgain.has(key)) return;
    const due = this.#deps.clock.now() + delay;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.due <= due) return;
    known?.cancel();
    const wait = Math.max(shortestWaitMs, delay);
    this.#delayed.set(key, { due, because, cancel: this.#deps.clock.after(wait, () => this.add(key)) });
  }

  start(): void {
    this.#isStarted = true;
    this.#pump();
  }

  /**
   * Takes nothing new, ends the waits, and resolves when what is being done has ended. It may finish in peace for
   * `graceMs`, because a write that is cut off may have been carried out all the same; then its signal aborts.
   */
  async stop(graceMs: Millis = usualGraceMs): Promise<void> {
    this.#isStopped = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#ready.clear();
    this.#shutOut.clear();
    if (graceMs === 0) this.#stopping.abort();
    const cancelAbort = this.#deps.clock.after(graceMs, () => this.#stopping.abort());
    await Promise.all([...this.#working.values()].map(({ end }) => end));
    cancelAbort();
  }

  /** All keys, by what they wait for. */
  get keys(): QueuedKeys {
    return {
      ready: this.#ready.size,
      working: this.#working.size,
      delayed: this.#delayed.size,
      shutOut: this.#shutOut.size,
    };
  }

  /** How long the piece of work that began first has been going on; 0 when there is none. */
  get longestRunMs(): Millis {
    const now = this.#deps.clock.now();
    return [...this.#working.values()].reduce((longest, { since }) => Math.max(longest, now - since), 0);
  }

  #pump(): void {
    if (!this.#isStarted || this.#isStopped) return;
    for (const key of this.#ready) {
      if (this.#working.size >= this.#options.workers) return;
      this.#ready.delete(key);
      const since = this.#deps.clock.now();
      const entry = { since, end: Promise.resolve() };
      this.#working.set(key, entry);
      entry.end = this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    const attempt = (this.#failures.get(key) ?? 0) + 1;
    // One turn later, so that a burst of additions is one piece of work and the adder is never re-entered.
    await Promise.resolve();
    try {
      const outcome = await this.#work(key, { signal: this.#stopping.signal, attempt });
      this.#finish(key, outcome.is === "refused");
      this.#conclude(key, outcome, attempt);
    } catch (error) {
      this.#finish(key, true);
      this.#fail(key, attempt, error);
    }
    this.#pump();
  }

  #finish(key: string, failed: boolean): void {
    const now = this.#deps.clock.now();
    const seconds = (now - (this.#working.get(key)?.since ?? now)) / 1000;
    this.#deps.onWorked?.({ kind: this.#options.kind, failed, seconds });
    this.#working.delete(key);
    if (this.#dirtyAgain.delete(key) && !this.#isStopped) this.#ready.add(key);
  }

  #conclude(key: string, outcome: Outcome, attempt: number): void {
    this.#failures.delete(key);
    switch (outcome.is) {
      case "done":
        return;
      case "again":
        return this.addAfter(key, outcome.afterMs);
      case "outdated":
        this.#countFailure(key, attempt);
        return this.#delay(key, this.#retryDelay(attempt, outdatedCopies), "outdated");
      case "shutOut":
        return this.#awaitApi(key);
      case "refused":
        return this.#deps.log.warn({ kind: this.#options.kind, key }, outcome.problem);
      default:
        return assertNever(outcome);
    }
  }

  #countFailure(key: string, attempt: number): void {
    if (!this.#isStopped) this.#failures.set(key, attempt);
  }

  #awaitApi(key: string): void {
    if (this.#isStopped || this.#ready.has(key)) return;
    // It may have recovered between the question and this.
    if (this.#deps.takesWrites()) this.add(key);
    else this.#shutOut.add(key);
  }

  #fail(key: string, attempt: number, error: unknown): void {
    if (this.#isStopped) return;
    this.#countFailure(key, attempt);
    const isWrite = error instanceof WriteFailure;
    const span = isWrite ? writeFailures : ownFailures;
    const retryInMs = Math.max(this.#retryDelay(attempt, span), isWrite ? error.retryAfterMs : 0);
    const level = isNews(attempt) ? "warn" : "debug";
    this.#deps.log[level](
      { kind: this.#options.kind, key, attempt, retryInMs, error },
      "failed, will be tried again",
    );
    this.#delay(key, retryInMs, "failed");
  }

  /** Up to half of it is chance, so that keys that failed together part company. */
  #retryDelay(attempt: number, { firstMs, longestMs }: Span): Millis {
    const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 30));
    return Math.ceil(full * (0.5 + 0.5 * this.#deps.random.fraction()));
  }

  #cancelDelay(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}

interface Delay {
  readonly due: number;
  /** What the wait is for: whoever put it off asked for this time, or it is a backoff. */
  readonly because: "asked" | "failed" | "outdated";
  readonly cancel: () => void;
}

/** The first failures are often a stumble, and of a long row every doubling says enough: the 3rd, 6th, 12th … */
function isNews(attempt: number): boolean {
  return attempt % 3 === 0 && Number.isInteger(Math.log2(attempt / 3));
}
