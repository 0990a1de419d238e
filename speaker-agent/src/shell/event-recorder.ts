import { Backoff, type LogSink, pause } from "@steelyard/client";
import { type Clock, type Random } from "@steelyard/model/foundation";
import { type ServiceEvent } from "../core/reporting/service-event.ts";
import { ClusterWriteError, type ClusterWriter } from "../ports/cluster-writer.ts";
import { TokenBuckets } from "./token-buckets.ts";

export interface EventRecorderDeps {
  readonly writer: ClusterWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
}

/** Events are news: when so many wait, the oldest have lost their worth. */
const longestQueue = 1000;
const attempts = 5;

/**
 * Writes events one after another, off the path that announces. Bounded on every side: how many one Service may have
 * (as in client-go: 25 at once, then one in five minutes), how many wait, and how often one is tried.
 */
export class EventRecorder {
  readonly #deps: EventRecorderDeps;
  readonly #budget: TokenBuckets;
  readonly #stop = new AbortController();
  readonly #queue: ServiceEvent[] = [];
  #running = false;

  constructor(deps: EventRecorderDeps) {
    this.#deps = deps;
    this.#budget = new TokenBuckets({ burst: 25, refillMs: 300_000 }, deps);
  }

  record(events: readonly ServiceEvent[]): void {
    for (const event of events) {
      if (this.#budget.take(budgetKey(event))) this.#queue.push(event);
    }
    const overflow = this.#queue.splice(0, Math.max(0, this.#queue.length - longestQueue));
    if (overflow.length > 0) this.#deps.log.warn({ count: overflow.length }, "events dropped, too many wait");
    if (!this.#running) void this.#drain();
  }

  stop(): void {
    this.#stop.abort();
    this.#queue.length = 0;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift())
      await this.#write(event);
    this.#running = false;
  }

  async #write(event: ServiceEvent): Promise<void> {
    const backoff = new Backoff({ firstMs: 500, longestMs: 30_000 }, this.#deps);
    while (!this.#stop.signal.aborted) {
      const failure = await this.#attempt(event);
      if (failure === undefined || this.#stop.signal.aborted) return;
      if (failure.verdict !== "retry" || backoff.failures + 1 >= attempts) {
        const service = `${event.service.namespace}/${event.service.name}`;
        return this.#deps.log.warn({ service, reason: event.reason, error: failure }, "event not recorded");
      }
      await pause(backoff.next(failure.retryAfterMs), this.#stop.signal, this.#deps.clock);
    }
  }

  async #attempt(event: ServiceEvent): Promise<ClusterWriteError | undefined> {
    try {
      await this.#deps.writer.recordEvent(event);
      return undefined;
    } catch (error) {
      if (error instanceof ClusterWriteError) return error;
      return new ClusterWriteError(String(error), { verdict: "never", cause: error });
    }
  }
}

/** A Service made anew under an old name has a story of its own to tell. */
function budgetKey({ service: { namespace, name, uid } }: ServiceEvent): string {
  return `${namespace}/${name}/${uid ?? ""}`;
}
