import { type Clock, type Millis } from "@steelyard/model/foundation";
import { KubeError } from "../errors.ts";

export interface ScopeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: Millis;
  /** What is being done, for the message of the error. */
  readonly doing: string;
}

/** What has to go when the request ends early: a socket, a response, somebody who waits. */
export interface Destroyable {
  destroy(error: KubeError): void;
}

/**
 * The life of one request: ended by the caller's signal, by the deadline, or by the transport. `AbortSignal.any` and
 * `AbortSignal.timeout` are avoided on purpose: the former kept finished signals alive in early Node 20, the latter
 * throws on a fraction of a millisecond and does not follow our clock.
 */
export class RequestScope {
  readonly #doing: string;
  readonly #caller: AbortSignal | undefined;
  readonly #cancelDeadline: () => void;
  #held: Destroyable | undefined;
  #failure: KubeError | undefined;

  constructor(options: ScopeOptions, deps: { readonly clock: Clock }) {
    this.#doing = options.doing;
    this.#caller = options.signal;
    this.#cancelDeadline = deps.clock.after(options.timeoutMs, () => this.#onDeadline(options.timeoutMs));
    this.#caller?.addEventListener("abort", this.#onAbort, { once: true });
    if (this.#caller?.aborted === true) this.#onAbort();
  }

  /** Why the scope ended early; undefined while it has not. */
  get failure(): KubeError | undefined {
    return this.#failure;
  }

  /** Names what to destroy should the scope end early; it replaces what was named before. */
  hold(destroyable: Destroyable): void {
    this.#held = destroyable;
    if (this.#failure !== undefined) destroyable.destroy(this.#failure);
  }

  /** Waits for something that cannot be destroyed, no longer than the scope lives. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.hold({ destroy: reject });
      work.then(resolve, reject);
    });
  }

  /** The answer has begun; from here on only the caller or the transport ends it. */
  liftDeadline(): void {
    this.#cancelDeadline();
  }

  /** Ends the scope early. The first reason stays. */
  fail(error: KubeError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.end();
    this.#held?.destroy(error);
  }

  /** Lets go of the caller's signal and of the timer. To be called however the request went. */
  end(): void {
    this.#cancelDeadline();
    this.#caller?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.fail(
      new KubeError({ code: "aborted", message: `${this.#doing}: aborted`, cause: this.#caller?.reason }),
    );
  };

  #onDeadline(timeoutMs: Millis): void {
    this.fail(
      new KubeError({ code: "timeout", message: `${this.#doing}: no answer within ${timeoutMs} ms` }),
    );
  }
}
