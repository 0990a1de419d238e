import { KubeError } from "../errors.ts";
import { Gate } from "../gate.ts";
import { collectionPath, resourceName } from "../resource-types.ts";
import { FollowLoop } from "./follow-loop.ts";
import { Mirror } from "./mirror.ts";
import { ObjectCache } from "./object-cache.ts";
import { type ObjectStore } from "./object-store.ts";
import { ReflectorCounters, type ReflectorMetrics } from "./reflector-metrics.ts";
import { usualTiming, type ReflectorDeps, type ReflectorOptions } from "./reflector-options.ts";

/**
 * Keeps a store in step with one kind of the cluster: lists once, then watches, and begins again whenever the server or
 * the network make it necessary. It never gives up, and what the store holds stays usable all the while.
 */
export class Reflector<T> {
  /** As in a manifest: `Service`. */
  readonly kind: string;
  readonly #resource: string;
  readonly #cache: ObjectCache<T>;
  readonly #counters: ReflectorCounters;
  readonly #loop: FollowLoop;
  readonly #stopping = new AbortController();
  readonly #gate = new Gate();
  #running: Promise<void> | undefined;

  constructor(options: ReflectorOptions<T>, deps: ReflectorDeps) {
    this.kind = options.type.kind;
    this.#resource = resourceName(options.type);
    this.#cache = new ObjectCache(deps);
    this.#counters = new ReflectorCounters(deps);
    const parts = { store: this.#cache, counters: this.#counters, log: deps.log };
    this.#loop = new FollowLoop(
      {
        resource: this.#resource,
        target: {
          path: collectionPath(options.type, options.namespace),
          selection: options,
          pageSize: options.pageSize,
        },
        streaming: options.initialList === "streaming",
        timing: { ...usualTiming, ...options.timing },
        onComplete: () => this.#gate.open(),
      },
      { ...deps, counters: this.#counters, mirror: new Mirror(options.project, parts) },
    );
  }

  get store(): ObjectStore<T> {
    return this.#cache;
  }

  /** Whether the store has once been complete; it stays true while the server is away. */
  get synced(): boolean {
    return this.#gate.isOpen;
  }

  /** Why the API server does not show this kind at all: it is not installed, or not to be read. */
  get refusal(): KubeError | undefined {
    return this.#loop.refusal;
  }

  get metrics(): ReflectorMetrics {
    return this.#counters.snapshot();
  }

  /** Rejects when `signal` aborts, or when the reflector is stopped before it has ever been complete. */
  whenSynced(signal: AbortSignal): Promise<void> {
    return this.#gate.whenOpen(signal);
  }

  /**
   * Lists anew, whatever is under way: a watch that is open ends, a wait for the next attempt as well. Resolves when the
   * store equals the cluster as of this call or later; objects that have not changed cause no event. What fails is tried
   * again. Rejects when `signal` aborts, or when the reflector is stopped before.
   */
  refresh(signal: AbortSignal): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.reject(this.#stopped());
    return this.#loop.refresh().whenOpen(signal);
  }

  start(): void {
    if (this.#running !== undefined)
      throw new Error(`the reflector of ${this.#resource} has been started already`);
    this.#running = this.#loop.run(this.#stopping.signal);
  }

  /** Ends lists, watches and waits at once: no subscriber hears of anything after this has been called. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#gate.refuse(this.#stopped());
    this.#loop.refuseRefresh(this.#stopped());
    await this.#running;
  }

  #stopped(): KubeError {
    return new KubeError({ code: "aborted", message: `the reflector of ${this.#resource} was stopped` });
  }
}
