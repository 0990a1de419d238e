import { type ServiceResource } from "@steelyard/model/resources";
import { isCarriedOut, type ServicePlan } from "../../core/reconcile/index.ts";

/** What there is to tell of a plan once it is known to be carried out. */
export type News = Pick<ServicePlan, "patch" | "reserve" | "events" | "changes">;

/** A write may fail for ever, with another plan each time; of so many, an early one is hardly the one carried out. */
const mostAttempts = 8;

interface Attempt {
  readonly version: string | undefined;
  readonly news: News;
}

/**
 * Writes of which nobody knows what became of them, because their answer was lost. The next version of the Service shows
 * whether one of them was carried out: then it is told after all, or nobody would ever hear why an address has changed.
 */
export class UntoldNews {
  readonly #attempts = new Map<string, readonly Attempt[]>();

  /** The write of the plan, decided from this copy, had no answer. */
  keep(key: string, { metadata }: ServiceResource, news: News): void {
    const kept = this.#attempts.get(key) ?? [];
    const said = wordsOf(news);
    // The same write again and again is one, or a write that fails for ever would fill the memory.
    if (kept.some((attempt) => wordsOf(attempt.news) === said)) return;
    const attempt = { version: metadata.resourceVersion, news };
    this.#attempts.set(key, [...kept, attempt].slice(-mostAttempts));
  }

  /** The news of the write that made this copy what it is; undefined when it is none of those without an answer. */
  take(key: string, service: ServiceResource): News | undefined {
    const attempts = this.#attempts.get(key);
    const isOfThisCopy = ({ version }: Attempt): boolean => version === service.metadata.resourceVersion;
    if (attempts === undefined || attempts.every(isOfThisCopy)) return undefined;
    this.#attempts.delete(key);
    return attempts.find(({ news: { patch } }) => patch !== undefined && isCarriedOut(patch, service))?.news;
  }

  forget(key: string): void {
    this.#attempts.delete(key);
  }

  /** How many attempts are remembered, of all Services. */
  get size(): number {
    return [...this.#attempts.values()].reduce((sum, attempts) => sum + attempts.length, 0);
  }
}

/** Equal for two plans that differ at most in when they were made. */
function wordsOf({ patch, reserve, events, changes }: News): string {
  return JSON.stringify({ patch, reserve, events, changes }, (name, value: unknown) => {
    if (name === "lastTransitionTime") return undefined;
    return typeof value === "bigint" ? String(value) : value;
  });
}
