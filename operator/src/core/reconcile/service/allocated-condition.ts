import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Condition } from "@steelyard/model/resources";
import { type AddressDecision, type AddressOutcome, explainAllocation } from "../../allocator/index.ts";
import { explainPool, explainPools, explainRefusal } from "./explain-outcome.ts";
import { suggestEdit } from "./suggest-edit.ts";

export const allocatedType = "steelyard.io/Allocated";

/** Names that appear in messages. */
export interface Surroundings {
  /** Where the pools and advertisements live. */
  readonly configNamespace: string;
  readonly serviceNamespace: string;
}

/**
 * The condition that says which addresses a Service has and from where, or why it has none, and the smallest edit that
 * would help. It is False while the Service lacks what it needs or asks for, even if it has addresses that work.
 */
export function allocatedCondition(
  decision: AddressDecision,
  { configNamespace, serviceNamespace }: Surroundings,
): Omit<Condition, "lastTransitionTime"> {
  const { outcome, addresses } = decision;
  const { edit } = explainAllocation(decision, { namespace: serviceNamespace });
  const advice = edit === undefined ? "" : `; ${suggestEdit(edit)}`;
  return {
    type: allocatedType,
    status: isSatisfied(outcome) ? "True" : "False",
    reason: outcome.code,
    message: `${explain(outcome, addresses, configNamespace)}${advice}`,
  };
}

/** Whether the Service has all that it needs and asks for. */
export function isSatisfied(outcome: AddressOutcome): boolean {
  switch (outcome.code) {
    case "Allocated":
    case "KeptWhilePoolRefused":
      return true;
    case "SecondFamilyMissing":
      return !outcome.isRequired;
    default:
      return false;
  }
}

function explain(outcome: AddressOutcome, addresses: readonly IpAddress[], configNamespace: string): string {
  const has = listAddresses(addresses);
  switch (outcome.code) {
    case "Allocated":
      return outcome.apart.length === 0
        ? `${has} from pool ${outcome.pool}`
        : explainApart(addresses, outcome);
    case "KeptWhilePoolRefused":
      return `${has} ${explainKept(addresses, outcome)}`;
    case "SecondFamilyMissing":
      return `${has} from pool ${outcome.pool}, but no ${outcome.family} address: ${explainPool(outcome)}`;
    case "NoClusterIp":
      return "the Service has no cluster IP that traffic could be forwarded to";
    case "NotEnoughClusterIps":
      return withHeld(
        addresses,
        "ipFamilyPolicy RequireDualStack needs two cluster IPs, and the Service has one",
      );
    case "NoPool":
    case "NoPoolMatches":
    case "PoolsFull":
    case "FamilyMissing":
    case "PoolRefused":
      return withHeld(addresses, explainPools(outcome, configNamespace));
    default:
      return withHeld(addresses, explainRefusal(outcome));
  }
}

/** Address by address, because an edit has left them in two pools. */
function explainApart(
  addresses: readonly IpAddress[],
  { pool, apart }: Extract<AddressOutcome, { readonly code: "Allocated" }>,
): string {
  const homeOf = (address: IpAddress): string => apart.find((one) => one.address === address)?.pool ?? pool;
  return addresses.map((address) => `${formatIpAddress(address)} from pool ${homeOf(address)}`).join(" and ");
}

export function listAddresses(addresses: readonly IpAddress[]): string {
  return addresses.map(formatIpAddress).join(" and ");
}

/** What the Service has works on, whatever else it lacks: that comes first. */
function withHeld(addresses: readonly IpAddress[], why: string): string {
  if (addresses.length === 0) return why;
  return `${listAddresses(addresses)} ${addresses.length === 1 ? "stays" : "stay"}: ${why}`;
}

function explainKept(
  addresses: readonly IpAddress[],
  { homeless, refusedPools }: Extract<AddressOutcome, { readonly code: "KeptWhilePoolRefused" }>,
): string {
  const isOne = addresses.length === 1;
  const all = isOne ? "it" : "them";
  const which = homeless.length === addresses.length ? all : listAddresses(homeless);
  const refused = `${listPoolNames(refusedPools)} refused because of a fault`;
  return `${isOne ? "is" : "are"} kept: no pool in force contains ${which}, but ${refused}`;
}

/** With the verb: whatever is said of them follows. */
export function listPoolNames(names: readonly string[]): string {
  return names.length === 1 ? `pool ${names.join()} is` : `pools ${names.join(", ")} are`;
}
