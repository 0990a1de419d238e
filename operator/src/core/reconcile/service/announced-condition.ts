import { type IpAddress } from "@steelyard/model/address";
import { type BuiltConfig, type L2Advertisement, type Pool } from "@steelyard/model/config";
import { formatLabelSelector } from "@steelyard/model/foundation";
import {
  type Condition,
  findCondition,
  type ServiceL2StatusResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { advertisementsFor } from "@steelyard/model/services";
import { poolGiving } from "../../allocator/index.ts";
import { listAddresses, listPoolNames } from "./allocated-condition.ts";
import { allocatedFromPool } from "./ingress.ts";

export const announcedType = "steelyard.io/Announced";

type Verdict = Omit<Condition, "lastTransitionTime">;

export interface AnnouncedFacts {
  readonly service: ServiceResource;
  readonly addresses: readonly IpAddress[];
  readonly built: BuiltConfig;
  /** What the agents report of this Service; undefined = it is not known yet, right after a start. */
  readonly l2Statuses: readonly ServiceL2StatusResource[] | undefined;
  readonly configNamespace: string;
}

/**
 * The condition that says who answers for the addresses, or why nobody can: an address that nothing announces is the
 * failure users find hardest to see (users.md, section 1).
 *
 * @returns undefined while it cannot be known: what was said before stands
 */
export function announcedCondition(facts: AnnouncedFacts): Verdict | undefined {
  const [first] = facts.addresses;
  const pool = first && poolGiving(first, facts.built);
  const advertisements = pool && advertisementsFor(pool, facts.service);
  if (pool !== undefined && advertisements?.length === 0) return notAdvertised(pool, facts);
  if (facts.l2Statuses === undefined) return undefined;
  if (facts.l2Statuses.length > 0) return answeredBy(facts.l2Statuses, facts);
  return advertisements === undefined ? whilePoolIsRefused(facts) : awaitingAgent(advertisements, facts);
}

/**
 * What was said when the pool was sound stands, as long as it told of no agent: nothing has changed for the Service. Of a
 * pool that is gone nothing stands.
 */
function whilePoolIsRefused({ service, addresses, built }: AnnouncedFacts): Verdict | undefined {
  const has = listAddresses(addresses);
  const { refusedPools } = built;
  const own = allocatedFromPool(service) ?? "";
  const isOwn = refusedPools.has(own);
  if (isOwn && isSaidOfSoundPool(has, findCondition(service.status?.conditions, announcedType)))
    return undefined;
  const refused = `${listPoolNames(isOwn ? [own] : [...refusedPools].sort())} refused`;
  return say("Unknown", "PoolRefused", `which L2Advertisement covers ${has} is unknown while ${refused}`);
}

function isSaidOfSoundPool(has: string, said: Condition | undefined): boolean {
  return said !== undefined && !["Layer2", "PoolRefused"].includes(said.reason) && said.message.includes(has);
}

function say(status: Condition["status"], reason: string, message: string): Verdict {
  return { type: announcedType, status, reason, message };
}

function notAdvertised(pool: Pool, facts: AnnouncedFacts): Verdict {
  const isOne = facts.addresses.length === 1;
  const has = `${listAddresses(facts.addresses)} ${isOne ? "is" : "are"} in pool ${pool.name}`;
  const mute = `so nothing answers for ${isOne ? "it" : "them"}`;
  const wrongLabels = pool.l2Advertisements[0];
  const message =
    wrongLabels === undefined
      ? `${has}, but no L2Advertisement selects that pool, ${mute}; ${mendByPool(pool, facts)}`
      : `${has}, but of the L2Advertisements that select that pool none selects this Service, ${mute}; ` +
        mendByLabels(wrongLabels);
  return say("False", "NoAdvertisement", message);
}

function mendByPool(pool: Pool, { built, configNamespace }: AnnouncedFacts): string {
  const manifest =
    `{apiVersion: metallb.io/v1beta1, kind: L2Advertisement, metadata: {name: ${pool.name}, ` +
    `namespace: ${configNamespace}}, spec: {ipAddressPools: [${pool.name}]}}`;
  const other = built.config.pools
    .flatMap((one) => one.l2Advertisements)
    .find((one) => one.serviceSelectors.length === 0);
  return other === undefined
    ? `create one: ${manifest}`
    : `add ${pool.name} to spec.ipAddressPools of L2Advertisement ${other.name}, or create one: ${manifest}`;
}

function mendByLabels({ name, serviceSelectors }: L2Advertisement): string {
  const selectors = serviceSelectors.map(formatLabelSelector).join(" or ");
  return `L2Advertisement ${name} wants a Service with the labels ${selectors}`;
}

function answeredBy(statuses: readonly ServiceL2StatusResource[], { addresses }: AnnouncedFacts): Verdict {
  const nodes = [...new Set(statuses.map(describeNode))].sort();
  const verb = nodes.length === 1 ? "answers" : "answer";
  return say("True", "Layer2", `${nodes.join(" and ")} ${verb} for ${listAddresses(addresses)}`);
}

function describeNode({ status }: ServiceL2StatusResource): string {
  const interfaces = (status?.interfaces ?? [])
    .flatMap(({ name }) => (name === undefined ? [] : [name]))
    .sort();
  const where = interfaces.length === 0 ? "every interface" : `interface ${interfaces.join(", ")}`;
  return `node ${status?.node ?? "unknown"} (on ${where})`;
}

function awaitingAgent(advertisements: readonly L2Advertisement[], { addresses }: AnnouncedFacts): Verdict {
  const has = listAddresses(addresses);
  const names = advertisements.map(({ name }) => name).join(", ");
  return say(
    "Unknown",
    "AwaitingAgent",
    `L2Advertisement ${names} covers ${has}, and no agent has reported yet that it answers; ` +
      "it takes an agent on a Ready node that the advertisement selects, and a ready endpoint of the Service",
  );
}
