import { type Condition, type LoadBalancerIngress, type ServiceResource } from "@steelyard/model/resources";
import { type Decision } from "./replica.ts";
import { addressesIn, type Cause, isOurs, keyOf, mayShare, possibleCauses, shown, uidOf } from "./rules.ts";
import { type Witness } from "./witness.ts";

/** Holds one write that was carried out against what no write may do. */
export function judgeWrite(
  decision: Decision,
  before: ServiceResource,
  after: ServiceResource,
  witness: Witness,
): readonly string[] {
  const { key, seen } = decision;
  const broken: string[] = [];
  const added = shown(after).filter((address) => !shown(before).includes(address));
  const lost = shown(before).filter((address) => !shown(after).includes(address));
  if (othersPart(before) !== othersPart(after)) broken.push(`9: ${key}: what is not ours was written`);
  broken.push(...retouched(before, after));
  if (seen.spec.type === "LoadBalancer" && !isOurs(seen)) broken.push(`9: ${key} belongs to another class`);
  if (isOurs(seen) && seen.metadata.deletionTimestamp !== undefined && added.length + lost.length > 0)
    broken.push(`2: ${key} is being deleted and was changed`);
  for (const address of added) broken.push(...doubled(address, decision, witness));
  if (!isOurs(seen)) return broken;
  const left = witness.left.get(uidOf(after)) ?? [];
  const overwritten = left.filter((address) => ![...shown(before), ...shown(after)].includes(address));
  const causes = new Map(
    [...lost, ...overwritten].map((address) => [address, causesOf(address, shown(after), decision, witness)]),
  );
  const had = lost.filter((address) => left.includes(address));
  if (causes.size > 0) witness.losses.push({ decision, causes, had });
  for (const address of lost)
    if (causes.get(address)?.size === 0) broken.push(`2: ${key} lost ${address} without a cause`);
  return broken;
}

/** Invariant 1: nobody else shows it, unless they share it, or somebody other than the leader has brought it about. */
function doubled(address: string, { key, term }: Decision, witness: Witness): readonly string[] {
  const { cluster, provenance, edited } = witness;
  const service = cluster.services.get(key);
  if (service === undefined || term !== witness.term) return [];
  return cluster.services
    .list()
    .filter((other) => keyOf(other) !== key && shown(other).includes(address) && !mayShare(service, other))
    .filter((other) => provenance.get(`${keyOf(other)} ${address}`) === "operator")
    .filter((other) => !edited.has(keyOf(other)) && !edited.has(key))
    .map((other) => `1: ${address} was given to ${key}, and ${keyOf(other)} has it`);
}

/** Invariant 2: which of the listed causes there are for a loss, in what the writer knew. */
function causesOf(
  text: string,
  next: readonly string[],
  { key, seen, services, pools }: Decision,
  { provenance, edited }: Witness,
): ReadonlySet<Cause> {
  const [address] = addressesIn(text);
  if (address === undefined) return new Set();
  return possibleCauses(address, {
    service: seen,
    next,
    others: services.filter((other) => keyOf(other) !== key),
    isDisputable: provenance.get(`${key} ${text}`) !== "operator" || edited.has(key),
    pools,
  });
}

const ownAnnotations = [
  "metallb.io/ip-allocated-from-pool",
  "steelyard.io/remembered-addresses",
  "steelyard.io/contested-addresses",
];

/** Invariant 9: everything of a Service that the operator has no business with, as one text. */
function othersPart({ metadata, spec, status }: ServiceResource): string {
  const { annotations = {}, ...rest } = { ...metadata, resourceVersion: "" };
  const foreign = Object.entries(annotations).filter(([name]) => !ownAnnotations.includes(name));
  const conditions = (status?.conditions ?? []).filter(isForeign);
  return JSON.stringify([
    Object.entries(rest).sort(),
    foreign.sort(),
    spec,
    conditions,
    othersEntries(status),
  ]);
}

function isForeign({ type }: Condition): boolean {
  return !type.startsWith("steelyard.io/");
}

function othersEntries(status: ServiceResource["status"]): readonly LoadBalancerIngress[] {
  return (status?.loadBalancer?.ingress ?? []).filter(({ ip }) => ip === undefined);
}

/** Invariant 9: what others have added to an entry of ours stays on it as long as the entry does. */
function retouched(before: ServiceResource, after: ServiceResource): readonly string[] {
  const entriesOf = ({ status }: ServiceResource) => status?.loadBalancer?.ingress ?? [];
  return entriesOf(after).flatMap((entry) => {
    const old = entriesOf(before).find(({ ip }) => ip !== undefined && ip === entry.ip);
    const isTheSame = old === undefined || JSON.stringify(old) === JSON.stringify(entry);
    return isTheSame ? [] : [`9: the entry ${entry.ip} of ${keyOf(after)} was changed`];
  });
}
