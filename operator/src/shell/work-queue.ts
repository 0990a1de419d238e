import { assertNever, type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { type Log } from "../ports/log.ts";
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

export interface WorkQueueDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called after each piece of work. */
  readonly onWorked?: (result: { readonly failed: boolean }) => void;
}

const firstRetryMs: Millis = 5;
const longestRetryMs: Millis = 60_000;
/** A program has a second to end, and handing back the lease comes after this. */
const graceMs: Millis = 300;

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
  readonly #delayed = new Map<string, { readonly due: number; readonly cancel: () => void }>();
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
    if (this.#working.has(key)) this.#dirtyAgain.add(key);
    else this.#ready.add(key);
    this.#pump();
  }

  /** Adds the key after a time; when it is to be added earlier anyway, that stands. */
  addAfter(key: string, delay: Millis): void {
    if (this.#isStopped || this.#ready.has(key) || this.#dirtyAgain.has(key)) return;
    const due = this.#deps.clock.now() + delay;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.due <= due) return;
    known?.cancel();
    this.#delayed.set(key, { due, cancel: this.#deps.clock.after(delay, () => this.add(key)) });
  }

  start(): void {
    this.#isStarted = true;
    this.#pump();
  }

  /**
   * Takes nothing new, ends the waits, and resolves when what is being done has ended. It may finish in peace for a
   * moment, because a write that is cut off may have been carried out all the same; then its signal aborts.
   */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#ready.clear();
    const cancelAbort = this.#deps.clock.after(graceMs, () => this.#stopping.abort());
    await Promise.all([...this.#working.values()].map(({ end }) => end));
    cancelAbort();
  }

  /** Keys that are ready or being worked on; those that wait for a later time do not count. */
  get depth(): number {
    return this.#ready.size + this.#working.size;
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
      this.#finish(key);
      this.#conclude(key, outcome);
    } catch (error) {
      this.#finish(key);
      this.#fail(key, attempt, error);
    }
    this.#pump();
  }

  #finish(key: string): void {
    this.#working.delete(key);
    if (this.#dirtyAgain.delete(key) && !this.#isStopped) this.#ready.add(key);
  }

  #conclude(key: string, outcome: Outcome): void {
    this.#failures.delete(key);
    this.#deps.onWorked?.({ failed: outcome.is === "refused" });
    switch (outcome.is) {
      case "done":
        return;
      case "again":
        return this.addAfter(key, outcome.afterMs);
      case "refused":
        return this.#deps.log.warn({ kind: this.#options.kind, key }, outcome.problem);
      default:
        return assertNever(outcome);
    }
  }

  #fail(key: string, attempt: number, error: unknown): void {
    if (this.#isStopped) return;
    this.#failures.set(key, attempt);
    this.#deps.onWorked?.({ failed: true });
    const retryInMs = this.#retryDelay(attempt);
    // The first failure is often a stumble; the log hears of it, but nobody needs to be woken.
    const level = attempt < 3 ? "debug" : "warn";
    this.#deps.log[level](
      { kind: this.#options.kind, key, attempt, retryInMs, error },
      "failed, will be tried again",
    );
    this.addAfter(key, retryInMs);
  }

  /** Doubles from 5 ms to a minute; up to half of it is chance, so that keys that failed together part company. */
  #retryDelay(attempt: number): Millis {
    const full = Math.min(longestRetryMs, firstRetryMs * 2 ** (attempt - 1));
    return Math.ceil(full * (0.5 + 0.5 * this.#deps.random.fraction()));
  }

  #cancelDelay(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}
