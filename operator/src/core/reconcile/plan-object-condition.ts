import { type BuiltConfig, type ConfigKind, objectCondition, VALID_CONDITION } from "@steelyard/model/config";
import { type Condition, findCondition, type ObjectMeta, withCondition } from "@steelyard/model/resources";

/** What every object of configuration has in common. */
export interface ConfigObject {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/**
 * The condition that an object of configuration is to get; undefined when it has it. `timestamp`: the present moment.
 *
 * Nothing is said about a form that has not been judged yet. A pool's status cannot be without its counters: the condition
 * waits for whoever counts, so that nobody writes a number that is not his.
 */
export function planObjectCondition(
  kind: ConfigKind,
  object: ConfigObject,
  built: BuiltConfig,
  timestamp: string,
): Condition | undefined {
  const { name, namespace = "", generation } = object.metadata;
  const stated = objectCondition(built, { kind, namespace, name });
  if (stated === undefined || stated.observedGeneration !== generation) return undefined;
  if (kind === "IPAddressPool" && object.status === undefined) return undefined;
  const before = object.status?.conditions ?? [];
  const next = withCondition(before, { ...stated, lastTransitionTime: timestamp });
  return next === before ? undefined : findCondition(next, VALID_CONDITION);
}
