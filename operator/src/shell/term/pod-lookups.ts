import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { type ServiceKey } from "../../core/allocator/index.ts";
import { type PodsQuestion } from "../../core/reconcile/index.ts";
import { type PodFacts } from "../../core/surroundings/index.ts";
import {
  type Allowance,
  fillBucket,
  fullBucket,
  type TokenBucket,
  waitForToken,
} from "../../core/token-bucket.ts";
import { type Log } from "../../ports/log.ts";
import { type PodReader } from "../../ports/pod-reader.ts";

/** Pods that start have become ready by then, mostly: of those there is nothing to explain. */
const lookAfterMs: Millis = 5_000;
/** The Services of one namespace are told from one look. */
const keptMs: Millis = 60_000;
/** What was found goes out of date: the pods that were named are replaced, and others carry other labels. */
const lookAgainMs: Millis = 600_000;
const failedRetryMs: Millis = 60_000;
const allowance: Allowance = { burst: 5, perSecond: 0.5 };

interface Wanted {
  /** What is said without a look at the pods: about something else a new look is due. */
  readonly said: string;
  readonly notBefore: number;
}

/** Looks at the pods of a namespace, seldom, for Services that have had no endpoint for a while. */
export class PodLookups {
  readonly #deps: { readonly clock: Clock; readonly log: Log; readonly pods: PodReader };
  readonly #wanted = new Map<ServiceKey, Wanted>();
  /** Those for whom there was a look: ten thousand Services may have no endpoint for good. */
  readonly #done = new Map<ServiceKey, { readonly said: string; readonly at: Instant }>();
  readonly #kept = new Map<string, Promise<readonly PodFacts[]>>();
  readonly #expiries = new Set<() => void>();
  readonly #bucket: TokenBucket;

  constructor(deps: { readonly clock: Clock; readonly log: Log; readonly pods: PodReader }) {
    this.#deps = deps;
    this.#bucket = fullBucket(allowance, deps.clock.now());
  }

  /**
   * Notes what a plan asks.
   *
   * @returns in how long to plan again, with the look; undefined = nothing is asked
   */
  note(key: ServiceKey, question: PodsQuestion | undefined): Millis | undefined {
    if (question === undefined) {
      this.forget(key);
      return undefined;
    }
    const { said, isAnswered } = question;
    const now = this.#deps.clock.now();
    const [known, done] = [this.#wanted.get(key), this.#done.get(key)];
    const isDone = done?.said === said;
    const notBefore = isDone ? done.at + lookAgainMs : now + (isAnswered ? lookAgainMs : lookAfterMs);
    const wanted = known?.said === said ? known : { said, notBefore };
    this.#wanted.set(key, wanted);
    return Math.max(0, wanted.notBefore - now);
  }

  /** The pods of the Service's namespace if its time has come; undefined = nobody looks now. */
  async take(key: ServiceKey, signal: AbortSignal): Promise<readonly PodFacts[] | undefined> {
    const { clock, log } = this.#deps;
    const wanted = this.#wanted.get(key);
    if (wanted === undefined || wanted.notBefore > clock.now()) return undefined;
    const namespace = key.slice(0, key.indexOf("/"));
    const kept = this.#kept.get(namespace);
    if (kept === undefined) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) return this.#putOff(key, wanted, waitMs);
      this.#bucket.tokens -= 1;
    }
    try {
      const pods = await (kept ?? this.#look(namespace, signal));
      this.#wanted.delete(key);
      this.#done.set(key, { said: wanted.said, at: clock.now() });
      return pods;
    } catch (error) {
      log.debug({ service: key, error }, "the pods of the namespace could not be looked at");
      return this.#putOff(key, wanted, failedRetryMs);
    }
  }

  forget(key: ServiceKey): void {
    this.#wanted.delete(key);
    this.#done.delete(key);
  }

  close(): void {
    for (const cancel of this.#expiries) cancel();
    this.#expiries.clear();
    this.#kept.clear();
  }

  #waitMs(): Millis {
    fillBucket(this.#bucket, allowance, this.#deps.clock.now());
    return waitForToken(this.#bucket, allowance);
  }

  #putOff(key: ServiceKey, wanted: Wanted, waitMs: Millis): undefined {
    this.#wanted.set(key, { ...wanted, notBefore: this.#deps.clock.now() + waitMs });
  }

  #look(namespace: string, signal: AbortSignal): Promise<readonly PodFacts[]> {
    const look = this.#deps.pods.podsOf(namespace, signal);
    this.#kept.set(namespace, look);
    const cancel = this.#deps.clock.after(keptMs, () => {
      this.#expiries.delete(cancel);
      this.#kept.delete(namespace);
    });
    this.#expiries.add(cancel);
    return look;
  }
}
