import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { assertNever } from "@steelyard/model/foundation";
import { type Condition } from "@steelyard/model/resources";
import { type AddressDecision, type LostAddress, type ServiceKey } from "../../allocator/index.ts";
import { type PlannedEvent } from "../planned-event.ts";

/** What the status said before, and what it will say. */
export interface AllocationChange {
  readonly key: ServiceKey;
  readonly decision: AddressDecision;
  /** Addresses the status does not show yet. */
  readonly added: readonly IpAddress[];
  readonly before: Condition | undefined;
  readonly after: Omit<Condition, "lastTransitionTime">;
}

/** Events tell of transitions: an address came, an address went, or the reason for having none is a new one. */
export function allocationEvents(change: AllocationChange): readonly PlannedEvent[] {
  const { decision, added, before, after } = change;
  const events: PlannedEvent[] = [];
  if (decision.lost.length > 0) {
    events.push({
      type: "Normal",
      reason: "ClearAssignment",
      message: decision.lost.map(explainLoss).join("; "),
    });
  }
  if (added.length > 0) {
    const list = added.map((address) => JSON.stringify(formatIpAddress(address))).join(" ");
    events.push({ type: "Normal", reason: "IPAllocated", message: `Assigned IP [${list}]` });
  }
  const isNew = before?.status !== after.status || before.reason !== after.reason;
  return isNew ? [...events, ...failureEvents(change)] : events;
}

/**
 * An address that nothing can announce is told as an event too: `kubectl describe service` shows events, and no
 * conditions.
 */
export function announcementEvents(
  before: Condition | undefined,
  after: Condition | undefined,
): readonly PlannedEvent[] {
  if (after?.status !== "False" || (before?.status === "False" && before.reason === after.reason)) return [];
  return [{ type: "Warning", reason: after.reason, message: after.message }];
}

function failureEvents({ key, decision, after }: AllocationChange): readonly PlannedEvent[] {
  const failed = `Failed to allocate IP for "${key}"`;
  const { code } = decision.outcome;
  switch (code) {
    case "Allocated":
    case "KeptWhilePoolRefused":
    case "NoClusterIp": // MetalLB says nothing here, and there is nothing the user did wrong in the address pools.
      return [];
    case "SecondFamilyMissing":
      return [{ type: "Normal", reason: "AdditionalAssignFailed", message: after.message }];
    case "NotEnoughClusterIps":
      return [{ type: "Warning", reason: "not enough clusterips", message: after.message }];
    case "RequestNotYetSupported":
      return [{ type: "Warning", reason: "AllocationFailed", message: `${failed}: ${after.message}` }];
    case "NoPool":
    case "NoPoolMatches":
    case "PoolsFull":
    case "FamilyMissing":
    case "PoolRefused":
      return [
        {
          type: "Warning",
          reason: "AllocationFailed",
          message: `${failed}: no available IPs: ${after.message}`,
        },
      ];
    default:
      return assertNever(code);
  }
}

function explainLoss({ address, because }: LostAddress): string {
  const why = {
    "in-no-pool": "no IPAddressPool contains it any more",
    "in-another-pool": "it lies in another pool than the other address of the Service",
    "family-not-served": `the Service has no ${address.family} cluster IP`,
  } as const;
  return `${formatIpAddress(address)} is taken away: ${why[because]}`;
}
