import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { type CallOptions, type KubeClient } from "../client.ts";
import { KubeError, type ServerCode } from "../errors.ts";
import { type LeaseObject, type LeaseSpec } from "../lease/lease-record.ts";

/** How one candidate's way to the API server is at the moment. */
export type Link =
  | "fine"
  /** Requests vanish. */
  | "hung"
  /** Requests arrive, answers vanish. */
  | "deaf";

export type LeaseClient = Pick<KubeClient, "get" | "create" | "mergePatch">;

/** The API server as far as one Lease is concerned: versions, conflicts, and ways to it that take time or fail. */
export class LeaseTable {
  lease: LeaseObject | undefined;
  writes = 0;
  readonly #links = new Map<string, Link>();
  readonly #clock: Clock;
  readonly #random: Random;
  #version = 100;

  constructor(deps: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = deps.clock;
    this.#random = deps.random;
  }

  setLink(candidate: string, link: Link): void {
    this.#links.set(candidate, link);
  }

  /** What somebody with kubectl might do. */
  edit(spec: LeaseSpec): void {
    this.#store({ ...this.lease?.spec, ...spec });
  }

  /** The API as `candidate` sees it. */
  clientOf(candidate: string): LeaseClient {
    const call = <T>(options: CallOptions | undefined, run: () => LeaseObject): Promise<T> =>
      this.#travel(candidate, options ?? {}, run) as Promise<T>;
    return {
      get: <T>(_type: unknown, _key: unknown, options?: CallOptions) => call<T>(options, () => this.#read()),
      create: <T>(_type: unknown, object: unknown, options?: CallOptions) =>
        call<T>(options, () => this.#create(object as LeaseObject)),
      mergePatch: <T>(_type: unknown, _key: unknown, patch: object, options?: CallOptions) =>
        call<T>(options, () => this.#patch(patch)),
    };
  }

  #read(): LeaseObject {
    if (this.lease === undefined) throw refusal("not-found", 404);
    return structuredClone(this.lease);
  }

  #create({ spec }: LeaseObject): LeaseObject {
    if (this.lease !== undefined) throw refusal("already-exists", 409);
    return this.#store(spec ?? {});
  }

  #patch({ metadata, spec }: LeaseObject): LeaseObject {
    if (this.lease === undefined) throw refusal("not-found", 404);
    if (metadata?.resourceVersion !== this.lease.metadata?.resourceVersion) throw refusal("conflict", 409);
    return this.#store({ ...this.lease.spec, ...spec });
  }

  #store(spec: LeaseSpec): LeaseObject {
    this.writes += 1;
    this.#version += 1;
    this.lease = {
      metadata: { name: "lock", namespace: "ns", resourceVersion: String(this.#version) },
      spec,
    };
    return structuredClone(this.lease);
  }

  /** There and back, up to 40 ms each way; the caller's signal and time limit end the wait, not what is under way. */
  #travel(
    candidate: string,
    { signal, timeoutMs }: CallOptions,
    run: () => LeaseObject,
  ): Promise<LeaseObject> {
    return new Promise((resolve, reject) => {
      const giveUp = (code: "aborted" | "timeout"): void => {
        signal?.removeEventListener("abort", onAbort);
        cancel();
        reject(new KubeError({ code, message: code }));
      };
      const onAbort = (): void => giveUp("aborted");
      const cancel = this.#clock.after(timeoutMs ?? 30_000, () => giveUp("timeout"));
      const arrive = (): void => {
        if (this.#links.get(candidate) === "hung") return;
        const settle = attempt(run);
        this.#clock.after(this.#delay(), () => {
          if ((this.#links.get(candidate) ?? "fine") !== "fine") return;
          signal?.removeEventListener("abort", onAbort);
          cancel();
          settle(resolve, reject);
        });
      };
      this.#clock.after(this.#delay(), arrive);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
    });
  }

  #delay(): Millis {
    return this.#random.fraction() * 40;
  }
}

type Settle = (resolve: (lease: LeaseObject) => void, reject: (error: unknown) => void) => void;

function attempt(run: () => LeaseObject): Settle {
  try {
    const lease = run();
    return (resolve) => resolve(lease);
  } catch (thrown) {
    return (_resolve, reject) => reject(thrown);
  }
}

function refusal(code: ServerCode, status: number): KubeError {
  return new KubeError({ code, status, message: code });
}
