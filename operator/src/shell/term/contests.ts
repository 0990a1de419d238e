import { assertNever, type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { findCondition, type ManagedFieldsEntry, type ServiceResource } from "@steelyard/model/resources";
import { contestedAddresses, isHandledService } from "@steelyard/model/services";
import { type ServiceKey } from "../../core/allocator/index.ts";
import {
  CALM_AFTER,
  type Contest,
  type ContestedField,
  contestedType,
  type ContestInput,
  contestOf,
  type ContestState,
  findRival,
  heldRequest,
  initialContestState,
  isForgettable,
  marksOf,
  statedRequest,
  stepContest,
  toldContest,
  type ToldContest,
} from "../../core/contest/index.ts";
import { type ServicePlan, writtenMarks } from "../../core/reconcile/index.ts";
import { type FieldHistory } from "../../ports/field-history.ts";
import { type Log } from "../../ports/log.ts";

export interface ContestsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly history: FieldHistory;
  /** A contest has begun, is told in other words, or is over: the Service is to be reconciled. */
  readonly onTransition: (key: ServiceKey) => void;
}

/** A write that is under way; one of the two is to be called when its outcome is known. */
export interface WriteAttempt {
  wrote(version: string | undefined): void;
  notWritten(what: { readonly certain: boolean }): void;
}

/**
 * One machine per Service that may be contested: one that has been written lately, that tells of a contest, or whose
 * request has changed. All others cost nothing.
 */
export class Contests {
  readonly #lbClasses: readonly string[];
  readonly #deps: ContestsDeps;
  readonly #states = new Map<ServiceKey, ContestState>();
  readonly #due = new Map<ServiceKey, Instant>();
  readonly #sought = new Map<ServiceKey, readonly ContestedField[]>();
  readonly #contested = new Set<ServiceKey>();
  #cancelSweep: (() => void) | undefined;

  constructor(options: { readonly lbClasses: readonly string[] }, deps: ContestsDeps) {
    this.#lbClasses = options.lbClasses;
    this.#deps = deps;
  }

  /** How many Services somebody works against us on. */
  get size(): number {
    return this.#contested.size;
  }

  /** undefined = nobody works against us on this Service. */
  of(key: ServiceKey): Contest | undefined {
    const state = this.#contested.has(key) ? this.#states.get(key) : undefined;
    return state && contestOf(state);
  }

  /** Takes in a version of the Service that the watch has told of, with the one before it if that is known. */
  observe(key: ServiceKey, service: ServiceResource, previous?: ServiceResource): void {
    if (!isHandledService(service, this.#lbClasses)) return this.forget(key);
    const hasNews =
      this.#states.has(key) ||
      isTold(toldBy(service)) ||
      (previous !== undefined && statedRequest(previous).text !== statedRequest(service).text);
    if (!hasNews) return;
    if (previous !== undefined && !this.#states.has(key)) this.#step(key, observed(previous));
    this.#step(key, observed(service));
  }

  /** The start of a term: of a contest that began before, the Services tell together what is in force. */
  resume(key: ServiceKey, service: ServiceResource, all: readonly ServiceResource[]): void {
    const told = toldBy(service);
    if (!isTold(told) || !isHandledService(service, this.#lbClasses)) return;
    const inForce = told.isFlipping && { inForce: heldRequest(service, all) };
    this.#step(key, { ...observed(service), told: { ...told, ...inForce } });
  }

  /** What time alone changes. @returns in how long it does so next; undefined = never */
  tick(key: ServiceKey): Millis | undefined {
    if (!this.#contested.has(key)) return undefined;
    this.#step(key, { kind: "tick" });
    const due = this.#due.get(key);
    return due === undefined ? undefined : Math.max(0, due - this.#deps.clock.now());
  }

  /** Finds out who works against us where that is still unknown; asks the API server at most once per contest. */
  async identify(key: ServiceKey, signal: AbortSignal): Promise<void> {
    const fields = this.#sought.get(key);
    if (fields === undefined) return;
    this.#sought.delete(key);
    const managedFields = await this.#historyOf(key, signal);
    for (const field of fields) {
      const manager = findRival(managedFields, field);
      if (this.#states.has(key)) this.#step(key, { kind: "rival-identified", field, manager });
    }
  }

  /** How long a write of the Service has to wait, so that a rival gets few occasions to answer. */
  writeDelay(key: ServiceKey): Millis {
    const notBefore = this.of(key)?.rewriting?.writeNotBefore;
    return notBefore === undefined ? 0 : Math.max(0, notBefore - this.#deps.clock.now());
  }

  /** The plan of a Service is about to be written. */
  beginWrite(key: ServiceKey, service: ServiceResource, plan: ServicePlan): WriteAttempt {
    const { patch } = plan;
    if (patch === undefined || !isHandledService(service, this.#lbClasses)) return noAttempt;
    const before = versionOf(service);
    const request = this.of(key)?.requestInForce ?? statedRequest(service);
    const written = writtenMarks(service, plan, patch);
    this.#step(key, observed(service));
    this.#step(key, { kind: "writing" });
    const conclude = (input: ContestInput): void => {
      if (this.#states.has(key)) this.#step(key, input);
    };
    return {
      wrote: (after = "") => conclude({ kind: "wrote", before, after, written, request }),
      notWritten: ({ certain }) => conclude({ kind: "not-written", certain }),
    };
  }

  forget(key: ServiceKey): void {
    this.#states.delete(key);
    this.#due.delete(key);
    this.#sought.delete(key);
    this.#contested.delete(key);
  }

  close(): void {
    this.#cancelSweep?.();
  }

  #step(key: ServiceKey, input: ContestInput): void {
    const before = this.#states.get(key) ?? initialContestState;
    const { state, effects } = stepContest(before, input, { now: this.#deps.clock.now() });
    this.#states.set(key, state);
    this.#sweepLater();
    this.#due.delete(key);
    if (contestOf(state) === undefined) this.#contested.delete(key);
    else this.#contested.add(key);
    for (const effect of effects) {
      switch (effect.kind) {
        case "identify-rival":
          this.#sought.set(key, [...(this.#sought.get(key) ?? []), effect.field]);
          break;
        case "transition":
          this.#deps.onTransition(key);
          break;
        case "look-again":
          this.#due.set(key, effect.at);
          break;
        default:
          assertNever(effect);
      }
    }
  }

  async #historyOf(key: ServiceKey, signal: AbortSignal): Promise<readonly ManagedFieldsEntry[]> {
    try {
      return await this.#deps.history.ofService(key, signal);
    } catch (error) {
      this.#deps.log.debug({ service: key, error }, "who wrote the Service could not be found out");
      return [];
    }
  }

  /** What was written long ago is nobody's business any more: thousands are written at a start, and then none. */
  #sweepLater(): void {
    this.#cancelSweep ??= this.#deps.clock.after(CALM_AFTER, () => {
      this.#cancelSweep = undefined;
      const now = this.#deps.clock.now();
      for (const [key, state] of this.#states) if (isForgettable(state, now)) this.forget(key);
      if (this.#states.size > 0) this.#sweepLater();
    });
  }
}

const noAttempt: WriteAttempt = { wrote: () => {}, notWritten: () => {} };

function observed(service: ServiceResource): Extract<ContestInput, { readonly kind: "observed" }> {
  return {
    kind: "observed",
    version: versionOf(service),
    marks: marksOf(service),
    request: statedRequest(service),
    told: toldBy(service),
  };
}

function toldBy(service: ServiceResource): ToldContest {
  const condition = findCondition(service.status?.conditions, contestedType);
  return toldContest(condition, contestedAddresses(service).length > 0);
}

function isTold({ isRewritten, isFlipping }: ToldContest): boolean {
  return isRewritten || isFlipping;
}

function versionOf({ metadata }: ServiceResource): string {
  return metadata.resourceVersion ?? "";
}
