import {
  electorateOf,
  type ExcludedNode,
  USUAL_ELECTORATE_RULES,
  whySuspended,
} from "@steelyard/model/services";
import {
  type AnnouncedFacts,
  type AnnouncedVerdict,
  type NamedAdvertisement,
  type Protocol,
  say,
} from "./announced-facts.ts";

/** Nobody but nodes that are not Ready has reported. */
export function doubted(says: string, nodes: readonly string[]): AnnouncedVerdict {
  const whichIs = nodes.length === 1 ? "that node is" : "those nodes are";
  return say(
    "Unknown",
    "NodeNotReady",
    `${says} by the last report, but ${whichIs} not Ready, so nobody knows whether that is still true; ` +
      "make a node Ready that may announce it",
  );
}

export function explainSuspension(
  advertisements: readonly NamedAdvertisement[],
  protocol: Protocol,
  facts: AnnouncedFacts,
): string {
  const suspended = suspendedNodes(advertisements, protocol, facts);
  return suspended.length === 0
    ? "every node that may announce it is excluded by label or taint, so the exclusion is suspended"
    : whySuspended(suspended);
}

function suspendedNodes(
  advertisements: readonly NamedAdvertisement[],
  protocol: Protocol,
  { standings }: AnnouncedFacts,
): readonly ExcludedNode[] {
  const known = standings(advertisements, protocol);
  return known === undefined ? [] : electorateOf(known, undefined, USUAL_ELECTORATE_RULES).suspended;
}

/** How the agents were started is not known here: with --strict-exclude-lb the last one is silent, too. */
export function whenStrict(
  advertisements: readonly NamedAdvertisement[],
  protocol: Protocol,
  facts: AnnouncedFacts,
): string {
  const [first, ...others] = suspendedNodes(advertisements, protocol, facts);
  if (first === undefined) return "";
  const more = others.length === 0 ? "" : `, and ${others.length} more are excluded too`;
  return `; agents with --strict-exclude-lb stay silent, because ${first.node} ${first.because}${more}`;
}

const mostAdvertisements = 5;

/** `L2Advertisement lan covers`, and how to speak of it afterwards. */
export function nameCovering(
  kind: string,
  advertisements: readonly NamedAdvertisement[],
): readonly [covering: string, one: string] {
  const named = advertisements.slice(0, mostAdvertisements).map(({ name }) => name);
  const more = advertisements.length - named.length;
  const names = [...named, ...(more > 0 ? [`${more} more`] : [])].join(" and ");
  return advertisements.length === 1
    ? [`${kind} ${names} covers`, "the advertisement"]
    : [`${kind}s ${names} cover`, "one of them"];
}
