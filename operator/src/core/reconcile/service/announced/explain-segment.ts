import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { assertNever, compareTexts } from "@steelyard/model/foundation";
import { FOREIGN_HOLDER } from "@steelyard/model/resources";
import { mostOfOneHost } from "../../../allocator/index.ts";
import { type SegmentFinding } from "../../../surroundings/index.ts";
import { type AnnouncedFacts, type AnnouncedVerdict, say } from "./announced-facts.ts";

type Finding<Is extends SegmentFinding["is"]> = Extract<SegmentFinding, { readonly is: Is }>;

const mostNamed = 5;

/** Somebody who is none of us answers for an address, so no agent does (users.md, D16). */
export function explainForeignHolder(facts: AnnouncedFacts): AnnouncedVerdict | undefined {
  const [held] = findings(facts, "held");
  if (held === undefined) return undefined;
  const address = formatIpAddress(held.address);
  return say(
    "False",
    FOREIGN_HOLDER,
    `${explainHeld(held)}, so no agent announces ${theAddresses(facts)}; ${whyItStays(held, facts)}; ` +
      `stop that host, or keep it off ${address}: an agent asks again, and announces when nobody answers`,
  );
}

/** The operator gives another address in place of such a one, unless there is a reason not to. */
function whyItStays({ mac }: Finding<"held">, facts: AnnouncedFacts): string {
  const { request, countQuarantinedBy, l2Statuses = [] } = facts;
  const count = countQuarantinedBy(mac);
  switch (request.asks) {
    case "addresses":
      return `the Service asks for this address (${request.source}) and keeps it`;
    case "malformed":
      return "it stays, because what the Service asks for cannot be read";
    case "nothing":
    case "pool":
      if (l2Statuses.length > 0) return "it stays, because an agent announces the Service's other address";
      return count < mostOfOneHost
        ? "it stays, because no pool has another one for the Service"
        : `it stays, because that host answers for ${mostOfOneHost} addresses or more, as a router with proxy ARP does`;
    default:
      return assertNever(request);
  }
}

/** A clause: who answers for the address, and who saw it. */
export function explainHeld({ address, mac, node }: Finding<"held">): string {
  return `${formatIpAddress(address)} is answered by ${mac} on the segment of node ${node}`;
}

/** The node that should answer has nowhere to. */
export function explainNoInterface(facts: AnnouncedFacts): AnnouncedVerdict | undefined {
  const missing = findings(facts, "unannounceable");
  if (missing.length === 0) return undefined;
  const nodes = listed(missing.map(({ node, because }) => `node ${node} ${because}`));
  return say("False", "NoInterface", `${nodes}, so nothing answers for ${theAddresses(facts)}`);
}

/** Agents report on Services, not on addresses: of two addresses one may have nobody. */
export function explainPart(facts: AnnouncedFacts, who: string): AnnouncedVerdict | undefined {
  const isMute = (address: IpAddress): boolean =>
    facts.findingsOf(address).some(({ is }) => is === "held" || is === "unannounceable");
  const mute = facts.addresses.filter(isMute);
  if (mute.length === 0 || mute.length === facts.addresses.length) return undefined;
  const rest = { ...facts, addresses: facts.addresses.filter((address) => !mute.includes(address)) };
  const part = { ...facts, addresses: mute };
  const verdict = explainForeignHolder(part) ?? explainNoInterface(part);
  return (
    verdict && {
      ...verdict,
      message: `of ${theAddresses(facts)} ${who} for ${theAddresses(rest)} only: ${verdict.message}`,
    }
  );
}

/** What a check of the segment tells against the agent that says it answers. */
export function explainCheck(facts: AnnouncedFacts, says: string): AnnouncedVerdict | undefined {
  const checks = findings(facts, "check");
  const [check] = checks;
  if (check === undefined) return undefined;
  const { verdict } = check;
  const alike = checks.filter((one) => one.verdict === verdict);
  const who = listed(alike.map(({ node }) => node));
  const address = formatIpAddress(check.address);
  const macs = [...check.macs].sort(compareTexts).join(" and ");
  const asked = `${says}, but ${who} asked the segment for ${address} and`;
  switch (verdict) {
    case "NobodyAnswers":
      return say("False", verdict, `${asked} heard nobody; look at the network between these nodes`);
    case "TwoAnswer":
      return say(
        "False",
        verdict,
        `${asked} heard more than one host (${macs}); stop the one that is no node of the cluster`,
      );
    case "ForeignHost":
      return say(
        "False",
        verdict,
        `${asked} heard only ${macs}, which is no node of the cluster; stop that host, or keep it off ${address}`,
      );
  }
}

/** Whether an agent announces although a rule excludes every node that may. */
export function isSuspended(facts: AnnouncedFacts): boolean {
  return findings(facts, "suspended").length > 0;
}

function findings<Is extends SegmentFinding["is"]>(
  { addresses, findingsOf }: AnnouncedFacts,
  is: Is,
): readonly Finding<Is>[] {
  return addresses.flatMap(findingsOf).filter((finding): finding is Finding<Is> => finding.is === is);
}

function theAddresses({ addresses }: AnnouncedFacts): string {
  return addresses.map(formatIpAddress).join(" and ");
}

function listed(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  const more = distinct.length - mostNamed;
  return `${distinct.slice(0, mostNamed).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}
