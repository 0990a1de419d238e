import { assertNever } from "@steelyard/model/foundation";
import { type AddressOutcome, type ConsideredPool, type PoolVerdict } from "../../allocator/index.ts";

/** The part of an outcome without an address that pools are to blame for. */
type PoolOutcome = Extract<AddressOutcome, { readonly considered: unknown }>;

/** A condition's message may have 32 KiB; with thousands of pools the rest is counted instead of named. */
const longestListing = 30_000;

/**
 * Why no pool gave an address: every pool considered with its numbers, then the smallest edit that would help. Holds
 * nothing that changes by itself (no ages, no queue lengths): it must read the same until something really changes.
 */
export function explainPoolOutcome(
  { code, considered }: PoolOutcome,
  where: { readonly configNamespace: string; readonly serviceNamespace: string },
): string {
  if (code === "NoPool") {
    return (
      `there is no IPAddressPool in namespace ${where.configNamespace}; ` +
      "create one whose spec.addresses lists what may be given out, for example 192.0.2.10-192.0.2.20"
    );
  }
  return `${listPools(considered)}; ${suggestEdit(considered, where.serviceNamespace)}`;
}

/** One pool's verdict as a clause with the pool as its subject. */
export function explainVerdict(verdict: PoolVerdict): string {
  switch (verdict.is) {
    case "offers":
      return "has a free address";
    case "full":
      return `is full (${verdict.held} of ${verdict.total} ${verdict.family} addresses in use)`;
    case "lacks-family":
      return `has no ${verdict.family} addresses`;
    case "not-automatic":
      return "gives nothing automatically (autoAssign: false)";
    case "other-namespaces":
      return verdict.namespaces.length === 0
        ? "serves only namespaces that its namespaceSelectors match, and none does"
        : `serves only ${verdict.namespaces.length === 1 ? "namespace" : "namespaces"} ${verdict.namespaces.join(", ")}`;
    case "other-services":
      return "serves only Services that its serviceSelectors match";
    case "refused":
      return verdict.problem === undefined
        ? "is refused"
        : `is refused (${verdict.problem.path}: ${verdict.problem.message})`;
    default:
      return assertNever(verdict);
  }
}

function listPools(considered: readonly ConsideredPool[]): string {
  let text = "";
  for (const [index, { pool, verdict }] of considered.entries()) {
    const clause = `pool ${pool} ${explainVerdict(verdict)}`;
    if (text.length + clause.length > longestListing)
      return `${text}; and ${considered.length - index} more pools`;
    text += index === 0 ? clause : `; ${clause}`;
  }
  return text;
}

function suggestEdit(considered: readonly ConsideredPool[], namespace: string): string {
  const first = (is: PoolVerdict["is"]): ConsideredPool | undefined =>
    considered.find(({ verdict }) => verdict.is === is);
  const full = first("full");
  if (full !== undefined) {
    return `add addresses to spec.addresses of pool ${full.pool}, or delete a Service that holds one`;
  }
  const lacking = first("lacks-family");
  if (lacking?.verdict.is === "lacks-family") {
    return `add a range of ${lacking.verdict.family} addresses to spec.addresses of pool ${lacking.pool}`;
  }
  const refused = first("refused");
  if (refused !== undefined) return `repair pool ${refused.pool}`;
  const manual = first("not-automatic");
  if (manual !== undefined) return `set spec.autoAssign of pool ${manual.pool} to true`;
  const elsewhere = first("other-namespaces");
  if (elsewhere !== undefined) {
    return `add ${namespace} to spec.serviceAllocation.namespaces of pool ${elsewhere.pool}`;
  }
  return `give the Service labels that a pool's serviceSelectors match`;
}
