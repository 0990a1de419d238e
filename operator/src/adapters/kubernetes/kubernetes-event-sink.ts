import { events, isKubeError, type KubeClient, type ObjectKey } from "@steelyard/client";
import { type Clock, type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { EventBacklog, type PendingEvent } from "../../core/events/event-backlog.ts";
import { eventIdentity, EventSeriesBook } from "../../core/events/event-series.ts";
import { type PlannedEvent } from "../../core/reconcile/index.ts";
import {
  type Allowance,
  fillBucket,
  fullBucket,
  type TokenBucket,
  waitForToken,
} from "../../core/token-bucket.ts";
import { type EventSink, type ObjectReference } from "../../ports/event-sink.ts";
import { type Log } from "../../ports/log.ts";
import { type OperatorMetrics } from "../../ports/operator-metrics.ts";
import { buildEventObject, buildEventPatch } from "./event-object.ts";

export interface KubernetesEventSinkDeps {
  readonly client: Pick<KubeClient, "create" | "mergePatch">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Pick<OperatorMetrics, "countDroppedEvents">;
  /** How many statuses are being written at the moment. */
  readonly writesUnderWay: () => number;
}

const fieldManager = "steelyard-operator";
const timeoutMs: Millis = 4_000;
/** What waits behind this many would be stored so late that it interests nobody. */
const longestBacklog = 1_000;
/** Ten thousand Services that get an address at once must not cost ten thousand events beside their ten thousand writes. */
const allowance: Allowance = { burst: 200, perSecond: 20 };
/**
 * While more statuses than this are being written, events wait: each of them costs the API server what a status costs, and
 * the first hundreds of a burst would come right between the addresses. It lasts seconds; should it not, some get through.
 */
const quietEnough = 1;
const looksAgainAfter: Millis = 100;
const longestYield: Millis = 1_000;
/** The end of the program waits no longer for events than this. */
const flushLimitMs: Millis = 150;
const firstRetryMs: Millis = 1_000;
const longestRetryMs: Millis = 3_000;
/** An event that could not be stored so often is given up. */
const attemptsAllowed = 4;

/**
 * Events as objects of the core group, written one after the other beside the real work: limited in their rate, warnings
 * first, and never in the way. What finds no room, or no API server, is counted.
 */
export class KubernetesEventSink implements EventSink {
  readonly #instance: string;
  readonly #deps: KubernetesEventSinkDeps;
  readonly #series = new EventSeriesBook<ObjectKey>();
  readonly #backlog = new EventBacklog<ObjectReference>({ limit: longestBacklog });
  readonly #bucket: TokenBucket;
  #isStoring = false;
  #sentAt: Instant;
  #failuresInRow = 0;
  /** Ends the wait for a token, or after a failure. */
  #cancelWait: (() => void) | undefined;
  #endFlush: (() => void) | undefined;

  constructor(options: { readonly instance: string }, deps: KubernetesEventSinkDeps) {
    this.#instance = options.instance;
    this.#deps = deps;
    this.#sentAt = deps.clock.now();
    this.#bucket = fullBucket(allowance, this.#sentAt);
  }

  record(object: ObjectReference, event: PlannedEvent): void {
    this.#countDropped(this.#backlog.add(object, event));
    this.#pump();
  }

  /** Neither the rate nor an earlier failure holds up what is there; after `flushLimitMs` the rest is given up. */
  flush(): Promise<void> {
    this.#stopWaiting();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#endFlush = undefined;
        this.#countDropped(this.#backlog.clear());
        resolve();
      };
      const cancel = this.#deps.clock.after(flushLimitMs, end);
      this.#endFlush = end;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isStoring) return;
    if (this.#backlog.size === 0) return this.#endFlush?.();
    const wait = this.#endFlush === undefined ? Math.max(this.#giveWay(), this.#waitForToken()) : 0;
    if (this.#cancelWait !== undefined) return;
    if (wait > 0) return this.#waitFor(wait);
    const pending = this.#backlog.next();
    if (pending !== undefined) void this.#send(pending);
  }

  #giveWay(): Millis {
    const { clock, writesUnderWay } = this.#deps;
    const isBusy = writesUnderWay() > quietEnough && clock.now() - this.#sentAt < longestYield;
    return isBusy ? looksAgainAfter : 0;
  }

  #waitForToken(): Millis {
    fillBucket(this.#bucket, allowance, this.#deps.clock.now());
    return waitForToken(this.#bucket, allowance);
  }

  #waitFor(delay: Millis): void {
    this.#cancelWait = this.#deps.clock.after(delay, () => {
      this.#cancelWait = undefined;
      this.#pump();
    });
  }

  #stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  async #send(pending: PendingEvent<ObjectReference>): Promise<void> {
    this.#isStoring = true;
    this.#sentAt = this.#deps.clock.now();
    this.#bucket.tokens -= 1;
    try {
      await this.#store(pending);
      this.#failuresInRow = 0;
    } catch (error) {
      this.#onFailure(pending, error);
    }
    this.#isStoring = false;
    this.#pump();
  }

  #onFailure(pending: PendingEvent<ObjectReference>, error: unknown): void {
    const { object, event } = pending;
    const mayPass = !isKubeError(error) || error.verdict === "retry";
    if (!mayPass || this.#endFlush !== undefined || pending.failures + 1 >= attemptsAllowed) {
      this.#countDropped(pending.times);
      this.#deps.log.debug(
        { object: object.name, event: event.reason, error },
        "the event could not be stored",
      );
      return;
    }
    this.#backlog.putBack(pending);
    const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    const backoff = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.#failuresInRow, 10));
    this.#failuresInRow += 1;
    this.#waitFor(Math.max(asked, backoff));
  }

  async #store({ object, event, times }: PendingEvent<ObjectReference>): Promise<void> {
    const { clock, client, random } = this.#deps;
    const identity = eventIdentity(object, event);
    const timestamp = clock.timestamp();
    const fresh = buildEventObject(object, event, { timestamp, instance: this.#instance }, random);
    try {
      const { id, count } = this.#series.next(identity, clock.now(), () => fresh.metadata, times);
      // A series that counts more than this has begun before.
      const isNew = count === times;
      if (!isNew && (await this.#amend(id, buildEventPatch(event, count, timestamp)))) return;
      if (!isNew) this.#series.forget(identity);
      await client.create(events, { ...fresh, count: times }, { fieldManager, timeoutMs });
      if (!isNew) this.#series.next(identity, clock.now(), () => fresh.metadata, times);
    } catch (error) {
      this.#series.forget(identity);
      throw error;
    }
  }

  /** False: the stored event has expired on the server. */
  async #amend(key: ObjectKey, patch: object): Promise<boolean> {
    try {
      await this.#deps.client.mergePatch(events, key, patch, { fieldManager, timeoutMs });
      return true;
    } catch (error) {
      if (isKubeError(error, "not-found")) return false;
      throw error;
    }
  }

  #countDropped(dropped: number): void {
    if (dropped > 0) this.#deps.metrics.countDroppedEvents(dropped);
  }
}
