import { findCondition } from "@steelyard/model/resources";
import { type ServiceKey } from "../../core/allocator/index.ts";
import { announcedType } from "../../core/reconcile/index.ts";
import { done } from "../queue/outcome.ts";
import { keyOf } from "../term/allocation-state.ts";
import { type TermContext } from "../term/term-context.ts";
import { type Work } from "../queue/work-queue.ts";

/** Nodes have changed, one or a thousand at once. */
export function nodesReconciler(context: TermContext): Work {
  const { reader, state, reconcilers } = context;
  return async () => {
    state.takeInNodes();
    const told = reader.configurationStates
      .list()
      .flatMap((one) => [
        ...state.takeInSegment(one, { gone: false }),
        ...state.takeInBgpReport(one, { gone: false }),
      ]);
    for (const service of told) reconcilers.enqueue("Service", service);
    for (const service of concernedServices(context)) reconcilers.enqueue("Service", service);
    return done;
  };
}

/** Those that no agent answers for, or whose reports may be void: nodes decide about nobody else's condition. */
function concernedServices({ reader, state }: TermContext): readonly ServiceKey[] {
  return reader.services.list().flatMap((service) => {
    const key = keyOf(service);
    const hasAddress = state.book.reservedFor(key).length > 0;
    const said = findCondition(service.status?.conditions, announcedType);
    return hasAddress && (said?.status !== "True" || state.dependsOnNodes(key)) ? [key] : [];
  });
}
