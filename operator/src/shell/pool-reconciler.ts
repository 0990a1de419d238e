import { planPoolStatus, poolUsage } from "../core/reconcile/index.ts";
import { concludeWrite } from "./conclude-write.ts";
import { done } from "./outcome.ts";
import { type TermContext } from "./term-context.ts";
import { type Work } from "./work-queue.ts";

/** Keeps the counters of one pool, in its status and in the metrics, in step with the book. Keys are pool names. */
export function poolReconciler({ reader, writer, state, metrics, options }: TermContext): Work {
  return async (name, { signal }) => {
    const key = `${options.configNamespace}/${name}`;
    const resource = reader.pools.get(key);
    const inForce = state.built.config.pools.find((pool) => pool.name === name);
    if (inForce === undefined) {
      metrics.removePool(name);
      return done;
    }
    const usage = poolUsage(inForce, state.book);
    metrics.setPoolUsage(name, usage);
    const patch = resource && planPoolStatus(resource, usage);
    return patch === undefined ? done : concludeWrite(await writer.patchPoolStatus(key, patch, signal));
  };
}
