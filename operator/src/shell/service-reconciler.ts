import { type ServiceResource } from "@steelyard/model/resources";
import { type PlannedEvent } from "../core/reconcile/index.ts";
import { concludeWrite } from "./conclude-write.ts";
import { done } from "./outcome.ts";
import { OwnWrites } from "./own-writes.ts";
import { type TermContext } from "./term-context.ts";
import { type Work } from "./work-queue.ts";

/** Brings the status of one Service where its plan wants it; events follow a write that succeeded, never precede it. */
export function serviceReconciler(context: TermContext): Work {
  const { reader, writer, state, reconcilers, metrics, clock } = context;
  const ownWrites = new OwnWrites();
  return async (key, { signal }) => {
    const service = reader.services.get(key);
    if (service === undefined) {
      state.forget(key);
      ownWrites.forget(key);
      return done;
    }
    const { resourceVersion } = service.metadata;
    if (ownWrites.isOutdated(key, resourceVersion)) return done;
    for (const served of state.serveLine()) if (served !== key) reconcilers.enqueue("Service", served);
    const plan = state.plan(key, service, clock.timestamp());
    if (plan.patch === undefined) return done;
    const outcome = await writer.patchServiceStatus(key, plan.patch, signal);
    if (outcome.at === "written") {
      ownWrites.note(key, resourceVersion, outcome.resourceVersion);
      tell(key, service, plan.events, context);
      for (const { cause } of plan.changes) metrics.countAddressChange(cause.is);
    }
    return concludeWrite(outcome);
  };
}

function tell(
  key: string,
  { metadata }: ServiceResource,
  planned: readonly PlannedEvent[],
  { events, log }: TermContext,
): void {
  const { namespace = "", name, uid } = metadata;
  for (const event of planned) {
    events.record({ apiVersion: "v1", kind: "Service", namespace, name, uid }, event);
    const level = event.type === "Warning" ? "warn" : "info";
    log[level]({ service: key, event: event.reason }, event.message);
  }
}
