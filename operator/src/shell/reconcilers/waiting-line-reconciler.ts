import { done } from "../queue/outcome.ts";
import { type TermContext } from "../term/term-context.ts";
import { type Work } from "../queue/work-queue.ts";

/** Serves those who wait; what they get is in the book at once, and their statuses follow. */
export function waitingLineReconciler({ state, reconcilers }: TermContext): Work {
  return async () => {
    for (const key of state.serveLine()) reconcilers.enqueue("Service", key);
    return done;
  };
}
