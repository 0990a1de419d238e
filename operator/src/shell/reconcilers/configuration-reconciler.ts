import { type ConfigProblem } from "@steelyard/model/config";
import { type ConfigurationPlan } from "../../core/reconcile/index.ts";
import { byAge, keyOf } from "../term/allocation-state.ts";
import { configurationViews } from "../term/configuration-views.ts";
import { conditionKey } from "./object-condition-reconciler.ts";
import { done } from "../queue/outcome.ts";
import { type TermContext, theOnly } from "../term/term-context.ts";
import { type Work } from "../queue/work-queue.ts";

/** Builds the configuration when one of its objects has changed, and sends everybody whom that may concern to work. */
export function configurationReconciler(context: TermContext): Work {
  const { state, reader, reconcilers } = context;
  return async () => {
    const poolsBefore = poolNames(context);
    const plan = state.rebuild();
    reportConfiguration(plan, context);
    if (!plan.isDifferent) return done;
    for (const pool of new Set([...poolsBefore, ...poolNames(context)]))
      reconcilers.enqueue("IPAddressPool", pool);
    // Those who wait are served in the order of their age before anybody is planned.
    reconcilers.enqueue("WaitingLine", theOnly);
    // By age, too: of those who have to move, the older one chooses first, whatever the cache's order.
    for (const service of [...reader.services.list()].sort(byAge))
      reconcilers.enqueue("Service", keyOf(service));
    return done;
  };
}

/** Tells of faults in the log and as events, once per change; and what holds, at the objects. */
export function reportConfiguration(plan: ConfigurationPlan, context: TermContext): void {
  const { events, log } = context;
  for (const problem of plan.appeared)
    log.warn({ ...fieldsOf(problem), problem: problem.kind }, `${problem.path}: ${problem.message}`);
  for (const problem of plan.resolved)
    log.info(fieldsOf(problem), `resolved: ${problem.path}: ${problem.message}`);
  for (const { object, ...event } of plan.events) {
    events.record({ apiVersion: apiVersionOf(object), ...object, uid: uidOf(object, context) }, event);
  }
  for (const { object } of context.state.built.verdicts)
    context.reconcilers.enqueue("ObjectCondition", conditionKey(object.kind, object.name));
  context.reconcilers.enqueue("ConfigurationState", theOnly);
}

function apiVersionOf({ kind }: ConfigProblem["object"]): string {
  return kind === "BGPPeer" ? "metallb.io/v1beta2" : "metallb.io/v1beta1";
}

function fieldsOf({ object }: ConfigProblem): object {
  return {
    event: "configurationProblem",
    object: `${object.kind} ${object.namespace}/${object.name}`,
  };
}

function uidOf(object: ConfigProblem["object"], { reader }: TermContext): string | undefined {
  return configurationViews(reader)[object.kind].get(`${object.namespace}/${object.name}`)?.metadata.uid;
}

function poolNames({ state }: TermContext): readonly string[] {
  const { config, refusedPools } = state.built;
  return [...config.pools.map(({ name }) => name), ...refusedPools];
}
