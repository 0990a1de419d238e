import { type LogSink } from "@steelyard/client";
import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";

export interface MembershipSecretDeps {
  /** Reads the key as it is now; 32 bytes. Rejects with one sentence. */
  readonly readKey: () => Promise<Uint8Array>;
  readonly clock: Clock;
  readonly log: LogSink;
  /** The ring of keys, the one to encrypt with first; called whenever it changes. */
  readonly onKeys: (keys: readonly Uint8Array[]) => void;
}

/** A mounted Secret changes by itself, some time after its object does. */
const LOOK_MILLIS: Millis = 10_000;
/**
 * Kubelets bring a changed Secret to their nodes within about two minutes. A new key is used when everybody can be expected
 * to accept it, and the old one is dropped when everybody can be expected to use the new one.
 */
export const PROMOTE_AFTER_MILLIS: Millis = 180_000;
export const DROP_AFTER_MILLIS: Millis = 600_000;

interface KnownKey {
  readonly bytes: Uint8Array;
  readonly since: Instant;
  readonly inUse: boolean;
}

/**
 * The keys of the gossip, read again and again, so that one can be changed without starting anything anew: a new key is
 * accepted at once, encrypted with after three minutes, and alone after ten.
 */
export class MembershipSecret {
  readonly #deps: MembershipSecretDeps;
  /** Oldest first. */
  #keys: readonly KnownKey[] = [];
  #told: readonly Uint8Array[] = [];
  #complaint: string | undefined;
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(deps: MembershipSecretDeps) {
    this.#deps = deps;
  }

  /** @throws Error when there is no key: without one this node would gossip in the clear, or alone */
  async start(): Promise<void> {
    this.#learn(await this.#deps.readKey());
    this.#tell();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.after(LOOK_MILLIS, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { readKey, log } = this.#deps;
    try {
      this.#learn(await readKey());
      this.#complaint = undefined;
    } catch (error) {
      const complaint = (error as Error).message;
      // What was read before stays good: others use it, too.
      if (complaint !== this.#complaint)
        log.warn({ error }, `${complaint}; the keys known so far stay in use`);
      this.#complaint = complaint;
    }
    if (this.#stopped) return;
    this.#age();
    this.#tell();
    this.#schedule();
  }

  /** A key that comes back is the newest again, and need not be waited for if it is still in use. */
  #learn(bytes: Uint8Array): void {
    if (sameBytes(this.#keys.at(-1)?.bytes, bytes)) return;
    const isFirst = this.#keys.length === 0;
    const others = this.#keys.filter((key) => !sameBytes(key.bytes, bytes));
    const inUse = isFirst || this.#keys.some((key) => key.inUse && sameBytes(key.bytes, bytes));
    this.#keys = [...others, { bytes, since: this.#deps.clock.now(), inUse }];
    if (!isFirst) this.#deps.log.info({}, "a new key of the gossip is accepted from now on");
  }

  #age(): void {
    const now = this.#deps.clock.now();
    const before = this.#keys.findLast((key) => key.inUse);
    this.#keys = this.#keys.map((key) =>
      now - key.since >= PROMOTE_AFTER_MILLIS ? { ...key, inUse: true } : key,
    );
    const current = this.#keys.findLast((key) => key.inUse);
    if (current?.bytes !== before?.bytes)
      this.#deps.log.info({}, "the new key of the gossip is used from now on");
    if (current === undefined || now - current.since < DROP_AFTER_MILLIS) return;
    this.#keys = this.#keys.slice(this.#keys.indexOf(current));
  }

  #tell(): void {
    const primary = this.#keys.findLast((key) => key.inUse);
    const others = this.#keys.filter((key) => key !== primary).reverse();
    const keys = [...(primary === undefined ? [] : [primary]), ...others].map(({ bytes }) => bytes);
    if (keys.length === this.#told.length && keys.every((key, index) => sameBytes(key, this.#told[index])))
      return;
    this.#told = keys;
    this.#deps.onKeys(keys);
  }
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index])
  );
}
