import { type ConditionStatus } from "./conditions.ts";
import { type ObjectMeta } from "./object-meta.ts";
import { listOf, objectOr, projectMetadata, projectStatus, textOrUndefined } from "./projection.ts";

/** What we read of a core/v1 Node. */
export interface NodeResource {
  readonly metadata: ObjectMeta;
  readonly status?: {
    /** Only the two conditions that decide about announcing, without their heartbeat times. */
    readonly conditions?: readonly NodeCondition[];
    readonly addresses?: readonly NodeAddress[];
  };
}

export interface NodeCondition {
  /** `Ready` or `NetworkUnavailable`. */
  readonly type: string;
  readonly status: ConditionStatus;
}

export interface NodeAddress {
  /** `InternalIP`, `ExternalIP` or `Hostname`. */
  readonly type: string;
  readonly address: string;
}

const DECIDING_CONDITIONS: readonly string[] = ["Ready", "NetworkUnavailable"];

export function projectNode(raw: unknown): NodeResource {
  const status = objectOr(objectOr(raw)["status"]);
  const conditions = listOf(status["conditions"], projectNodeCondition);
  return {
    metadata: projectMetadata(raw),
    status: {
      conditions: conditions.filter(({ type }) => DECIDING_CONDITIONS.includes(type)),
      addresses: listOf(status["addresses"], projectNodeAddress),
    },
  };
}

function projectNodeCondition(raw: unknown): NodeCondition {
  const condition = objectOr(raw);
  return { type: textOrUndefined(condition["type"]) ?? "", status: projectStatus(condition["status"]) };
}

function projectNodeAddress(raw: unknown): NodeAddress {
  const address = objectOr(raw);
  return {
    type: textOrUndefined(address["type"]) ?? "",
    address: textOrUndefined(address["address"]) ?? "",
  };
}
