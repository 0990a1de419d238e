import { formatIpAddress } from "@steelyard/model/address";
import { whyNotCandidate } from "@steelyard/model/services";
import { type Claim, refusalOf } from "./claim.ts";
import { type ElectableAddresses } from "./electable-addresses.ts";
import { type Election } from "./elections.ts";
import { type Electorates, type KeyedElectorate } from "./electorates.ts";
import { findCandidate } from "./find-candidate.ts";
import { type Decision, type ServiceVerdict, type WithdrawReason } from "./types.ts";

/** Says of one Service whether this node may announce it, and why. */
export function judgeService(
  { service, claim }: Election,
  electable: ElectableAddresses,
  electorates: Electorates,
  nodeName: string,
): ServiceVerdict {
  const { namespace = "", name, uid } = service.metadata;
  const identity = { namespace, name, uid };
  if (!claim.ok) {
    const decision: Decision = { kind: "withdraw", ...claim.error };
    return {
      service: identity,
      addresses: nothing,
      interfaces: nothing,
      candidates: nothing,
      suspended: nothing,
      decision: electorates.sameDecision(decision),
    };
  }
  const { addresses, advertisements, first } = claim.value;
  const standing = electorates.standings(advertisements).get(nodeName);
  const electorate = electable.electorates.get(formatIpAddress(first)) ?? claim.value.electorate;
  return {
    service: identity,
    addresses,
    interfaces: standing?.candidate.interfaces ?? nothing,
    candidates: electorate.candidates,
    suspended: electorate.suspended,
    decision: decide(claim.value, electorate, electorates, nodeName),
  };
}

const nothing: readonly never[] = [];

/** The same object for the same words: most Services share a few verdicts. */
function decide(
  claim: Claim,
  electorate: KeyedElectorate,
  electorates: Electorates,
  nodeName: string,
): Decision {
  const decision = decisionOn(claim, electorate, electorates, nodeName);
  return electorates.sameDecision(decision);
}

function decisionOn(
  claim: Claim,
  electorate: KeyedElectorate,
  electorates: Electorates,
  nodeName: string,
): Decision {
  const { candidates } = electorate;
  const standings = electorates.standings(claim.advertisements);
  if (findCandidate(candidates, nodeName) !== undefined) return stand(claim, electorate, nodeName);
  const why = whyNotCandidate(standings, nodeName);
  if (why === undefined) return withdraw("notOwner", `the cluster has no node ${nodeName}`);
  if (why.reason === "not-covered") {
    const because = `no L2Advertisement for the Service covers the node ${nodeName}`;
    return withdraw("noMatchingAdvertisement", because);
  }
  if (candidates.length === 0) {
    return { kind: "withdraw", ...refusalOf(electorates.whyNobody(claim.advertisements, electorate)) };
  }
  if (findCandidate(claim.electorate.candidates, nodeName) !== undefined) {
    return withdraw("notOwner", `another Service with the address cannot be announced from ${nodeName}`);
  }
  return withdraw("notOwner", `node ${nodeName} ${why.because}`);
}

function stand({ home }: Claim, { candidates, suspended }: KeyedElectorate, nodeName: string): Decision {
  const own = findCandidate(candidates, nodeName);
  const among =
    candidates.length === 1 ? "the only node that may" : `one of ${candidates.length} nodes that may`;
  const preferred = own === undefined || own.preference === 0 ? "" : `, with preference ${own.preference}`;
  const lifted = suspended.find(({ node }) => node === nodeName);
  const last = lifted === undefined ? "" : `, though it ${lifted.because}: nobody else is left`;
  const { keptBecause } = home;
  const kept = keptBecause === undefined ? "" : `; kept until the Service gives it up, though ${keptBecause}`;
  return { kind: "candidate", because: `${among}${preferred}${last}${kept}` };
}

function withdraw(reason: WithdrawReason, because: string): Decision {
  return { kind: "withdraw", reason, because };
}
