import { type Clock, type Millis } from "@steelyard/model/foundation";

/** Resolves after `delay` milliseconds, or at once when `signal` aborts: the caller looks at the signal next anyway. */
export function pause(delay: Millis, signal: AbortSignal, clock: Clock): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delay, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}
