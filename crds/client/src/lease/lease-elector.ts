import {
  instantAfter,
  type Clock,
  type Instant,
  type Millis,
  type Random,
} from "@steelyard/model/foundation";
import { type KubeClient } from "../client.ts";
import { asKubeError, isKubeError, type KubeError } from "../errors.ts";
import { type LogSink } from "../log-sink.ts";
import { pause } from "../pause.ts";
import { leases } from "../resource-types.ts";
import { heldSpec, parseLease, releasedSpec, type LeaseRecord, type LeaseSpec } from "./lease-record.ts";

export interface LeaseElectorOptions {
  readonly namespace: string;
  readonly name: string;
  /** Must differ between any two candidates that may live at once: a pod name, not a host name. */
  readonly identity: string;
  /** How long the others wait after the last renewal they saw; 15 s unless said otherwise. */
  readonly leaseDurationMs?: Millis;
  /** How long a leader may act without a successful renewal; 10 s; must be shorter than the lease. */
  readonly renewDeadlineMs?: Millis;
  /** Between two attempts; 2 s; must leave room for several within the deadline. */
  readonly retryPeriodMs?: Millis;
}

export interface LeaseElectorDeps {
  readonly client: Pick<KubeClient, "get" | "create" | "mergePatch">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
}

export type LeadershipListener = (leading: boolean) => void;

/** Candidates that started together drift apart by up to this share of the retry period, as client-go's do. */
const jitter = 0.2;
/** Releasing is a courtesy to the successor; the process must be able to end without it. */
const releaseLimitMs: Millis = 500;

/**
 * One candidate for a Lease, with the semantics of client-go (reference operator.md, section 3):
 *
 * - a lease expires by *our* clock, counted from when *we* saw it change: the clocks of others are not trusted;
 * - every write carries the resourceVersion it was decided on, so that of two candidates one gets `conflict`;
 * - `isLeader` compares times: a process that was stalled finds itself deposed without anything having to run first.
 */
export class LeaseElector {
  readonly #options: Required<LeaseElectorOptions>;
  readonly #deps: LeaseElectorDeps;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<LeadershipListener>();
  #running: Promise<void> | undefined;
  /** The lease as we last saw it, and when we first saw it like this. */
  #seen: { readonly record: LeaseRecord; readonly at: Instant } | undefined;
  /** Until when the last successful renewal lets us act. */
  #leadsUntil: Instant | undefined;
  #told = false;
  #toldHolder: string | undefined;
  #cancelExpiry: () => void = () => {};
  #lastFailure: KubeError | undefined;

  constructor(options: LeaseElectorOptions, deps: LeaseElectorDeps) {
    this.#options = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000, ...options };
    this.#deps = deps;
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = this.#options;
    if (renewDeadlineMs >= leaseDurationMs || retryPeriodMs * (1 + jitter) >= renewDeadlineMs)
      throw new RangeError(
        `lease times must satisfy retry period < renew deadline < duration: ${retryPeriodMs}, ${renewDeadlineMs}, ${leaseDurationMs} ms`,
      );
  }

  /** Whether acting as the leader is safe at this very moment. Ask again before each write. */
  get isLeader(): boolean {
    return this.#leadsUntil !== undefined && this.#deps.clock.now() < this.#leadsUntil;
  }

  /** Who holds the lease as far as we have seen; undefined before the first look, empty when it is free. */
  get holder(): string | undefined {
    return this.#seen?.record.holder;
  }

  /** Why the last attempt to look at the lease or to write it has failed; undefined = it has not. */
  get lastFailure(): KubeError | undefined {
    return this.#lastFailure;
  }

  /** Hears when leadership begins and ends. Returns the function that ends the subscription. */
  subscribe(listener: LeadershipListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#running !== undefined) throw new Error("a lease elector starts once");
    this.#running = this.#campaign(this.#stopping.signal);
  }

  /** Steps down at once and, if the lease is ours, hands it back so that a successor need not wait for it to expire. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stepDown();
    await this.#running;
    if (this.holder === this.#options.identity) await this.#release();
  }

  async #campaign(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#attempt(signal);
      const spread = this.isLeader ? 0 : jitter * this.#deps.random.fraction();
      await pause(this.#options.retryPeriodMs * (1 + spread), signal, this.#deps.clock);
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    try {
      const lease = await this.#look(signal);
      if (lease !== "taken") await this.#take(lease, signal);
      this.#lastFailure = undefined;
    } catch (thrown) {
      if (!signal.aborted) this.#onFailure(thrown);
    }
  }

  /** The lease as it is, if we may write it: `absent`, or the record to write over. */
  async #look(signal: AbortSignal): Promise<LeaseRecord | "absent" | "taken"> {
    const { identity } = this.#options;
    // A leader knows what it wrote itself; the version in its patch finds out if that is no longer the truth.
    if (this.isLeader && this.#seen !== undefined && this.#lastFailure === undefined)
      return this.#seen.record;
    const record = await this.#read(signal);
    if (record === undefined) return "absent";
    if (this.#seen?.record.resourceVersion !== record.resourceVersion)
      this.#seen = { record, at: this.#deps.clock.now() };
    if (record.holder === identity || record.holder === "" || this.#hasExpired()) return record;
    this.#stepDown();
    this.#tellOfHolder(record.holder);
    return "taken";
  }

  #hasExpired(): boolean {
    if (this.#seen === undefined) return false;
    const duration = this.#seen.record.durationMs ?? this.#options.leaseDurationMs;
    return this.#deps.clock.now() >= instantAfter(this.#seen.at, duration);
  }

  async #read(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const { namespace, name } = this.#options;
    const { client } = this.#deps;
    try {
      return parseLease(
        await client.get(leases, { namespace, name }, { signal, timeoutMs: this.#requestLimit() }),
      );
    } catch (thrown) {
      if (isKubeError(thrown, "not-found")) return undefined;
      throw thrown;
    }
  }

  async #take(before: LeaseRecord | "absent", signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const { identity, leaseDurationMs, renewDeadlineMs } = this.#options;
    // Counted from before the request: the others count from after it, so our time ends first whatever the delay.
    const askedAt = clock.now();
    const known = before === "absent" ? undefined : before;
    const record = await this.#write(
      heldSpec(identity, leaseDurationMs, clock.timestamp(), known),
      known,
      signal,
    );
    this.#seen = { record, at: clock.now() };
    if (!signal.aborted) this.#lead(instantAfter(askedAt, renewDeadlineMs));
  }

  async #write(spec: LeaseSpec, before: LeaseRecord | undefined, signal: AbortSignal): Promise<LeaseRecord> {
    const { namespace, name } = this.#options;
    const { client } = this.#deps;
    const call = { signal, timeoutMs: this.#requestLimit() };
    if (before !== undefined) {
      const patch = { metadata: { resourceVersion: before.resourceVersion }, spec };
      return parseLease(await client.mergePatch(leases, { namespace, name }, patch, call));
    }
    const { group, version, kind } = leases;
    const lease = { apiVersion: `${group}/${version}`, kind, metadata: { namespace, name }, spec };
    return parseLease(await client.create(leases, lease, call));
  }

  /** A request may hang; half the deadline leaves time for one more attempt before leadership is lost. */
  #requestLimit(): Millis {
    const half = this.#options.renewDeadlineMs / 2;
    const left =
      this.isLeader && this.#leadsUntil !== undefined ? this.#leadsUntil - this.#deps.clock.now() : half;
    return Math.min(half, left);
  }

  #lead(until: Instant): void {
    this.#leadsUntil = until;
    this.#cancelExpiry();
    this.#cancelExpiry = this.#deps.clock.after(until - this.#deps.clock.now(), () => this.#tell());
    this.#tell();
  }

  #stepDown(): void {
    this.#leadsUntil = undefined;
    this.#cancelExpiry();
    this.#tell();
  }

  /** Once per holder: a candidate that stands by would otherwise say nothing at all, and look stuck. */
  #tellOfHolder(holder: string): void {
    if (holder === this.#toldHolder) return;
    this.#toldHolder = holder;
    const { identity, namespace, name } = this.#options;
    this.#deps.log.info(
      { lease: `${namespace}/${name}`, identity, holder },
      "standing by, another one leads",
    );
  }

  /** Tells the listeners if what they were told last is no longer so. */
  #tell(): void {
    const leading = this.isLeader;
    if (leading === this.#told) return;
    this.#told = leading;
    this.#toldHolder = undefined;
    const { identity, namespace, name } = this.#options;
    this.#deps.log.info(
      { lease: `${namespace}/${name}`, identity },
      leading ? "leading" : "no longer leading",
    );
    for (const listener of [...this.#listeners]) {
      try {
        listener(leading);
      } catch (error) {
        this.#deps.log.error({ error }, "a listener for leadership failed");
      }
    }
  }

  #onFailure(thrown: unknown): void {
    const error = asKubeError(thrown, "malformed", "lease");
    // Losing a race is how an election goes; and one warning says what ten in a row would.
    const isNoNews =
      error.code === "conflict" || error.code === "already-exists" || this.#lastFailure !== undefined;
    const level = isNoNews ? "debug" : "warn";
    this.#lastFailure = error;
    const { namespace, name } = this.#options;
    this.#deps.log[level](
      { lease: `${namespace}/${name}`, error, leading: this.isLeader },
      "the lease could not be had",
    );
  }

  async #release(): Promise<void> {
    const { identity, namespace, name } = this.#options;
    const { client, clock, log } = this.#deps;
    try {
      // Read first: a renewal that was cut off by stopping may have arrived all the same.
      const call = { timeoutMs: releaseLimitMs };
      const record = parseLease(await client.get(leases, { namespace, name }, call));
      if (record.holder !== identity) return;
      const patch = {
        metadata: { resourceVersion: record.resourceVersion },
        spec: releasedSpec(clock.timestamp()),
      };
      await client.mergePatch(leases, { namespace, name }, patch, call);
    } catch (error) {
      log.warn(
        { lease: `${namespace}/${name}`, error },
        "the lease could not be handed back; it will expire by itself",
      );
    }
  }
}
