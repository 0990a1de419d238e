import { COMPONENT_REPORTS, configurationState, configurationStateToApply } from "@steelyard/model/config";
import { statusLabels } from "@steelyard/model/resources";
import { type WriteOutcome } from "../../ports/cluster-writer.ts";
import { done } from "../queue/outcome.ts";
import { OwnWrites } from "./own-writes.ts";
import { type TermContext } from "../term/term-context.ts";
import { type Work } from "../queue/work-queue.ts";

const component = "controller";
const labels = { [statusLabels.componentType]: component };
const sort = "ConfigurationState";

/**
 * Keeps the ConfigurationState `controller` as MetalLB's controller does (reference metallb.md, section 1.9). When it is
 * missing it is created, and when the watch shows it, its status follows.
 */
export function configurationStateReconciler(context: TermContext): Work {
  const { reader, writer, state, clock, options, denials } = context;
  const ownWrites = new OwnWrites();
  return async (_only, { signal }) => {
    if (!state.knowsBgp) return done;
    const key = `${options.configNamespace}/${component}`;
    const existing = reader.configurationStates.get(key);
    if (existing === undefined) {
      ownWrites.forget(key);
      return denials.attempt(sort, () => writer.createConfigurationState(key, labels, signal));
    }
    const version = existing.metadata.resourceVersion;
    const stated = configurationState(state.built.problems, component);
    const status = configurationStateToApply(existing, stated, clock.timestamp());
    if (status === undefined || ownWrites.isOutdated(key, version)) return done;
    const { fieldManager } = COMPONENT_REPORTS[component];
    const write = async (): Promise<WriteOutcome> => {
      const outcome = await writer.applyConfigurationState(key, { fieldManager, status }, signal);
      if (outcome.at === "written") ownWrites.note(key, version, outcome.resourceVersion);
      return outcome;
    };
    return denials.attempt(sort, write);
  };
}
