import { type Millis } from "@steelyard/model/foundation";
import { type ServiceResource } from "@steelyard/model/resources";
import { type ServicePlan, type ServiceStatusPatch } from "../../core/reconcile/index.ts";
import { type WriteOutcome } from "../../ports/cluster-writer.ts";
import { concludeWrite } from "./conclude-write.ts";
import { again, done, type Outcome } from "../queue/outcome.ts";
import { OwnWrites } from "./own-writes.ts";
import { type TermContext } from "../term/term-context.ts";
import { type News, UntoldNews } from "./untold-news.ts";
import { type Work } from "../queue/work-queue.ts";

/** Brings the status of one Service where its plan wants it; events follow a write that succeeded, never precede it. */
export function serviceReconciler(context: TermContext): Work {
  const { reader, state, contests, lookups, reconcilers, clock } = context;
  const ownWrites = new OwnWrites();
  const untold = new UntoldNews();
  return async (key, { signal }) => {
    await contests.identify(key, signal);
    const pods = await lookups.take(key, signal);
    const service = reader.services.get(key);
    if (service === undefined) {
      state.forget(key);
      contests.forget(key);
      ownWrites.forget(key);
      untold.forget(key);
      lookups.forget(key);
      return done;
    }
    const { resourceVersion } = service.metadata;
    if (ownWrites.isOutdated(key, resourceVersion)) return done;
    contests.observe(key, service);
    const dueMs = contests.tick(key);
    const late = untold.take(key, service);
    if (late !== undefined) {
      state.reserve(key, late.reserve);
      tell(key, service, late, context);
    }
    for (const served of state.serveLine()) if (served !== key) reconcilers.enqueue("Service", served);
    const moment = { timestamp: clock.timestamp(), now: clock.now() };
    const plan = state.plan(key, service, moment, pods);
    const followUps = [plan.followUp?.lookAgainAfterMs, lookups.note(key, plan.followUp?.question)];
    if (plan.patch === undefined) return lookAgainAfter(dueMs, ...followUps);
    const delayMs = contests.writeDelay(key);
    if (delayMs > 0) return again(delayMs);
    const attempt = write(key, service, { ...plan, patch: plan.patch }, context, signal);
    const outcome = await attempt.catch((error: unknown) => {
      untold.keep(key, service, plan);
      throw error;
    });
    if (outcome.at === "written") {
      ownWrites.note(key, resourceVersion, outcome.resourceVersion);
      untold.forget(key);
      tell(key, service, plan, context);
    }
    const conclusion = concludeWrite(outcome);
    return conclusion === done ? lookAgainAfter(contests.tick(key), ...followUps) : conclusion;
  };
}

/** As soon as the first of them is due; undefined = never. */
function lookAgainAfter(...delays: readonly (Millis | undefined)[]): Outcome {
  const due = delays.filter((millis) => millis !== undefined);
  return due.length === 0 ? done : again(Math.min(...due));
}

/** Whoever counts what becomes of our writes has to know of each one before its outcome is known. */
async function write(
  key: string,
  service: ServiceResource,
  plan: ServicePlan & { readonly patch: ServiceStatusPatch },
  { writer, contests }: TermContext,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const attempt = contests.beginWrite(key, service, plan);
  try {
    const outcome = await writer.patchServiceStatus(key, plan.patch, signal);
    if (outcome.at === "written") attempt.wrote(outcome.resourceVersion);
    else attempt.notWritten({ certain: true });
    return outcome;
  } catch (error) {
    attempt.notWritten({ certain: false });
    throw error;
  }
}

function tell(
  key: string,
  { metadata }: ServiceResource,
  news: News,
  { events, metrics, log }: TermContext,
): void {
  const { namespace = "", name, uid } = metadata;
  for (const event of news.events) {
    events.record({ apiVersion: "v1", kind: "Service", namespace, name, uid }, event);
    const level = event.type === "Warning" ? "warn" : "info";
    log[level]({ service: key, event: event.reason }, event.message);
  }
  for (const { cause } of news.changes) metrics.countAddressChange(cause.is);
}
