import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type BuiltConfig, type Pool } from "@steelyard/model/config";
import { type HeldAddresses, type ServiceKey } from "./address-book.ts";
import { allocate, type Offer, offerFrom } from "./allocate.ts";
import { type Applicant } from "./candidate-pools.ts";
import { type HeldJudgement, judgeHeld, type LostAddress } from "./judge-held.ts";
import { type ConsideredPool, type PoolVerdict } from "./pool-verdict.ts";
import { missingFamilies, type WantedFamilies } from "./wanted-families.ts";

/** A Service as the allocator sees it. */
export interface AddressSubject {
  readonly key: ServiceKey;
  readonly applicant: Applicant;
  readonly wanted: WantedFamilies;
  /** Families of the Service's cluster IPs. */
  readonly servedFamilies: readonly IpFamily[];
  /** What in the Service asks for a certain address or pool, in the user's words; undefined = nothing does. */
  readonly request: string | undefined;
}

/** Why the Service has what it has. A closed list: it is the reason of the condition `steelyard.io/Allocated`. */
export type AddressOutcome =
  | { readonly code: "Allocated"; readonly pool: string }
  /** No pool in force contains the homeless ones, but one of the refused pools may be where they are from. */
  | {
      readonly code: "KeptWhilePoolRefused";
      readonly homeless: readonly IpAddress[];
      readonly refusedPools: readonly string[];
    }
  /** One family is held, the other cannot be had from the same pool; `verdict` is undefined when a request forbids it. */
  | {
      readonly code: "SecondFamilyMissing";
      readonly pool: string;
      readonly family: IpFamily;
      readonly isRequired: boolean;
      readonly verdict: PoolVerdict | undefined;
    }
  | {
      readonly code: "NoPool" | "NoPoolMatches" | "PoolsFull" | "FamilyMissing" | "PoolRefused";
      readonly considered: readonly ConsideredPool[];
    }
  | { readonly code: "NoClusterIp" | "NotEnoughClusterIps" }
  | { readonly code: "RequestNotYetSupported"; readonly request: string };

export interface AddressDecision {
  /** What the Service shall have: what it keeps, in its order, then what is new. */
  readonly addresses: readonly IpAddress[];
  /** What its status shows and will show no longer. */
  readonly lost: readonly LostAddress[];
  readonly outcome: AddressOutcome;
  /** Something is missing that another Service or an edit of the pools may set free: the Service stands in line. */
  readonly isWaiting: boolean;
}

/**
 * Decides which addresses a Service shall have. What it holds comes first and stays if it can; only a Service that
 * holds nothing is given something new. An address reserved for it earlier counts as held even though the status does
 * not show it yet, so asking twice gives the same answer.
 */
export function decideAddresses(
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): AddressDecision {
  const judge = (addresses: readonly IpAddress[]): HeldJudgement =>
    judgeHeld(addresses, subject.servedFamilies, built);
  const observed = judge(held.observedFor(subject.key));
  const judgement = observed.at === "nothing" ? judge(held.reservedFor(subject.key)) : observed;
  return { ...decideFrom(judgement, subject, built, held), lost: observed.lost };
}

type DecisionWithoutLosses = Omit<AddressDecision, "lost">;

function decideFrom(
  judgement: HeldJudgement,
  subject: AddressSubject,
  built: BuiltConfig,
  held: HeldAddresses,
): DecisionWithoutLosses {
  switch (judgement.at) {
    case "kept":
      return complete(judgement.addresses, judgement.pool, subject, held);
    case "kept-under-fault": {
      const { addresses, homeless } = judgement;
      const refusedPools = [...built.refusedPools].sort();
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

/** Adds the second family to a dual-stack Service that holds one, from the pool it is in (section 3.2 step 9). */
function complete(
  kept: readonly IpAddress[],
  pool: Pool,
  subject: AddressSubject,
  held: HeldAddresses,
): DecisionWithoutLosses {
  const { wanted } = subject;
  if (wanted.want === "nothing")
    return { addresses: kept, outcome: { code: wanted.because }, isWaiting: false };
  const present = kept.map((address) => address.family);
  const [family] = missingFamilies(wanted, present);
  if (family === undefined) {
    return { addresses: kept, outcome: { code: "Allocated", pool: pool.name }, isWaiting: false };
  }
  const offer = secondAddress(family, pool, subject, held);
  if (offer?.ok === true) {
    const addresses = [...kept, ...offer.addresses];
    return { addresses, outcome: { code: "Allocated", pool: pool.name }, isWaiting: false };
  }
  const isRequired = wanted.want === "both";
  const missing = { code: "SecondFamilyMissing", pool: pool.name, family, isRequired } as const;
  return {
    addresses: kept,
    outcome: { ...missing, verdict: offer?.verdict },
    isWaiting: offer !== undefined,
  };
}

/**
 * What is reserved for the Service goes first: it is taken by the Service itself, so to look for another one would give
 * and free addresses without end.
 *
 * @returns undefined when a request forbids a choice of ours
 */
function secondAddress(
  family: IpFamily,
  pool: Pool,
  { key, request }: AddressSubject,
  held: HeldAddresses,
): Offer | undefined {
  const reserved = held
    .reservedFor(key)
    .filter((address) => address.family === family && pool.addresses.has(address));
  if (reserved.length > 0) return { ok: true, addresses: reserved };
  return request === undefined ? offerFrom(pool, [family], held) : undefined;
}

function giveNew(subject: AddressSubject, built: BuiltConfig, held: HeldAddresses): DecisionWithoutLosses {
  const { applicant, wanted, request } = subject;
  const nothing = { addresses: [], isWaiting: false };
  if (wanted.want === "nothing") return { ...nothing, outcome: { code: wanted.because } };
  // Choosing by request is the next issue's: an automatic address now would be one the user did not ask for, and
  // would have to be taken away again later.
  if (request !== undefined) return { ...nothing, outcome: { code: "RequestNotYetSupported", request } };
  const { assigned, considered } = allocate({ applicant, wanted }, built, held);
  return assigned === undefined
    ? { addresses: [], outcome: { code: whyNothing(considered), considered }, isWaiting: true }
    : complete(assigned.addresses, assigned.pool, subject, held);
}

/** The one word for many pools: what comes closest to having worked, because that is the smallest thing to mend. */
function whyNothing(
  considered: readonly ConsideredPool[],
): "NoPool" | "NoPoolMatches" | "PoolsFull" | "FamilyMissing" | "PoolRefused" {
  const has = (is: PoolVerdict["is"]): boolean => considered.some(({ verdict }) => verdict.is === is);
  if (considered.length === 0) return "NoPool";
  if (has("full")) return "PoolsFull";
  if (has("lacks-family")) return "FamilyMissing";
  return has("refused") ? "PoolRefused" : "NoPoolMatches";
}
