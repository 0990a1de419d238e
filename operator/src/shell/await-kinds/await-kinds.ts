import { type Clock, type Millis } from "@steelyard/model/foundation";

export interface AwaitedKinds {
  readonly wanted: readonly string[];
  /** Wait that long at the most. */
  readonly patience: Millis;
}

export interface AwaitKindsDeps {
  /** The kinds that are served now; may throw while the API server has no answer. */
  readonly servedKinds: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const betweenTwoLooks: Millis = 500;

/**
 * Asks again and again until all kinds are served.
 *
 * @returns those that were not in time, and why the last look failed if it did; empty: all of them are there
 */
export async function awaitKinds(
  { wanted, patience }: AwaitedKinds,
  { servedKinds, clock, signal }: AwaitKindsDeps,
): Promise<{ readonly missing: readonly string[]; readonly failure: unknown }> {
  const until = clock.now() + patience;
  for (;;) {
    const { missing, failure } = await look(wanted, () => servedKinds(signal));
    if (missing.length === 0 || signal.aborted || clock.now() >= until) return { missing, failure };
    await wait(betweenTwoLooks, { clock, signal });
  }
}

async function look(
  wanted: readonly string[],
  servedKinds: () => Promise<readonly string[]>,
): Promise<{ readonly missing: readonly string[]; readonly failure: unknown }> {
  try {
    const served = new Set(await servedKinds());
    return { missing: wanted.filter((kind) => !served.has(kind)), failure: undefined };
  } catch (failure) {
    return { missing: wanted, failure };
  }
}

function wait(delay: Millis, { clock, signal }: Pick<AwaitKindsDeps, "clock" | "signal">): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(delay, end);
    signal.addEventListener("abort", end, { once: true });
  });
}
