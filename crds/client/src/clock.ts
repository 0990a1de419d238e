import { type Clock, type Instant, type Millis, type Random } from "@steelyard/model/foundation";

/** `setTimeout` fires at once when asked for more than this; a later deadline is cut to it (24.8 days). */
const longestTimer: Millis = 2 ** 31 - 1;

/** The clock of the running process. Timers keep the process alive until they fire or are cancelled. */
export const systemClock: Clock = {
  now: () => performance.now() as Instant,
  // Date knows milliseconds only; MicroTime wants six digits and refuses anything shorter.
  timestamp: () => new Date().toISOString().replace("Z", "000Z"),
  after(delay, run) {
    const timer = setTimeout(run, Math.min(Math.max(delay, 0), longestTimer));
    return () => clearTimeout(timer);
  },
};

/** The process's source of chance: for jitter and identities, not for secrets. */
export const systemRandom: Random = { fraction: () => Math.random() };
