import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { assertNever } from "@steelyard/model/foundation";
import { type Condition } from "@steelyard/model/resources";
import { type AddressDecision, type AddressOutcome } from "../../allocator/index.ts";
import { explainPoolOutcome, explainVerdict } from "./explain-outcome.ts";

export const allocatedType = "steelyard.io/Allocated";

/** Names that appear in messages. */
export interface Surroundings {
  /** Where the pools and advertisements live. */
  readonly configNamespace: string;
  readonly serviceNamespace: string;
}

/** The condition that says which addresses a Service has and from where, or why it has none. */
export function allocatedCondition(
  { addresses, outcome }: AddressDecision,
  surroundings: Surroundings,
): Omit<Condition, "lastTransitionTime"> {
  const has = listAddresses(addresses);
  const say = (status: "True" | "False", message: string) => ({
    type: allocatedType,
    status,
    reason: outcome.code,
    message,
  });
  switch (outcome.code) {
    case "Allocated":
      return say("True", `${has} from pool ${outcome.pool}`);
    case "KeptWhilePoolRefused":
      return say("True", `${has} ${explainKept(addresses, outcome)}`);
    case "SecondFamilyMissing": {
      const because =
        outcome.verdict === undefined
          ? "choosing addresses by request is not available in this version"
          : `pool ${outcome.pool} ${explainVerdict(outcome.verdict)}`;
      const message = `${has} from pool ${outcome.pool}, but no ${outcome.family} address: ${because}`;
      return say(outcome.isRequired ? "False" : "True", message);
    }
    case "NoClusterIp":
      return say("False", "the Service has no cluster IP that traffic could be forwarded to");
    case "NotEnoughClusterIps":
      return say(
        "False",
        `ipFamilyPolicy RequireDualStack needs two cluster IPs, and the Service has one${kept(has)}`,
      );
    case "RequestNotYetSupported":
      return say(
        "False",
        `the Service asks for a certain address or pool (${outcome.request}), and choosing by request is not available ` +
          "in this version; nothing was given, so that the Service cannot get a different address",
      );
    case "NoPool":
    case "NoPoolMatches":
    case "PoolsFull":
    case "FamilyMissing":
    case "PoolRefused":
      return say("False", explainPoolOutcome(outcome, surroundings));
    default:
      return assertNever(outcome);
  }
}

export function listAddresses(addresses: readonly IpAddress[]): string {
  return addresses.map(formatIpAddress).join(" and ");
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

function kept(has: string): string {
  return has === "" ? "" : `; ${has} stays`;
}

function listPoolNames(names: readonly string[]): string {
  return names.length === 1 ? `pool ${names.join()} is` : `pools ${names.join(", ")} are`;
}
