import { type Millis } from "@steelyard/model/foundation";
import { noUsage, planPoolStatus, type PoolUsage, poolUsage } from "../../core/reconcile/index.ts";
import { concludeWrite } from "./conclude-write.ts";
import { again, done } from "../queue/outcome.ts";
import { type TermContext } from "../term/term-context.ts";
import { type Work } from "../queue/work-queue.ts";
import { WritePace } from "../writing/write-pace.ts";

/** However many addresses change: whoever reads a counter can wait a second, etcd should not store one for each. */
const writesApartMs: Millis = 1000;

/** Keeps the counters of one pool, in its status and in the metrics, in step with the book. Keys are pool names. */
export function poolReconciler(context: TermContext): Work {
  const { reader, writer, options, clock } = context;
  const pace = new WritePace(writesApartMs, { clock });
  return async (name, { signal }) => {
    const key = `${options.configNamespace}/${name}`;
    const resource = reader.pools.get(key);
    if (resource === undefined) pace.forget(name);
    const waitMs = pace.waitMs(name);
    if (waitMs > 0) return again(waitMs);
    const usage = countUsage(name, resource?.status !== undefined, context);
    const counters = resource && usage && planPoolStatus(resource, usage);
    if (counters === undefined) return done;
    const outcome = await writer.applyPoolStatus(key, counters, signal);
    if (outcome.at === "written") pace.note(name);
    return concludeWrite(outcome);
  };
}

/** What the status is to show; undefined when there is nothing to count: then it stays as it is. */
function countUsage(
  name: string,
  wasCounted: boolean,
  { state, metrics }: TermContext,
): PoolUsage | undefined {
  const inForce = state.built.config.pools.find((pool) => pool.name === name);
  if (inForce !== undefined) {
    const usage = poolUsage(inForce, state.book, state.poolHolders);
    metrics.setPoolUsage(name, usage);
    return usage;
  }
  metrics.removePool(name);
  // A refused pool that was counted once keeps its counters: its Services keep their addresses. One that never was gets
  // noughts, because a status must not be without counters and is to say that the pool is refused.
  return state.built.refusedPools.has(name) && !wasCounted ? noUsage : undefined;
}
