import { CONFIG_KINDS, type ConfigKind } from "@steelyard/model/config";
import { planObjectCondition } from "../../core/reconcile/index.ts";
import { type WriteOutcome } from "../../ports/cluster-writer.ts";
import { configurationViews } from "../term/configuration-views.ts";
import { done } from "../queue/outcome.ts";
import { OwnWrites } from "./own-writes.ts";
import { type TermContext } from "../term/term-context.ts";
import { type Work } from "../queue/work-queue.ts";

/** Says at every object of configuration whether it is in force. */
export function objectConditionReconciler(context: TermContext): Work {
  const { reader, writer, state, clock, options, denials } = context;
  const views = configurationViews(reader);
  const ownWrites = new OwnWrites();
  return async (work, { signal }) => {
    const { kind, name } = parseConditionKey(work);
    const key = `${options.configNamespace}/${name}`;
    const object = views[kind].get(key);
    if (object === undefined) ownWrites.forget(work);
    const version = object?.metadata.resourceVersion;
    if (object === undefined || ownWrites.isOutdated(work, version)) return done;
    const condition = planObjectCondition(kind, object, state.built, clock.timestamp());
    if (condition === undefined) return done;
    const write = async (): Promise<WriteOutcome> => {
      const outcome = await writer.applyObjectCondition({ kind, key }, condition, signal);
      if (outcome.at === "written") ownWrites.note(work, version, outcome.resourceVersion);
      return outcome;
    };
    return denials.attempt(`condition on ${kind}`, write);
  };
}

/** `BGPPeer tor-1`: which object a piece of work is about. */
export function conditionKey(kind: ConfigKind, name: string): string {
  return `${kind} ${name}`;
}

function parseConditionKey(key: string): { readonly kind: ConfigKind; readonly name: string } {
  const space = key.indexOf(" ");
  const kind = CONFIG_KINDS.find((one) => one === key.slice(0, space));
  if (kind === undefined) throw new Error(`${key} names no object of configuration`);
  return { kind, name: key.slice(space + 1) };
}
