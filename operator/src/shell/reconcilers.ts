import { type Millis } from "@steelyard/model/foundation";
import { type Work, WorkQueue, type WorkQueueDeps } from "./work-queue.ts";

/** What a reconciler gets to know about the run it is in. */
export { type WorkContext as ReconcileContext } from "./work-queue.ts";

export interface ReconcileOptions {
  /** How many objects of the kind are reconciled at the same time; 1 unless said otherwise. */
  readonly workers?: number;
}

/**
 * The reconcilers by kind, each with a work queue of its own.
 *
 *     reconcile("Service", async (key, { signal, attempt }) => { …; return done; });
 *
 * A handler is level-triggered: it gets a key, not a change, looks at what is there now and brings it where it should
 * be. What it returns says when to look again; what it throws is retried with backoff.
 */
export class Reconcilers<Kind extends string> {
  readonly #queues = new Map<Kind, WorkQueue>();
  readonly #deps: WorkQueueDeps;

  constructor(deps: WorkQueueDeps) {
    this.#deps = deps;
  }

  reconcile(kind: Kind, handler: Work, { workers = 1 }: ReconcileOptions = {}): void {
    if (this.#queues.has(kind)) throw new Error(`there is a reconciler for ${kind} already`);
    this.#queues.set(kind, new WorkQueue({ kind, workers }, handler, this.#deps));
  }

  enqueue(kind: Kind, key: string): void {
    this.#queueOf(kind).add(key);
  }

  enqueueAfter(kind: Kind, key: string, delay: Millis): void {
    this.#queueOf(kind).addAfter(key, delay);
  }

  start(): void {
    for (const queue of this.#queues.values()) queue.start();
  }

  /** Resolves when all that was under way has ended. */
  async stop(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }

  /** Keys that are ready or being worked on, of all kinds. */
  get depth(): number {
    return [...this.#queues.values()].reduce((sum, queue) => sum + queue.depth, 0);
  }

  /** How long the piece of work that began first has been going on. */
  get longestRunMs(): Millis {
    return Math.max(0, ...[...this.#queues.values()].map((queue) => queue.longestRunMs));
  }

  #queueOf(kind: Kind): WorkQueue {
    const queue = this.#queues.get(kind);
    if (queue === undefined) throw new Error(`there is no reconciler for ${kind}`);
    return queue;
  }
}
