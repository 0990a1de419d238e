import { formatIpAddress, formatIpRange, type IpAddress } from "@steelyard/model/address";
import { describePool, type Pool } from "@steelyard/model/config";
import { assertNever, formatLabelSelector, type LabelSelector } from "@steelyard/model/foundation";
import {
  type ConsideredPool,
  type PoolsOutcome,
  type PoolVerdict,
  type RequestRefusal,
  type SharingRefusal,
} from "../../allocator/index.ts";

/** A condition's message may have 32 KiB; with thousands of pools the rest is counted instead of named. */
const longestListing = 30_000;
/** One pool may serve thousands of namespaces: it must not take the room of all others. */
const mostNames = 10;
/** Addresses that somebody outside the cluster has. */
const mostQuarantined = 3;
/** Selectors may be of any length. */
const longestVerdict = 2_000;

/**
 * Why no pool gave an address: every pool considered with its numbers. Holds nothing that changes by itself (no ages, no
 * queue lengths): it must read the same until something really changes.
 */
export function explainPools({ code, considered, source }: PoolsOutcome, configNamespace: string): string {
  if (code === "NoPool") return `there is no IPAddressPool in namespace ${configNamespace}`;
  const pools = listWhatFits(considered.map(explainPool), "; ");
  return source === undefined ? pools : `${pools} (asked for by ${source})`;
}

/** One pool's verdict as a clause with the pool as its subject. */
export function explainPool({ pool, verdict }: ConsideredPool): string {
  return `pool ${pool} ${shortened(explainVerdict(verdict))}`;
}

function explainVerdict(verdict: PoolVerdict): string {
  switch (verdict.is) {
    case "full":
      return `is full (${verdict.held} of ${verdict.total} ${verdict.family} addresses in use${explainUnshared(verdict)}${explainQuarantined(verdict)})`;
    case "lacks-family":
      return `has no ${verdict.family} addresses`;
    case "not-automatic":
      return "gives nothing automatically (autoAssign: false)";
    case "other-namespaces":
      return verdict.namespaces.length === 0
        ? "serves only namespaces that its namespaceSelectors match, and none does"
        : `serves only ${verdict.namespaces.length === 1 ? "namespace" : "namespaces"} ${listBeginning(verdict.namespaces, ", ")}`;
    case "other-services":
      return `serves only Services with labels ${listSelectors(verdict.selectors)}`;
    case "refused":
      return verdict.problem === undefined
        ? "is refused"
        : `is refused (${verdict.problem.path}: ${verdict.problem.message})`;
    default:
      return assertNever(verdict);
  }
}

function explainUnshared({ unshared }: Extract<PoolVerdict, { readonly is: "full" }>): string {
  if (unshared === undefined) return "";
  const { address, holder, refusal } = unshared;
  return `; ${formatIpAddress(address)} has the same sharing key, but is held by ${holder}, ${explainSharing(refusal)}`;
}

/** What is free and not given out: whoever reads "5 of 9 in use" asks for the others. */
function explainQuarantined({ quarantined = [] }: Extract<PoolVerdict, { readonly is: "full" }>): string {
  const named = quarantined
    .slice(0, mostQuarantined)
    .map(
      ({ address, mac, node }) =>
        `; ${formatIpAddress(address)} is answered by ${mac} on node ${node}'s segment`,
    );
  const more = quarantined.length - named.length;
  return `${named.join("")}${more > 0 ? `; and ${more} more alike` : ""}`;
}

/** By which rule a request cannot be followed. */
export function explainRefusal(refusal: RequestRefusal): string {
  const { source } = refusal;
  switch (refusal.code) {
    case "RequestMalformed":
      return `the request (${source}) cannot be followed: ${refusal.problem}`;
    case "RequestedFamiliesDiffer":
      return (
        `${source} asks for ${refusal.requested.join(" and ")}, ` +
        `and the Service needs ${refusal.served.join(" and ")} for its cluster IPs`
      );
    case "RequestedAddressOutsidePools":
      return `${asked(refusal.address, source)} is in none of the pools: ${listPools(refusal.pools, refusal.refusedPools)}`;
    case "RequestedAddressAvoided":
      return `${asked(refusal.address, source)} is left out by pool ${refusal.pool} (avoidBuggyIPs: true)`;
    case "RequestedAddressesInTwoPools":
      return `${source} asks for addresses of pools ${refusal.pools.join(" and ")}, and both have to be from one pool`;
    case "RequestedAddressHeld":
    case "SharingRefused": {
      const { address, holder } = refusal.conflict;
      return `${asked(address, source)} is held by ${holder}, ${explainSharing(refusal.conflict.refusal)}`;
    }
    case "RequestedAddressNotAllowed":
      return `${asked(refusal.address, source)} is in a pool that is not allowed here: ${explainPool(refusal)}`;
    case "RequestedPoolUnknown":
      return `there is no pool ${refusal.asked} (${source})${listOthers(refusal.pools)}`;
    case "RequestedPoolNotAllowed":
      return `the pool asked for (${source}) is not allowed here: ${explainPool(refusal)}`;
    case "RequestedPoolDiffers":
      return `${asked(refusal.address, source)} is in pool ${refusal.pool}, and the Service asks for pool ${refusal.asked} as well`;
    default:
      return assertNever(refusal);
  }
}

/** By which rule two Services do not share; a clause that follows the name of the one that holds the address. */
export function explainSharing(refusal: SharingRefusal): string {
  switch (refusal.rule) {
    case "no-key":
      return "and the two do not share it";
    case "key":
      return `which shares by another key (${quoted(refusal.theirs)}, here ${quoted(refusal.mine)})`;
    case "backend":
      return "which sends traffic to other pods or by another externalTrafficPolicy";
    case "port":
      return `which uses port ${refusal.port} too`;
    default:
      return assertNever(refusal);
  }
}

function asked(address: IpAddress, source: string): string {
  const text = formatIpAddress(address);
  return source.endsWith(`: ${text}`)
    ? `${text} (${source.slice(0, -text.length - 2)})`
    : `${text} (${source})`;
}

function listPools(pools: readonly Pool[], refused: readonly string[]): string {
  const inForce = pools.map(describePool);
  const faulty = refused.map((name) => `pool ${name} is refused for a fault`);
  const all = [...inForce, ...faulty];
  return all.length === 0 ? "there is none" : listWhatFits(all, ", ");
}

function listOthers(pools: readonly string[]): string {
  return pools.length === 0 ? ", and none is in force" : `, in force: ${listWhatFits(pools, ", ")}`;
}

/** Labels that a Service may have to be served, one set of them or another. */
export function listSelectors(selectors: readonly LabelSelector[]): string {
  return shortened(listBeginning(selectors.map(formatLabelSelector), " or "));
}

function listBeginning(names: readonly string[], separator: string): string {
  const more = names.length - mostNames;
  const beginning = names.slice(0, mostNames).join(separator);
  return more > 0 ? `${beginning} and ${more} more` : beginning;
}

function shortened(text: string): string {
  return text.length > longestVerdict ? `${text.slice(0, longestVerdict)}…` : text;
}

function listWhatFits(parts: readonly string[], separator: string): string {
  let text = "";
  for (const [index, part] of parts.entries()) {
    if (text.length + part.length > longestListing) return `${text}; and ${parts.length - index} more`;
    text += index === 0 ? part : `${separator}${part}`;
  }
  return text;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** An address as an entry of spec.addresses. */
export function asEntry(address: IpAddress): string {
  return formatIpRange({ family: address.family, first: address.value, last: address.value });
}
