import { setTimeout as pause } from "node:timers/promises";

export interface Deadline {
  readonly leftMillis: number;
  readonly passed: boolean;
}

/** A point in the future, on the monotonic clock. */
export function deadline(millis: number): Deadline {
  const end = process.hrtime.bigint() + BigInt(Math.round(millis)) * 1_000_000n;
  return {
    get leftMillis() {
      return Math.max(1, Number((end - process.hrtime.bigint()) / 1_000_000n));
    },
    get passed() {
      return process.hrtime.bigint() >= end;
    },
  };
}

/**
 * Asks again until `probe` gives something other than undefined or false; between two questions a short breath. It waits
 * for an outcome, never for time: on a fast machine the first answer ends it.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  withinMillis = 10_000,
): Promise<T> {
  const limit = deadline(withinMillis);
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (limit.passed) throw new Error(`not within ${withinMillis} ms: ${what}`, { cause: last });
    await pause(20);
  }
}
