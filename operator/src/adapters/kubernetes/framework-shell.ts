import framework, { type OperatorLogger } from "@dot-i/k8s-operator";
import { type Log } from "../../ports/log.ts";

/** What the framework starts and stops. */
export interface Lifecycle {
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * The operator as a program of the k8s-operator framework, which gives it its life cycle: `start` calls `init`, and
 * `init` sets the reconcilers to work. This is the only file that knows the framework.
 *
 * Nothing else of the base class is used, on purpose (reference operator.md, section 1): its watches end the process
 * with `process.exit(1)` when the API server restarts and miss deletions, its status writers swallow errors, and its
 * queue neither retries nor de-duplicates. docs/adr/0006-framework-shell.md tells what stands in its place.
 */
export class FrameworkShell extends framework.default {
  readonly #lifecycle: Lifecycle;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(lifecycle: Lifecycle, deps: { readonly log: Log }) {
    super(frameworkLogger(deps.log));
    this.#lifecycle = lifecycle;
  }

  protected override async init(): Promise<void> {
    this.#running = this.#lifecycle.run(this.#stopping.signal);
  }

  override stop(): void {
    this.#stopping.abort();
  }

  /** Resolves when everything has ended after `stop`; rejects when it could not go on. */
  get ended(): Promise<void> {
    return this.#running;
  }
}

function frameworkLogger(log: Log): OperatorLogger {
  return {
    debug: (message) => log.debug({}, message),
    info: (message) => log.info({}, message),
    warn: (message) => log.warn({}, message),
    error: (message) => log.error({}, message),
  };
}
