import { type ServiceKey } from "../allocator/index.ts";

/**
 * How many Services hold an address of each pool. It is told of every change, because counting the holders of a hundred
 * thousand addresses each time would take half a second of everybody else's time.
 */
export class PoolHolders {
  readonly #poolsOf = new Map<ServiceKey, readonly string[]>();
  readonly #counts = new Map<string, number>();

  count(pool: string): number {
    return this.#counts.get(pool) ?? 0;
  }

  /** The pools that the Service's addresses are from now; a pool may be named more than once. */
  set(service: ServiceKey, pools: readonly string[]): void {
    const next = [...new Set(pools)];
    this.#add(this.#poolsOf.get(service) ?? [], -1);
    this.#add(next, 1);
    if (next.length === 0) this.#poolsOf.delete(service);
    else this.#poolsOf.set(service, next);
  }

  #add(pools: readonly string[], difference: number): void {
    for (const pool of pools) {
      const count = this.count(pool) + difference;
      if (count === 0) this.#counts.delete(pool);
      else this.#counts.set(pool, count);
    }
  }
}
