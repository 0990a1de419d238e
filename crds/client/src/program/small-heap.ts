import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * What V8 may do with memory, chosen for a program that holds many small objects for long and works in bursts. To be called
 * before anything else: what has grown does not shrink until the program has been idle for long.
 *
 * By itself V8 lets the young generation grow to three times 16 MB in the first list of a large cluster, and waits with
 * the collection of the old one until it has doubled. Resident memory with 10 000 Services is 50 MB less like this, for
 * one to two per cent of processor time in a burst (docs/performance.md).
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=20");
}

/**
 * The same and more, for a program that runs on every node, lists a large cluster at its start and has little to do afterwards:
 * resident memory with 10 000 Services is some 20 MB less once more. Where objects are made by the hundred thousand that
 * costs a third of the processor time, so it begins when the first lists have been dealt with.
 */
export class SmallestHeap {
  #hasSettled = false;

  /** To be called before anything else, and whenever a thread has been started, which undoes it. */
  apply(): void {
    // A young generation this small is gone through sooner by one thread than by several that have to be woken.
    setFlagsFromString("--no-parallel-scavenge");
    setFlagsFromString("--semi-space-growth-factor=1");
    if (!this.#hasSettled) return;
    keepHeapSmall();
    // Pages that are mostly empty are given back sooner, and the heap grows in smaller steps.
    setFlagsFromString("--optimize-for-size");
    // After a burst it is cleaned up at the first quiet second instead of the eighth.
    setFlagsFromString("--gc-memory-reducer-start-delay-ms=1000");
  }

  /** The first burst is over. What it left is collected at once, which takes some 60 ms with 10 000 Services. */
  settle(): void {
    this.#hasSettled = true;
    this.apply();
    collectGarbage();
  }
}

/** Without it the heap stays as large as the first lists have made it until it is full again. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  collect();
}
