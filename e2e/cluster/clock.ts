import { type Clock, type Instant } from "@steelyard/model/foundation";

/* eslint-disable no-restricted-syntax -- the one place of this program that reads the machine's clocks; the suites
   may not import the programs' own adapter, because e2e knows of the sources only the model */

/** The machine's clocks; timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now() as Instant,
  timestamp: () => new Date().toISOString().replace("Z", "000Z"),
  after: (delay, run) => {
    const timer = setTimeout(run, delay);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
