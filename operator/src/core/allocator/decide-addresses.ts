import { includesIpAddress, type IpAddress, type IpFamily, sameIpAddress } from "@steelyard/model/address";
import { type BuiltConfig, type Pool } from "@steelyard/model/config";
import { type AddressOutcome, whyNothing } from "./address-outcome.ts";
import { type HeldAddresses } from "./address-book.ts";
import { type AddressRequest } from "./address-request.ts";
import { type AddressSubject } from "./address-subject.ts";
import { allocate, type Assignment, type Offer, offerFrom } from "./allocate.ts";
import { followRequest } from "./follow-request.ts";
import { leaveQuarantine } from "./leave-quarantine.ts";
import { type HeldJudgement, judgeHeld, keptAddresses, type LostAddress, poolGiving } from "./judge-held.ts";
import { recall, recallOne } from "./recall.ts";
import { type ServiceKey } from "./holders.ts";
import { missingFamilies } from "./wanted-families.ts";

export interface AddressDecision {
  /** What the Service shall have: what it keeps, in its order, then what is new. */
  readonly addresses: readonly IpAddress[];
  /** What it had by its status, whether or not somebody has overwritten that since, and will have no longer. */
  readonly lost: readonly LostAddress[];
  readonly outcome: AddressOutcome;
  /** Something is missing that another Service or an edit of the pools may set free: the Service stands in line. */
  readonly isWaiting: boolean;
}

/**
 * Decides which addresses a Service shall have. What it holds comes first and stays if it can; only an explicit request
 * that can be met puts something else in its place, and only a Service that holds nothing is given something of our own
 * choice. An address reserved for it earlier counts as held even though the status does not show it yet, so asking
 * twice gives the same answer.
 */
export function decideAddresses(
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): AddressDecision {
  const { key: service, servedFamilies, fromPool } = subject;
  const judge = (addresses: readonly IpAddress[]): HeldJudgement =>
    judgeHeld(addresses, { service, servedFamilies, fromPool, built, held });
  const observed = judge(held.observedFor(service));
  const reserved = judge(held.reservedFor(service));
  const isOverwritten = isUndone(service, held);
  const isFirst = observed.at === "nothing" || (reserved.at !== "nothing" && isOverwritten);
  const judgement = isFirst ? reserved : observed;
  const { decision, left } = withoutQuarantined(
    decideFrom(judgement, subject, built, held),
    subject,
    built,
    held,
  );
  // Only what was ours can be lost, and of what somebody has written over it nothing was.
  const had = isOverwritten ? reserved : observed;
  const leaving = left.filter(({ address }) => includesIpAddress(keptAddresses(had), address));
  const remaining = [...decision.addresses, ...leaving.map(({ address }) => address)];
  const lost = [...had.lost, ...leaving, ...givenUp(had, remaining, subject)];
  return { ...decision, lost: lost.filter(({ address }) => !includesIpAddress(decision.addresses, address)) };
}

/** The status showed what we gave, and somebody has put something else in its place: that moves no address. */
function isUndone(service: ServiceKey, held: HeldAddresses): boolean {
  const shown = held.observedFor(service);
  return (
    held.wasShown(service) && !held.reservedFor(service).every((address) => includesIpAddress(shown, address))
  );
}

type DecisionWithoutLosses = Omit<AddressDecision, "lost">;

function decideFrom(
  judgement: HeldJudgement,
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): DecisionWithoutLosses {
  const { wanted, request } = subject;
  const kept = keptAddresses(judgement);
  if (wanted.want === "nothing")
    return { addresses: kept, outcome: { code: wanted.because }, isWaiting: false };
  if (request.asks === "nothing") return decideFreely(judgement, subject, built, held);
  const grant = followRequest(request, { subject, judgement, built, held });
  if (grant.ok) return complete(grant.assignment, subject, built, held);
  if (judgement.at === "kept-under-fault" && isRequestOfFaultyPool(request, kept, built))
    return decideFreely(judgement, subject, built, held);
  // What cannot be granted costs nothing, neither what is held nor what was, should its pool be back.
  const addresses = kept.length > 0 ? kept : (recall(subject, built, held)?.addresses ?? []);
  const mayComeBack = addresses.length === 0 && subject.remembered.length > 0;
  return { addresses, outcome: grant.outcome, isWaiting: grant.mayComeTrue || mayComeBack };
}

/** Puts others in the place of addresses that cannot work, as far as there are others. */
function withoutQuarantined(
  decision: DecisionWithoutLosses,
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): { readonly decision: DecisionWithoutLosses; readonly left: readonly LostAddress[] } {
  const { outcome } = decision;
  const isGranted = outcome.code === "Allocated" || outcome.code === "SecondFamilyMissing";
  if (!isGranted) return { decision, left: [] };
  const { replacements, isCornered } = leaveQuarantine(decision.addresses, subject, built, held);
  const isWaiting = decision.isWaiting || isCornered;
  const [first] = replacements;
  if (first === undefined) return { decision: { ...decision, isWaiting }, left: [] };
  const addresses = decision.addresses.map(
    (address) => replacements.find(({ left }) => sameIpAddress(left.address, address))?.address ?? address,
  );
  const isAllocated = outcome.code === "Allocated";
  const next = isAllocated ? allocatedFrom(first.pool, addresses, built) : outcome;
  const left = replacements.map(({ left: { address, mac, node } }) => {
    return { address, cause: { is: "quarantined", quarantine: { mac, node } } } as const;
  });
  return { decision: { addresses, outcome: next, isWaiting }, left };
}

/** What is asked for is what the Service has, and only a fault of its pool keeps the request from being granted. */
function isRequestOfFaultyPool(
  request: AddressRequest,
  kept: readonly IpAddress[],
  { refusedPools }: BuiltConfig,
): boolean {
  if (request.asks === "pool") return refusedPools.has(request.pool);
  return (
    request.asks === "addresses" && request.addresses.every((address) => includesIpAddress(kept, address))
  );
}

/** Nothing in particular is asked for. */
function decideFreely(
  judgement: HeldJudgement,
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): DecisionWithoutLosses {
  switch (judgement.at) {
    case "kept":
      return complete(judgement, subject, built, held);
    case "kept-under-fault": {
      const { addresses, homeless, refusedPools } = judgement;
      return {
        addresses,
        outcome: { code: "KeptWhilePoolRefused", homeless, refusedPools },
        isWaiting: false,
      };
    }
    case "nothing":
      return giveNew(subject, built, held);
  }
}

function giveNew(subject: AddressSubject, built: BuiltConfig, held: HeldAddresses): DecisionWithoutLosses {
  const recalled = recall(subject, built, held);
  if (recalled !== undefined) return complete(recalled, subject, built, held);
  const { assigned, considered } = allocate(subject, built, held);
  return assigned === undefined
    ? { addresses: [], outcome: { code: whyNothing(considered), considered }, isWaiting: true }
    : complete(assigned, subject, built, held);
}

/** Adds the second family to a dual-stack Service that has one, from the pool it is in (section 3.2 step 9). */
function complete(
  { pool, addresses }: Assignment,
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): DecisionWithoutLosses {
  const [family] = missingFamilies(
    subject.wanted,
    addresses.map((address) => address.family),
  );
  if (family === undefined) {
    return { addresses, outcome: allocatedFrom(pool, addresses, built), isWaiting: false };
  }
  const offer = secondAddress(family, pool, subject, built, held);
  if (offer.ok) {
    const both = [...addresses, ...offer.addresses];
    return { addresses: both, outcome: allocatedFrom(pool, both, built), isWaiting: false };
  }
  const isRequired = subject.wanted.want === "both";
  const { verdict } = offer;
  const outcome = { code: "SecondFamilyMissing", pool: pool.name, family, isRequired, verdict } as const;
  return { addresses, outcome, isWaiting: true };
}

/** What is decided already, or was had before, may be of another pool than the first one; what is new may not. */
function secondAddress(
  family: IpFamily,
  pool: Pool,
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): Offer {
  const decided = held
    .reservedFor(subject.key)
    .filter((address) => address.family === family && poolGiving(address, built) !== undefined)
    .find((address) => held.rivalOf(subject.key, address) === undefined);
  const own = decided ?? recallOne(family, subject, built, held)?.address;
  return own === undefined ? offerFrom(pool, [family], subject, held) : { ok: true, addresses: [own] };
}

function allocatedFrom(pool: Pool, addresses: readonly IpAddress[], built: BuiltConfig): AddressOutcome {
  const apart = addresses.flatMap((address) => {
    const home = poolGiving(address, built);
    return home === undefined || home === pool ? [] : [{ address, pool: home.name }];
  });
  return { code: "Allocated", pool: pool.name, apart };
}

/** What could have stayed and goes because the Service asked for something else and gets it. */
function givenUp(
  had: HeldJudgement,
  addresses: readonly IpAddress[],
  { request }: AddressSubject,
): readonly LostAddress[] {
  const gone = keptAddresses(had).filter((address) => !includesIpAddress(addresses, address));
  if (gone.length === 0 || request.asks === "nothing") return [];
  return gone.map((address) => ({ address, cause: { is: "request", source: request.source } }));
}
