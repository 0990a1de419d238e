import { formatIpAddress, includesIpAddress, type IpAddress } from "@steelyard/model/address";
import { type BuiltConfig } from "@steelyard/model/config";
import { type Instant, type Millis } from "@steelyard/model/foundation";
import {
  type Condition,
  findCondition,
  ownServiceAnnotations,
  serviceAnnotations,
  type ServiceResource,
  withCondition,
  withoutCondition,
} from "@steelyard/model/resources";
import { heldAddresses, whyNotHandled } from "@steelyard/model/services";
import {
  type AddressDecision,
  type AddressRequest,
  decideAddresses,
  type HeldAddresses,
  poolGiving,
  type ServiceKey,
} from "../../allocator/index.ts";
import { type Contest, contestedCondition, contestedType } from "../../contest/index.ts";
import { type PlannedEvent } from "../planned-event.ts";
import { type AddressChange, addressChanges } from "./address-changes.ts";
import { allocatedCondition, allocatedType, isSatisfied, listAddresses } from "./allocated-condition.ts";
import {
  announcedCondition,
  announcedType,
  type AnnouncedVerdict,
  holdDown,
  type PendingVerdict,
  type AnnouncingSurroundings,
  type PodsQuestion,
  questionToPods,
} from "./announced/index.ts";
import { allocationEvents, announcementEvents, contestEvents } from "./events.ts";
import { allocatedFromPool, nextIngress } from "./ingress.ts";
import { deprecatedAnnotations } from "./read-request.ts";
import { nextRemembered } from "./remembered.ts";
import { conditionsOf, ingressOf, type ServiceStatusPatch, statusPatch } from "./status-patch.ts";
import { subjectOf } from "./subject.ts";

export interface ServiceSnapshot {
  readonly key: ServiceKey;
  readonly service: ServiceResource;
  readonly built: BuiltConfig;
  /** Has observed the Service as it is in this snapshot. */
  readonly held: HeldAddresses;
  readonly surroundings: AnnouncingSurroundings;
  /** What the condition Announced would have said already if it had stood long enough. */
  readonly pendingAnnouncement?: PendingVerdict | undefined;
  /** Who works against us on this Service; undefined = nobody does. */
  readonly contest?: Contest | undefined;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly now: Instant;
}

export interface ServicePlanOptions {
  readonly lbClasses: readonly string[];
  readonly configNamespace: string;
}

export interface ServicePlan {
  /** What the book shall hold for the Service from now on. */
  readonly reserve: readonly IpAddress[];
  /** The Service stands in line for an address. */
  readonly isWaiting: boolean;
  /** It has all that it needs and asks for, though it may stand in line for more. */
  readonly isSatisfied: boolean;
  /** undefined = the status says everything already. */
  readonly patch: ServiceStatusPatch | undefined;
  /** To be recorded once the patch is written. */
  readonly events: readonly PlannedEvent[];
  /** What the patch takes away or replaces; to be counted once it is written. */
  readonly changes: readonly AddressChange[];
  /** What there is to do about the condition Announced later on; undefined = nothing. */
  readonly followUp: AnnouncementFollowUp | undefined;
}

export interface AnnouncementFollowUp {
  readonly pending: PendingVerdict | undefined;
  readonly lookAgainAfterMs: Millis | undefined;
  /** A look at the pods of the namespace may tell why there is no endpoint. */
  readonly question: PodsQuestion | undefined;
}

const leaveAlone: ServicePlan = {
  reserve: [],
  isWaiting: false,
  isSatisfied: true,
  patch: undefined,
  events: [],
  changes: [],
  followUp: undefined,
};

/**
 * What to do for one Service. The same snapshot gives the same plan, and the plan of a cluster in which the plan was
 * carried out is empty. Services of another class are not touched (reference metallb.md, section 3.9); one that is no
 * load balancer any more loses what we wrote into it, and only that (quirk 22).
 */
export function planService(snapshot: ServiceSnapshot, options: ServicePlanOptions): ServicePlan {
  switch (whyNotHandled(snapshot.service, options.lbClasses)) {
    case "other-class":
      return leaveAlone;
    case "not-load-balancer":
      return planWithdrawal(snapshot);
    case undefined:
      // One that is being deleted keeps what it shows until it is gone, and gets nothing new, not even what was meant for it.
      return snapshot.service.metadata.deletionTimestamp === undefined
        ? planHandled(snapshot, options)
        : { ...leaveAlone, reserve: snapshot.held.observedFor(snapshot.key) };
  }
}

function planHandled(snapshot: ServiceSnapshot, options: ServicePlanOptions): ServicePlan {
  const { key, service, built, held } = snapshot;
  const { l2Statuses, bgpAnnouncers = [] } = snapshot.surroundings;
  const isUnannounced = l2Statuses?.length === 0 && bgpAnnouncers.length === 0;
  const subject = { ...subjectOf(key, service), isUnannounced };
  const decision = decideAddresses(subject, built, held);
  const { addresses, isWaiting } = decision;
  const serviceNamespace = service.metadata.namespace ?? "";
  const allocated =
    standingCondition(decision, service, built) ??
    withReplacement(
      allocatedCondition(decision, { configNamespace: options.configNamespace, serviceNamespace }),
      decision,
      service,
    );
  const { announced, followUp } = decideAnnounced(snapshot, { addresses, request: subject.request }, options);
  const conditions = nextConditions(snapshot, addresses, { allocated, announced });
  const patch = statusPatch(service, {
    ingress: nextIngress(ingressOf(service), held.observedFor(key), addresses),
    conditions,
    annotations: {
      [serviceAnnotations.ipAllocatedFromPool.name]: poolToName(decision, subject.request, service, built),
      [ownServiceAnnotations.rememberedAddresses]: nextRemembered(subject.remembered, decision),
      [ownServiceAnnotations.contestedAddresses]: contestedNote(snapshot.contest, addresses),
    },
  });
  const standing = { reserve: addresses, isWaiting, isSatisfied: isSatisfied(decision.outcome) };
  if (patch === undefined) return { ...leaveAlone, ...standing, followUp };
  return {
    ...standing,
    patch,
    followUp,
    ...tellOf(service, decision, { key, conditions, allocated }),
  };
}

/**
 * What the Service says already and may go on saying: the fault of its pool changes nothing for it. Who leads next knows no
 * earlier form of the pool, and must not write to every Service of it for that. Only what was said of a sound pool can
 * stand: a sentence that names a fault goes with the fault.
 */
function standingCondition(
  { outcome, addresses, lost }: AddressDecision,
  service: ServiceResource,
  { refusedPools }: BuiltConfig,
): Condition | undefined {
  const isOfRefusedPool = refusedPools.has(allocatedFromPool(service) ?? "");
  if (outcome.code !== "KeptWhilePoolRefused" || lost.length > 0 || !isOfRefusedPool) return undefined;
  const condition = findCondition(service.status?.conditions, allocatedType);
  const isOfThese = condition?.message.startsWith(`${listAddresses(addresses)} `) === true;
  return condition?.reason === "Allocated" && isOfThese ? condition : undefined;
}

const insteadOf = ", in place of ";

/** In place of what the Service got its address, for as long as it has it: an event is forgotten within the hour. */
function withReplacement(
  allocated: Omit<Condition, "lastTransitionTime">,
  { lost }: AddressDecision,
  service: ServiceResource,
): Omit<Condition, "lastTransitionTime"> {
  if (allocated.reason !== "Allocated") return allocated;
  const { message } = allocated;
  const left = lost.flatMap(({ address, cause }) =>
    cause.is === "quarantined"
      ? [
          `${formatIpAddress(address)}, which is answered by ${cause.quarantine.mac} on the segment of node ${cause.quarantine.node}`,
        ]
      : [],
  );
  if (left.length > 0) return { ...allocated, message: `${message}${insteadOf}${left.join(" and ")}` };
  const said = findCondition(service.status?.conditions, allocatedType)?.message;
  return said?.startsWith(message + insteadOf) === true ? { ...allocated, message: said } : allocated;
}

/** What there is to tell of a decision that is going to be written. */
function tellOf(
  service: ServiceResource,
  decision: AddressDecision,
  next: {
    readonly key: ServiceKey;
    readonly conditions: readonly Condition[];
    readonly allocated: Omit<Condition, "lastTransitionTime">;
  },
): Pick<ServicePlan, "events" | "changes"> {
  const shown = heldAddresses(service).addresses;
  const added = decision.addresses.filter((address) => !includesIpAddress(shown, address));
  const changes = addressChanges(decision, added);
  const before = service.status?.conditions;
  const allocation = allocationEvents({
    key: next.key,
    decision,
    changes,
    added,
    before: findCondition(before, allocatedType),
    after: next.allocated,
    deprecated: deprecatedAnnotations(service),
  });
  const announcement = announcementEvents(
    findCondition(before, announcedType),
    findCondition(next.conditions, announcedType),
  );
  const contest = contestEvents(
    findCondition(before, contestedType),
    findCondition(next.conditions, contestedType),
  );
  return { events: [...allocation, ...announcement, ...contest], changes };
}

/** What the condition Announced shall say now; undefined = what it says stands. */
function decideAnnounced(
  { key, service, built, held: book, surroundings, pendingAnnouncement, timestamp, now }: ServiceSnapshot,
  { addresses, request }: { readonly addresses: readonly IpAddress[]; readonly request: AddressRequest },
  { configNamespace }: ServicePlanOptions,
): {
  readonly announced: AnnouncedVerdict | undefined;
  readonly followUp: AnnouncementFollowUp | undefined;
} {
  if (addresses.length === 0) return { announced: undefined, followUp: undefined };
  const said = findCondition(conditionsOf(service), announcedType);
  const shown = book.observedFor(key);
  const isNew = addresses.some((address) => !includesIpAddress(shown, address));
  const { l2Statuses = [], bgpAnnouncers = [] } = surroundings;
  const hasOldReports = isNew && l2Statuses.length + bgpAnnouncers.length > 0;
  const reported = hasOldReports ? { ...surroundings, ...withoutReports(surroundings) } : surroundings;
  const countQuarantinedBy = (mac: string): number => book.countQuarantinedBy(mac);
  const known = { service, addresses, built, said, configNamespace, request, countQuarantinedBy };
  const facts = { ...reported, ...known };
  const verdict = announcedCondition(facts);
  const isAsShown = listAddresses(shown) === listAddresses(addresses);
  const isAboutOthers = !isAsShown || said?.message.includes(listAddresses(addresses)) === false;
  const hasLooked = surroundings.pods !== undefined;
  const isFresh = said !== undefined && isWithinAMinute(said.lastTransitionTime, timestamp);
  const held = holdDown(
    { said, verdict, isAboutOthers, hasOldReports, hasLooked, isFresh },
    pendingAnnouncement,
    now,
  );
  // The very text of the Service where it is that: ten thousand may want it.
  const latest = verdict?.message === said?.message ? said : verdict;
  const question = latest && questionToPods(latest, facts);
  const { pending, lookAgainAfterMs } = held;
  const isSettled = pending === undefined && question === undefined;
  return {
    announced: held.verdict,
    followUp: isSettled ? undefined : { pending, lookAgainAfterMs, question },
  };
}

/** As if those that have come in were empty; what has not come in is still not known. */
function withoutReports({
  l2Statuses,
  bgpAnnouncers,
}: AnnouncingSurroundings): Pick<AnnouncingSurroundings, "l2Statuses" | "bgpAnnouncers"> {
  return { l2Statuses: l2Statuses && [], bgpAnnouncers: bgpAnnouncers && [] };
}

/** RFC 3339, both. */
function isWithinAMinute(then: string, now: string): boolean {
  return Date.parse(now) - Date.parse(then) < 60_000;
}

function nextConditions(
  { service, contest, timestamp }: ServiceSnapshot,
  addresses: readonly IpAddress[],
  {
    allocated,
    announced,
  }: {
    readonly allocated: Omit<Condition, "lastTransitionTime">;
    readonly announced: AnnouncedVerdict | undefined;
  },
): readonly Condition[] {
  const lastTransitionTime = timestamp;
  const before = conditionsOf(service);
  const contested = contestedCondition(contest, addresses, findCondition(before, contestedType));
  const kept = contested === undefined ? withoutCondition(before, contestedType) : before;
  const withContested =
    contested === undefined ? kept : withCondition(kept, { ...contested, lastTransitionTime });
  const withAllocated = withCondition(withContested, { ...allocated, lastTransitionTime });
  if (addresses.length === 0) return withoutCondition(withAllocated, announcedType);
  return announced === undefined
    ? withAllocated
    : withCondition(withAllocated, { ...announced, lastTransitionTime });
}

/** While somebody takes addresses out of the status, the agents go by this. */
function contestedNote(contest: Contest | undefined, addresses: readonly IpAddress[]): string | undefined {
  return contest?.rewriting === undefined || addresses.length === 0
    ? undefined
    : addresses.map(formatIpAddress).join(",");
}

/** What the annotation says: the pool asked for, else the pool of the address; while that is refused, what it said before. */
function poolToName(
  { outcome, addresses }: AddressDecision,
  request: AddressRequest,
  service: ServiceResource,
  built: BuiltConfig,
): string | undefined {
  const [first] = addresses;
  if (first === undefined) return undefined;
  const isGranted = outcome.code === "Allocated" || outcome.code === "SecondFamilyMissing";
  // An edit may leave the address in another pool; that the request has been answered is remembered here.
  if (isGranted) return request.asks === "pool" ? request.pool : outcome.pool;
  const name = poolGiving(first, built)?.name ?? allocatedFromPool(service);
  // Without the annotation nobody would know after a restart that the address is ours.
  return outcome.code === "KeptWhilePoolRefused" ? (name ?? outcome.refusedPools[0]) : name;
}

/** Only a Service that bears our mark has anything of ours; others may use the same status for their own purposes. */
function planWithdrawal({ key, service, held }: ServiceSnapshot): ServicePlan {
  const conditions = [allocatedType, announcedType, contestedType].reduce(
    withoutCondition,
    conditionsOf(service),
  );
  const ours = [serviceAnnotations.ipAllocatedFromPool.name, ...Object.values(ownServiceAnnotations)];
  const isMarked =
    conditions !== conditionsOf(service) ||
    ours.some((name) => service.metadata.annotations?.[name] !== undefined);
  if (!isMarked) return leaveAlone;
  const ingress = nextIngress(ingressOf(service), held.observedFor(key), []);
  const annotations = Object.fromEntries(ours.map((name) => [name, undefined]));
  return { ...leaveAlone, patch: statusPatch(service, { ingress, conditions, annotations }) };
}
