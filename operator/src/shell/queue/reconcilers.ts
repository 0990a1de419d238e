import { type Millis } from "@steelyard/model/foundation";
import { type QueuedKeys } from "../../ports/operator-metrics.ts";
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
  readonly #wakeOrder: Kind[] = [];
  readonly #deps: WorkQueueDeps;

  constructor(deps: WorkQueueDeps) {
    this.#deps = deps;
  }

  reconcile(kind: Kind, handler: Work, { workers = 1 }: ReconcileOptions = {}): void {
    if (this.#queues.has(kind)) throw new Error(`there is a reconciler for ${kind} already`);
    this.#queues.set(kind, new WorkQueue({ kind, workers }, handler, this.#deps));
    this.#wakeOrder.push(kind);
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

  /** Lets one of the keys that wait for the API server try. The kind that has tried goes to the end of the line. */
  wakeOne(): void {
    const kinds = this.#wakeOrder;
    const index = kinds.findIndex((kind) => this.#queueOf(kind).wakeOne());
    if (index >= 0) kinds.push(...kinds.splice(index, 1));
  }

  /** The API server takes writes again: nobody waits for it any more. */
  wakeAll(): void {
    for (const queue of this.#queues.values()) queue.wakeAll();
  }

  /** Resolves when all that was under way has ended; what has not ended after `graceMs` is cut off. */
  async stop(graceMs?: Millis): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop(graceMs)));
  }

  /** The keys of each kind, by what they wait for. */
  get keys(): Readonly<Record<string, QueuedKeys>> {
    return Object.fromEntries([...this.#queues].map(([kind, queue]) => [kind, queue.keys]));
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
