import { assertNever } from "@steelyard/model/foundation";
import { type ServiceKey, type SharingRefusal, type SmallestEdit } from "../../allocator/index.ts";
import { asEntry, listSelectors } from "./explain-outcome.ts";

/** The smallest edit that would help, as a request to a person. */
export function suggestEdit(edit: SmallestEdit): string {
  switch (edit.do) {
    case "create-pool":
      return suggestPool(edit);
    case "add-addresses":
      return suggestAddresses(edit);
    case "add-family":
      return `add a range of ${edit.family} addresses to spec.addresses of pool ${edit.pool}`;
    case "add-this-address":
      return `add ${asEntry(edit.address)} to spec.addresses of a pool, or ask for an address that lies in one`;
    case "allow-buggy-addresses":
      return `ask for another address, or set spec.avoidBuggyIPs of pool ${edit.pool} to false`;
    case "repair-pool":
      return `repair pool ${edit.pool}`;
    case "assign-automatically":
      return `set spec.autoAssign of pool ${edit.pool} to true, or ask for the pool by annotation metallb.io/address-pool`;
    case "admit-namespace":
      return `add ${edit.namespace} to spec.serviceAllocation.namespaces of pool ${edit.pool}`;
    case "label-service":
      return `give the Service the labels ${listSelectors(edit.selectors)}`;
    case "mend-request":
      return edit.families === undefined
        ? "correct the request, or take it away"
        : `ask for one ${edit.families.join(" and one ")} address`;
    case "ask-one-pool":
      return "ask for two addresses of the same pool";
    case "ask-another":
      return suggestSharing(edit);
    case "drop-pool-request":
      return `take the request for pool ${edit.asked} away, or ask for an address of that pool`;
    case "add-cluster-ip":
      return "give the Service cluster IPs of the families it needs (spec.ipFamilies, spec.ipFamilyPolicy)";
    default:
      return assertNever(edit);
  }
}

function suggestPool({ pool, instead = [] }: Extract<SmallestEdit, { readonly do: "create-pool" }>): string {
  const example = "whose spec.addresses lists what may be given out, for example 192.0.2.10-192.0.2.20";
  if (pool === undefined) return `create one ${example}`;
  const other = instead.length === 0 ? "" : ", or ask for one that exists";
  return `create pool ${pool}${other}`;
}

function suggestAddresses({
  pool,
  orShare,
}: Extract<SmallestEdit, { readonly do: "add-addresses" }>): string {
  const more = `add addresses to spec.addresses of pool ${pool}, or delete a Service that holds one`;
  const edit = orShare && sharingEdit(orShare.holder, orShare.refusal);
  return edit === undefined ? more : `${more}, or ${edit}`;
}

function suggestSharing({ holder, refusal }: Extract<SmallestEdit, { readonly do: "ask-another" }>): string {
  const another = "ask for another address";
  const edit = sharingEdit(holder, refusal);
  return edit === undefined ? another : `${another}, or ${edit}`;
}

/** The one edit that lets the two share; undefined when one is not enough. */
function sharingEdit(holder: ServiceKey, refusal: SharingRefusal): string | undefined {
  if (refusal.rule !== "port" && refusal.besides !== undefined) return undefined;
  switch (refusal.rule) {
    case "no-key":
      return `give this Service and ${holder} the same annotation metallb.io/allow-shared-ip`;
    case "key":
      return `set annotation metallb.io/allow-shared-ip to ${JSON.stringify(refusal.theirs)}`;
    case "backend":
      return "set externalTrafficPolicy of both Services to Cluster";
    case "port":
      return `use another port than ${refusal.port}`;
    default:
      return assertNever(refusal);
  }
}
