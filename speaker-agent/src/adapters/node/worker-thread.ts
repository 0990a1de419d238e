import { type LogSink } from "@steelyard/client";
import { assertNever, type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { Worker } from "node:worker_threads";
import { type ElectionSnapshot } from "../../core/election/types.ts";
import { type MessageFromWorker, type MessageToWorker } from "../../ports/netio-messages.ts";
import { type NetioOptions, type RingConfiguration } from "../../ports/netio-options.ts";
import { type NetioReport, type OwnerMove } from "../../ports/netio-report.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { type BfdChange, type RouterSight, type RouterWatch } from "../../ports/router-watch.ts";

export interface WorkerThreadOptions {
  /** The bundle of the worker's entry. */
  readonly script: URL;
  readonly netio: NetioOptions;
}

export interface WorkerThreadDeps {
  readonly clock: Clock;
  readonly log: LogSink;
  /** Called each time the thread has been started: a new thread undoes what this one has told V8 about its heap. */
  readonly onOnline?: () => void;
}

/** The first restart is immediate, because until then nobody answers; then the pauses double up to the longest. */
const FIRST_PAUSE: Millis = 100;
const LONGEST_PAUSE: Millis = 5000;
/** A worker that has lived this long counts as healthy: the next failure is the first again. */
const HEALTHY_AFTER: Millis = 30_000;
/** How long a worker may take to give its addresses away; it bounds that itself, unless it hangs. */
const DRAIN_PATIENCE: Millis = 1400;
/**
 * Nearly all that the worker makes is a message or a frame, and dead in the next moment. V8 would let the place for such
 * objects grow to 48 MB in the first burst, and keep it.
 */
const YOUNG_GENERATION_MEGABYTES = 4;
/** How long a worker may take to close its sockets before it is ended by force. */
const STOP_PATIENCE: Millis = 500;

/** Starts the netio worker and keeps it running until `stop`. Never throws: a worker that cannot start has failed. */
export function startNetioWorker(options: WorkerThreadOptions, deps: WorkerThreadDeps): NetioWorker {
  const worker = new WorkerThread(options, deps);
  worker.start();
  return worker;
}

class WorkerThread implements NetioWorker {
  readonly #options: WorkerThreadOptions;
  readonly #clock: Clock;
  readonly #log: LogSink;
  readonly #onOnline: (() => void) | undefined;
  readonly #reportHandlers: ((report: NetioReport) => void)[] = [];
  readonly #moveHandlers: ((move: OwnerMove) => void)[] = [];
  readonly #bfdHandlers: ((change: BfdChange) => void)[] = [];
  readonly #sightHandlers: ((sight: RouterSight) => void)[] = [];
  readonly #drainWaiters: (() => void)[] = [];
  readonly #failureHandlers: ((failure: Error) => void)[] = [];
  #thread: Worker | undefined;
  #newest: ElectionSnapshot | undefined;
  #ring: RingConfiguration | undefined;
  #routers: RouterWatch | undefined;
  #startedAt: Instant | undefined;
  #pause: Millis = 0;
  #cancelRestart: (() => void) | undefined;
  #stopping = false;

  constructor(options: WorkerThreadOptions, { clock, log, onOnline }: WorkerThreadDeps) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#onOnline = onOnline;
  }

  start(): void {
    this.#startedAt = this.#clock.now();
    const thread = new Worker(this.#options.script, {
      name: "netio",
      workerData: this.#options.netio,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MEGABYTES },
    });
    this.#thread = thread;
    let failure: Error | undefined;
    thread.on("online", () => this.#onOnline?.());
    thread.on("message", (message: MessageFromWorker) => this.#onMessage(message));
    thread.on("messageerror", (error) =>
      this.#log.error({ error: error.message }, "netio worker: unreadable message"),
    );
    thread.on("error", (error: unknown) => (failure = asError(error)));
    // `exit` follows `error` and is the one event that always comes.
    thread.on("exit", (code) => {
      this.#onExit(failure ?? new Error(`the netio worker ended by itself with exit code ${String(code)}`));
    });
    // Who joins the ring first learns at once what the others own.
    if (this.#ring !== undefined) this.#post({ kind: "ring", ring: this.#ring });
    if (this.#newest !== undefined) this.#post({ kind: "announce", snapshot: this.#newest });
    if (this.#routers !== undefined) this.#post({ kind: "routers", watch: this.#routers });
  }

  announce(snapshot: ElectionSnapshot): void {
    this.#newest = snapshot;
    this.#post({ kind: "announce", snapshot });
  }

  configureRing(ring: RingConfiguration): void {
    this.#ring = ring;
    this.#post({ kind: "ring", ring });
  }

  watchRouters(watch: RouterWatch): void {
    this.#routers = watch;
    this.#post({ kind: "routers", watch });
  }

  onReport(handler: (report: NetioReport) => void): void {
    this.#reportHandlers.push(handler);
  }

  onMove(handler: (move: OwnerMove) => void): void {
    this.#moveHandlers.push(handler);
  }

  onBfdChange(handler: (change: BfdChange) => void): void {
    this.#bfdHandlers.push(handler);
  }

  onRouterSight(handler: (sight: RouterSight) => void): void {
    this.#sightHandlers.push(handler);
  }

  onFailure(handler: (failure: Error) => void): void {
    this.#failureHandlers.push(handler);
  }

  drain(): Promise<void> {
    if (this.#thread === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(DRAIN_PATIENCE, resolve);
      this.#drainWaiters.push(() => {
        cancel();
        resolve();
      });
      this.#post({ kind: "drain" });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart?.();
    const thread = this.#thread;
    if (thread === undefined) return;
    // Not events.once, which rejects when the thread fails on its way out.
    const exited = new Promise((resolve) => thread.once("exit", resolve));
    const cancel = this.#clock.after(STOP_PATIENCE, () => void thread.terminate());
    this.#post({ kind: "stop" });
    await exited;
    cancel();
  }

  /** A message to a thread that is still loading waits for it; one to a thread that is gone is lost, hence `#newest`. */
  #post(message: MessageToWorker): void {
    this.#thread?.postMessage(message);
  }

  #onMessage(message: MessageFromWorker): void {
    switch (message.kind) {
      case "report":
        for (const handler of this.#reportHandlers) handler(message.report);
        return;
      case "moved":
        for (const handler of this.#moveHandlers) handler(message.move);
        return;
      case "bfd-change":
        for (const handler of this.#bfdHandlers) handler(message.change);
        return;
      case "router-sight":
        for (const handler of this.#sightHandlers) handler(message.sight);
        return;
      case "drained":
        this.#endDrain();
        return;
      case "log":
        this.#log[message.level](message.fields, message.message);
        return;
      default:
        assertNever(message);
    }
  }

  #endDrain(): void {
    for (const waiter of this.#drainWaiters.splice(0)) waiter();
  }

  #onExit(failure: Error): void {
    this.#thread = undefined;
    this.#endDrain();
    if (this.#stopping) return;
    const pause = this.#pauseAfter(this.#clock.now());
    this.#log.error(
      { error: failure.message, stack: failure.stack, restartInMs: pause },
      "netio worker failed; restarting",
    );
    this.#cancelRestart = this.#clock.after(pause, () => this.start());
    for (const handler of this.#failureHandlers) handler(failure);
  }

  #pauseAfter(now: Instant): Millis {
    if (this.#startedAt !== undefined && now - this.#startedAt >= HEALTHY_AFTER) this.#pause = 0;
    const pause = this.#pause;
    this.#pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, pause * 2));
    return pause;
  }
}

/** A thread may throw anything; an Error of it arrives as a copy, which is no native error and may be of another realm. */
function asError(thrown: unknown): Error {
  const looksLikeError =
    typeof thrown === "object" && thrown !== null && "message" in thrown && "stack" in thrown;
  return looksLikeError ? (thrown as Error) : new Error(String(thrown));
}
