import { type ConditionStatus } from "./conditions.ts";
import { type ObjectMeta } from "./object-meta.ts";
import {
  listOf,
  objectOr,
  projectMetadata,
  projectStatus,
  textField,
  textOrUndefined,
} from "./projection.ts";

/** What we read of a core/v1 Node. */
export interface NodeResource {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly taints?: readonly NodeTaint[];
    /** Present when the node is cordoned. */
    readonly unschedulable?: true;
  };
  readonly status?: {
    /** Only the two conditions that decide about announcing, without their heartbeat times. */
    readonly conditions?: readonly NodeCondition[];
    readonly addresses?: readonly NodeAddress[];
  };
}

export interface NodeTaint {
  readonly key: string;
  /** Absent = "". */
  readonly value?: string;
  /** `NoSchedule`, `PreferNoSchedule` or `NoExecute`. */
  readonly effect: string;
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
  const spec = objectOr(objectOr(raw)["spec"]);
  const taints = listOf(spec["taints"], projectNodeTaint);
  const isCordoned = spec["unschedulable"] === true;
  return {
    metadata: projectMetadata(raw),
    // Most nodes have neither.
    ...((taints.length > 0 || isCordoned) && {
      spec: { ...(taints.length > 0 && { taints }), ...(isCordoned && { unschedulable: true as const }) },
    }),
    status: {
      conditions: conditions.filter(({ type }) => DECIDING_CONDITIONS.includes(type)),
      addresses: listOf(status["addresses"], projectNodeAddress),
    },
  };
}

function projectNodeTaint(raw: unknown): NodeTaint {
  const taint = objectOr(raw);
  return {
    key: textOrUndefined(taint["key"]) ?? "",
    ...textField("value", taint),
    effect: textOrUndefined(taint["effect"]) ?? "",
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
