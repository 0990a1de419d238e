import { type Clock, type Instant, type Millis, type Random } from "@steelyard/model/foundation";

/** `setTimeout` fires at once when asked for more than this (24.8 days). */
const longestTimer: Millis = 2 ** 31 - 1;

/** The clock of the running process. Timers keep the process alive until they fire or are cancelled. */
export const systemClock: Clock = {
  now: () => performance.now() as Instant,
  // Date knows milliseconds only; MicroTime wants six digits and refuses anything shorter.
  timestamp: () => new Date().toISOString().replace("Z", "000Z"),
  after(delay, run) {
    const due = performance.now() + delay;
    // Node counts whole milliseconds from the beginning of its turn, so its timers fire up to some milliseconds before
    // their time. Whoever asks the clock then whether the time has come would hear no, and would not be called again.
    const onTimer = (): void => {
      if (performance.now() < due) timer = wait();
      else run();
    };
    const wait = (): NodeJS.Timeout => {
      const left = Math.max(0, Math.ceil(due - performance.now()));
      return setTimeout(onTimer, Math.min(left, longestTimer));
    };
    let timer = wait();
    return () => clearTimeout(timer);
  },
};

/** The process's source of chance: for jitter and identities, not for secrets. */
export const systemRandom: Random = { fraction: () => Math.random() };
