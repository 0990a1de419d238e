import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { assertNever } from "@steelyard/model/foundation";
import { type AnnotationName, type Condition } from "@steelyard/model/resources";
import { type AddressDecision, type ServiceKey } from "../../allocator/index.ts";
import { type PlannedEvent } from "../planned-event.ts";
import { type AddressChange, explainChange } from "./address-changes.ts";
import { type AnnouncedReason } from "./announced/index.ts";

/** What the status said before, and what it will say. */
export interface AllocationChange {
  readonly key: ServiceKey;
  readonly decision: AddressDecision;
  readonly changes: readonly AddressChange[];
  /** Addresses the status does not show yet. */
  readonly added: readonly IpAddress[];
  readonly before: Condition | undefined;
  readonly after: Omit<Condition, "lastTransitionTime">;
  /** The annotations under MetalLB's old prefix that the Service relies on. */
  readonly deprecated: readonly AnnotationName[];
}

/**
 * Events tell of transitions: an address came, went or was replaced, or what is missing is missing for a new reason. A
 * change of an address is one event, which names the old one, the new one and the cause; or why there is no new one.
 */
export function allocationEvents(change: AllocationChange): readonly PlannedEvent[] {
  const { changes, added } = change;
  const failures = isNewMatter(change) ? failureEvents(change) : [];
  const gained = added.filter((address) => !changes.some(({ to }) => to === address));
  const events = [
    ...(changes.length > 0 ? [changeEvent(change, failures)] : failures),
    ...(gained.length > 0 ? [gainEvent(gained)] : []),
  ];
  return events.length === 0 ? events : [...events, ...change.deprecated.map(deprecationEvent)];
}

/** An edited request can be refused by the same rule as the one before, and is another matter all the same. */
function isNewMatter({ decision, before, after }: AllocationChange): boolean {
  if (before?.status !== after.status || before.reason !== after.reason) return true;
  const { outcome } = decision;
  return "source" in outcome && outcome.source !== undefined && before.message !== after.message;
}

/** An address that goes for nothing is bad news with its reason, also when that was the reason for lacking another one. */
function changeEvent(change: AllocationChange, failures: readonly PlannedEvent[]): PlannedEvent {
  const { changes, after } = change;
  const isLoss = after.status === "False" && changes.some(({ to }) => to === undefined);
  const known = isLoss && failures.length === 0 ? failureEvents(change) : failures;
  const why = known.map(({ message }) => message);
  const isWarning = isLoss || known.some(({ type }) => type === "Warning");
  const said = [...changes.map(explainChange), ...(isLoss && why.length === 0 ? [after.message] : why)];
  return { type: isWarning ? "Warning" : "Normal", reason: "ClearAssignment", message: said.join("; ") };
}

function gainEvent(gained: readonly IpAddress[]): PlannedEvent {
  const list = gained.map((address) => JSON.stringify(formatIpAddress(address))).join(" ");
  return { type: "Normal", reason: "IPAllocated", message: `Assigned IP [${list}]` };
}

/**
 * An address that nothing can announce is told as an event too: `kubectl describe service` shows events, and no
 * conditions. That it has no endpoint is no news of a new Service, which mostly comes before its pods; what a look at the
 * pods has found is.
 */
export function announcementEvents(
  before: Condition | undefined,
  after: Condition | undefined,
): readonly PlannedEvent[] {
  if (after === undefined) return [];
  const isSame = before?.status === after.status && before.reason === after.reason;
  const isBad = after.status === "False" || after.reason === ("ExclusionSuspended" satisfies AnnouncedReason);
  if (!isBad || (isSame && !tellsMore(before, after))) return [];
  if (before === undefined && awaitsPods.includes(after.reason)) return [];
  return [{ type: "Warning", reason: after.reason, message: after.message }];
}

const awaitsPods: readonly string[] = ["NoEndpoint", "NoReadyEndpoint"] satisfies readonly AnnouncedReason[];

function tellsMore(before: Condition, after: Condition): boolean {
  return awaitsPods.includes(after.reason) && after.message.startsWith(`${before.message}; `);
}

/** Who works against us is told when it comes about, and once more when it is another matter. */
export function contestEvents(
  before: Condition | undefined,
  after: Condition | undefined,
): readonly PlannedEvent[] {
  if (after === undefined || before?.reason === after.reason) return [];
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
    case "RequestMalformed":
      return decision.addresses.length > 0
        ? [{ type: "Warning", reason: "LoadBalancerFailed", message: after.message }]
        : [{ type: "Warning", reason: "AllocationFailed", message: `${failed}: ${after.message}` }];
    case "RequestedFamiliesDiffer":
    case "RequestedAddressOutsidePools":
    case "RequestedAddressAvoided":
    case "RequestedAddressesInTwoPools":
    case "RequestedAddressHeld":
    case "SharingRefused":
    case "RequestedAddressNotAllowed":
    case "RequestedPoolUnknown":
    case "RequestedPoolNotAllowed":
    case "RequestedPoolDiffers":
      return [{ type: "Warning", reason: "AllocationFailed", message: `${failed}: ${after.message}` }];
    default:
      return assertNever(code);
  }
}

function deprecationEvent({ name, deprecated }: AnnotationName): PlannedEvent {
  const message = `Service uses the deprecated annotation ${deprecated}; use ${name} instead`;
  return { type: "Warning", reason: "deprecatedAnnotation", message };
}
