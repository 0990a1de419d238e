import { type Instant, type Millis } from "@steelyard/model/foundation";
import { Backoff } from "../backoff.ts";
import { asKubeError, KubeError } from "../errors.ts";
import { Gate } from "../gate.ts";
import { pause } from "../pause.ts";
import { listAll, type ListTarget } from "./list.ts";
import { type ReflectorDeps, type ReflectorTiming } from "./reflector-options.ts";
import { type ReflectorCounters } from "./reflector-metrics.ts";
import { type BookmarkEvent, type ObjectEvent, type WatchEvent } from "./watch-event.ts";
import { watchEvents, type WatchStart } from "./watch.ts";

export interface FollowOptions {
  /** For logs: `services`, `ipaddresspools.metallb.io`. */
  readonly resource: string;
  readonly target: ListTarget;
  /** Whether to try a streaming list before pages. */
  readonly streaming: boolean;
  readonly timing: ReflectorTiming;
  /** The store equals the cluster: after each list, so possibly many times. */
  readonly onComplete: () => void;
}

/** Where the loop puts what it hears; `Mirror` is the one that does it. */
export interface SnapshotReceiver {
  readonly receivesSnapshot: boolean;
  beginSnapshot(): void;
  completeSnapshot(): void;
  storeListed(raw: unknown): void;
  apply(event: ObjectEvent): void;
}

export interface FollowDeps extends ReflectorDeps {
  readonly counters: ReflectorCounters;
  readonly mirror: SnapshotReceiver;
}

/** After so many refusals of our version as too new, the server's history has gone back, not merely fallen behind. */
const tooLargeTolerated = 3;

/** How often the same failure is said again: in an outage every kind fails at every attempt, with the same words. */
const complaintInterval: Millis = 60_000;

/** List, watch, wait, and again, until stopped. */
export class FollowLoop {
  readonly #options: FollowOptions;
  readonly #deps: FollowDeps;
  readonly #backoff: Backoff;
  /** Up to where we know everything; undefined when only a list can tell. */
  #version: string | undefined;
  #streaming: boolean;
  #timesTooLarge = 0;
  /** Whether the watch under way, or the last one, got us anywhere. */
  #worthwhile = false;
  /** Opens at the end of a list that began after somebody asked for one. */
  #refreshed: Gate | undefined;
  #endRound = (): void => {};
  #refusal: KubeError | undefined;
  /** The interruption that the log has heard of last, and not yet of its end. */
  #complaint: { readonly message: string; readonly at: Instant } | undefined;

  constructor(options: FollowOptions, deps: FollowDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#streaming = options.streaming;
    this.#backoff = new Backoff(options.timing.backoff, deps);
  }

  /** What the API server said last, if the kind is not there or not to be read; undefined once it answers otherwise. */
  get refusal(): KubeError | undefined {
    return this.#refusal;
  }

  /** Resolves when `signal` has aborted and nothing is under way any more; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#runRound(signal);
  }

  /**
   * Ends the round that is under way and lists anew. The watch has to end, because of a list and a watch that go on side
   * by side nobody can tell which of two versions of an object is the newer one.
   *
   * @returns what opens when the list is complete
   */
  refresh(): Gate {
    this.#refreshed ??= new Gate();
    this.#version = undefined;
    this.#endRound();
    return this.#refreshed;
  }

  /** There will be no list any more. */
  refuseRefresh(reason: Error): void {
    this.#refreshed?.refuse(reason);
  }

  /** A round that ends early leaves the rest of the loop as it is. */
  async #runRound(signal: AbortSignal): Promise<void> {
    const round = new AbortController();
    const end = (): void => round.abort();
    this.#endRound = end;
    signal.addEventListener("abort", end, { once: true });
    try {
      const delay = await this.#round(round.signal);
      if (delay > 0) await pause(delay, round.signal, this.#deps.clock);
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** Lists if need be and watches until the watch ends; returns how long to wait before the next round. */
  async #round(signal: AbortSignal): Promise<Millis> {
    try {
      if (this.#version === undefined && !this.#streaming) await this.#list(signal);
      if (signal.aborted) return 0;
      const worthwhile = await this.#watch(signal);
      return worthwhile || signal.aborted ? 0 : this.#afterEmptyWatch();
    } catch (thrown) {
      return signal.aborted
        ? 0
        : this.#afterFailure(asKubeError(thrown, "malformed", this.#options.resource));
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { counters, mirror, transport } = this.#deps;
    const version = await listAll(this.#options.target, {
      request: (request) => transport.request({ ...request, signal }),
      begin: () => {
        counters.lists += 1;
        mirror.beginSnapshot();
      },
      page: (items) => {
        counters.contact();
        for (const raw of items) if (!signal.aborted) mirror.storeListed(raw);
      },
    });
    if (!signal.aborted) this.#complete(version);
  }

  /** The store now equals the cluster as of `version`. */
  #complete(version: string): void {
    this.#deps.mirror.completeSnapshot();
    this.#version = version;
    this.#tellOfReturn();
    this.#refreshed?.open();
    this.#refreshed = undefined;
    this.#options.onComplete();
  }

  /** Watches until the server ends it; says whether this watch was worth its connection. */
  async #watch(signal: AbortSignal): Promise<boolean> {
    const { clock, counters } = this.#deps;
    const openedAt = clock.now();
    this.#worthwhile = false;
    const start = this.#beginWatch();
    const options = { start, signal, idleLimitMs: this.#options.timing.idleLimitMs };
    try {
      for await (const events of watchEvents(this.#options.target, options, this.#deps)) {
        counters.contact();
        for (const event of events) if (!signal.aborted) this.#take(event);
        this.#limitInitialEvents(clock.now() - openedAt);
      }
    } finally {
      // On a quiet kind nothing may happen for hours; having held that long is as good a proof of health as an event.
      if (clock.now() - openedAt >= this.#options.timing.backoff.longestMs) this.#progressed();
    }
    return this.#worthwhile;
  }

  #beginWatch(): WatchStart {
    this.#deps.counters.watches += 1;
    if (this.#version !== undefined) return { after: this.#version };
    this.#deps.counters.lists += 1;
    this.#deps.mirror.beginSnapshot();
    return { initialEvents: true };
  }

  #take(event: WatchEvent): void {
    const { counters, mirror } = this.#deps;
    if (event.type === "bookmark") return this.#takeBookmark(event);
    counters.events += 1;
    mirror.apply(event);
    // The versions of initial events are those of the objects, in no order: only the closing bookmark counts.
    if (!mirror.receivesSnapshot) this.#advance(event.identity.resourceVersion);
  }

  #takeBookmark({ resourceVersion, endsInitialEvents }: BookmarkEvent): void {
    this.#deps.counters.bookmarks += 1;
    if (!this.#deps.mirror.receivesSnapshot) this.#version = resourceVersion;
    else if (endsInitialEvents) this.#complete(resourceVersion);
  }

  #advance(version: string): void {
    if (version === "" || version === this.#version) return;
    this.#version = version;
    this.#progressed();
  }

  /** Only this resets the backoff: a server that accepts a watch and closes it at once has shown nothing. */
  #progressed(): void {
    this.#worthwhile = true;
    this.#timesTooLarge = 0;
    this.#backoff.reset();
    this.#tellOfReturn();
  }

  #tellOfReturn(): void {
    this.#refusal = undefined;
    if (this.#complaint === undefined) return;
    this.#complaint = undefined;
    this.#deps.log.info({ resource: this.#options.resource }, "following the API server again");
  }

  #limitInitialEvents(elapsed: Millis): void {
    const limit = this.#options.timing.initialEventsLimitMs;
    if (!this.#deps.mirror.receivesSnapshot || elapsed <= limit) return;
    const message = `watch ${this.#options.target.path}: no end of the initial events within ${limit} ms`;
    throw new KubeError({ code: "timeout", message });
  }

  #afterEmptyWatch(): Millis {
    const delay = this.#countFailure(undefined);
    const { resource } = this.#options;
    this.#deps.log.debug({ resource, retryInMs: delay }, "the watch was closed before it brought anything");
    return delay;
  }

  #afterFailure(error: KubeError): Millis {
    const { resource } = this.#options;
    if (this.#cannotStream(error)) {
      this.#streaming = false;
      this.#deps.log.info({ resource, error }, "the API server does not stream lists; reading pages instead");
    }
    if (this.#needsList(error)) this.#version = undefined;
    const delay = this.#countFailure(error.retryAfterMs);
    this.#refusal = error.code === "not-found" || error.code === "forbidden" ? error : undefined;
    this.#complain(error, delay);
    return delay;
  }

  #complain(error: KubeError, retryInMs: Millis): void {
    const { clock, log } = this.#deps;
    const fields = { resource: this.#options.resource, error, retryInMs };
    const said = this.#complaint;
    const now = clock.now();
    // A kind that is not installed stays away until somebody acts: once is enough.
    const isOld = this.#refusal === undefined && said !== undefined && now - said.at >= complaintInterval;
    const isNews = said?.message !== error.message || isOld;
    if (isNews) this.#complaint = { message: error.message, at: now };
    // A kind just installed is answered so for a second: nothing is wrong while the server only asks us to wait.
    const loud = error.code === "too-many-requests" && !isOld ? "info" : "warn";
    log[isNews ? loud : "debug"](fields, "following the API server was interrupted");
  }

  #countFailure(retryAfterMs: Millis | undefined): Millis {
    this.#deps.counters.failures += 1;
    return this.#backoff.next(retryAfterMs);
  }

  /** Servers before 1.32 refuse the parameter (400, 422) or, older still, ignore it and never end the initial events. */
  #cannotStream({ code }: KubeError): boolean {
    const refused = code === "bad-request" || code === "invalid" || code === "timeout";
    return refused && this.#streaming && this.#deps.mirror.receivesSnapshot;
  }

  /** Whether there is no way on from the version we have. */
  #needsList({ code }: KubeError): boolean {
    if (code === "expired") return true;
    if (code !== "resource-version-too-large") return false;
    this.#timesTooLarge += 1;
    return this.#timesTooLarge >= tooLargeTolerated;
  }
}
