import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { asKubeError } from "../errors.ts";
import { type LogSink } from "../log-sink.ts";
import { type Access } from "./types.ts";

/** The kubelet replaces projected tokens well before they expire; once a minute is what other clients do too. */
const rereadAfter: Millis = 60_000;

export interface AccessCacheDeps {
  readonly clock: Clock;
  readonly log: LogSink;
}

/**
 * Remembers credentials for a minute. When they cannot be read again the old ones stay in use and a warning is logged:
 * a file that is missing for the moment of its replacement must not cost a connection that works.
 */
export class AccessCache {
  readonly #read: () => Promise<Access>;
  readonly #deps: AccessCacheDeps;
  #known: { readonly access: Access; readonly readAt: Instant } | undefined;
  #refused = false;
  #reading: Promise<Access> | undefined;

  constructor(read: () => Promise<Access>, deps: AccessCacheDeps) {
    this.#read = read;
    this.#deps = deps;
  }

  get(): Promise<Access> {
    const known = this.#known;
    if (known !== undefined && !this.#refused && this.#deps.clock.now() - known.readAt < rereadAfter)
      return Promise.resolve(known.access);
    // Requests that arrive together share one reading: a login plugin must not be started ten times.
    this.#reading ??= this.#refresh().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  forget(): void {
    this.#refused = true;
  }

  async #refresh(): Promise<Access> {
    const readAt = this.#deps.clock.now();
    try {
      const access = await this.#read();
      this.#known = { access, readAt };
      this.#refused = false;
      return access;
    } catch (thrown) {
      const error = asKubeError(thrown, "credentials", "credentials for the API server");
      if (this.#known === undefined) throw error;
      this.#known = { access: this.#known.access, readAt };
      this.#refused = false;
      this.#deps.log.warn({ error }, "credentials could not be read again; the previous ones stay in use");
      return this.#known.access;
    }
  }
}
