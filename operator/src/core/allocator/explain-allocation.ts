import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type LabelSelector } from "@steelyard/model/foundation";
import { type AddressOutcome, type RequestRefusal } from "./address-outcome.ts";
import { type AddressConflict, type ServiceKey } from "./holders.ts";
import { type Applicant } from "./candidate-pools.ts";
import { type AddressDecision } from "./decide-addresses.ts";
import { type ConsideredPool, type NotServedVerdict, type PoolVerdict } from "./pool-verdict.ts";
import { type SharingRefusal } from "./sharing.ts";

/** The smallest change by a person that would give the Service what it lacks. */
export type SmallestEdit =
  | { readonly do: "create-pool"; readonly pool?: string; readonly instead?: readonly string[] }
  | { readonly do: "add-addresses"; readonly pool: string; readonly orShare?: AddressConflict }
  | { readonly do: "add-family"; readonly pool: string; readonly family: IpFamily }
  | { readonly do: "add-this-address"; readonly address: IpAddress }
  | { readonly do: "allow-buggy-addresses"; readonly pool: string }
  | { readonly do: "repair-pool"; readonly pool: string }
  | { readonly do: "assign-automatically"; readonly pool: string }
  | { readonly do: "admit-namespace"; readonly pool: string; readonly namespace: string }
  | { readonly do: "label-service"; readonly pool: string; readonly selectors: readonly LabelSelector[] }
  | { readonly do: "mend-request"; readonly families?: readonly IpFamily[] }
  | { readonly do: "ask-one-pool" }
  | { readonly do: "ask-another"; readonly holder: ServiceKey; readonly refusal: SharingRefusal }
  | { readonly do: "drop-pool-request"; readonly asked: string }
  | { readonly do: "add-cluster-ip" };

/** Why a Service has what it has, as values: for conditions, events, `plan` and tests. */
export interface AllocationExplanation {
  readonly outcome: AddressOutcome;
  /** The pools that were asked in vain or passed over, in that order. */
  readonly considered: readonly ConsideredPool[];
  /** undefined = nothing is missing, or nothing that an edit would bring. */
  readonly edit: SmallestEdit | undefined;
}

/** The reasons behind a decision about the Services of `applicant`. */
export function explainAllocation(
  { outcome }: Pick<AddressDecision, "outcome">,
  applicant: Pick<Applicant, "namespace">,
): AllocationExplanation {
  return {
    outcome,
    considered: "considered" in outcome ? outcome.considered : [],
    edit: smallestEdit(outcome, applicant.namespace),
  };
}

function smallestEdit(outcome: AddressOutcome, namespace: string): SmallestEdit | undefined {
  switch (outcome.code) {
    case "Allocated":
      return undefined;
    case "KeptWhilePoolRefused": {
      // Which of several it is from cannot be known.
      const [pool, ...others] = outcome.refusedPools;
      return pool === undefined || others.length > 0 ? undefined : { do: "repair-pool", pool };
    }
    case "SecondFamilyMissing":
      return editOfPool({ pool: outcome.pool, verdict: outcome.verdict }, namespace);
    case "NoClusterIp":
    case "NotEnoughClusterIps":
      return { do: "add-cluster-ip" };
    case "NoPool":
      return { do: "create-pool" };
    case "NoPoolMatches":
    case "PoolsFull":
    case "FamilyMissing":
    case "PoolRefused": {
      const nearest = nearestPool(outcome.considered);
      return nearest && editOfPool(nearest, namespace);
    }
    default:
      return editOfRequest(outcome, namespace);
  }
}

/** What comes closest to having worked. */
const nearestFirst: readonly PoolVerdict["is"][] = [
  "full",
  "lacks-family",
  "refused",
  "not-automatic",
  "other-namespaces",
  "other-services",
];

function nearestPool(considered: readonly ConsideredPool[]): ConsideredPool | undefined {
  for (const is of nearestFirst) {
    const found = considered.find(({ verdict }) => verdict.is === is);
    if (found !== undefined) return found;
  }
  return undefined;
}

function editOfPool({ pool, verdict }: ConsideredPool, namespace: string): SmallestEdit {
  switch (verdict.is) {
    case "full":
      return { do: "add-addresses", pool, ...(verdict.unshared && { orShare: verdict.unshared }) };
    case "lacks-family":
      return { do: "add-family", pool, family: verdict.family };
    case "refused":
      return { do: "repair-pool", pool };
    case "not-automatic":
      return { do: "assign-automatically", pool };
    case "other-namespaces":
    case "other-services":
      return editOfAccess(pool, verdict, namespace);
  }
}

function editOfAccess(pool: string, verdict: NotServedVerdict, namespace: string): SmallestEdit {
  return verdict.is === "other-namespaces"
    ? { do: "admit-namespace", pool, namespace }
    : { do: "label-service", pool, selectors: verdict.selectors };
}

function editOfRequest(refusal: RequestRefusal, namespace: string): SmallestEdit {
  switch (refusal.code) {
    case "RequestMalformed":
      return { do: "mend-request" };
    case "RequestedFamiliesDiffer":
      return { do: "mend-request", families: refusal.served };
    case "RequestedAddressOutsidePools": {
      const [pool] = refusal.refusedPools;
      return pool === undefined
        ? { do: "add-this-address", address: refusal.address }
        : { do: "repair-pool", pool };
    }
    case "RequestedAddressAvoided":
      return { do: "allow-buggy-addresses", pool: refusal.pool };
    case "RequestedAddressesInTwoPools":
      return { do: "ask-one-pool" };
    case "RequestedAddressHeld":
    case "SharingRefused":
      return { do: "ask-another", holder: refusal.conflict.holder, refusal: refusal.conflict.refusal };
    case "RequestedAddressNotAllowed":
    case "RequestedPoolNotAllowed":
      return editOfAccess(refusal.pool, refusal.verdict, namespace);
    case "RequestedPoolUnknown":
      return { do: "create-pool", pool: refusal.asked, instead: refusal.pools };
    case "RequestedPoolDiffers":
      return { do: "drop-pool-request", asked: refusal.asked };
  }
}
