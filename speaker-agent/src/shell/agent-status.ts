import { formatIpAddress } from "@steelyard/model/address";
import { type SegmentReport } from "@steelyard/model/resources";
import { serviceKey } from "../core/desired/service-key.ts";
import { type DesiredState } from "../core/desired/types.ts";
import { segmentReport } from "../core/reporting/segment-sight.ts";
import { type NetioReport, type RingMember } from "../ports/netio-report.ts";

/** What `/status.json` says: what this agent knows of the moment, for people and their scripts. */
export interface AgentStatus {
  readonly node: string;
  readonly healthy: string;
  readonly ready: string;
  /** undefined = the worker has not spoken yet. */
  readonly policy: NetioReport["policy"] | undefined;
  /** undefined = there is no membership, or the worker has not spoken yet. */
  readonly members: readonly RingMember[] | undefined;
  readonly addresses: Readonly<Record<string, AddressStatus>>;
  /** Only what is not as it should be. */
  readonly segment: Omit<SegmentReport, "suspended"> | undefined;
}

export interface AddressStatus {
  /** null = nobody, as far as this node knows. */
  readonly owner: string | null;
  /** Where this node announces it; absent = it does not. */
  readonly interfaces?: readonly string[];
  readonly services: readonly string[];
  /** Whether this node may announce it, and why; one sentence. */
  readonly because: string;
}

export interface StatusFacts {
  readonly nodeName: string;
  readonly whyNotHealthy: string | undefined;
  readonly whyNotReady: string | undefined;
  readonly desired: DesiredState | undefined;
  readonly report: NetioReport | undefined;
  /** By the text of an address. */
  readonly owners: ReadonlyMap<string, string>;
}

export function agentStatus(facts: StatusFacts): AgentStatus {
  const { nodeName, whyNotHealthy, whyNotReady, desired, report, owners } = facts;
  return {
    node: nodeName,
    healthy: whyNotHealthy ?? "ok",
    ready: whyNotReady ?? "ok",
    policy: report?.policy,
    members: report?.members,
    addresses: desired === undefined ? {} : addressesOf(desired, report, owners),
    segment: report && seenOf(report),
  };
}

function seenOf(report: NetioReport): AgentStatus["segment"] {
  const { held, defended, checks, unannounceable } = segmentReport(report, []);
  return { held, defended, checks, unannounceable };
}

function addressesOf(
  { verdicts }: DesiredState,
  report: NetioReport | undefined,
  owners: StatusFacts["owners"],
): AgentStatus["addresses"] {
  const announced = new Map(
    report?.owned.map(({ address, interfaces }) => [formatIpAddress(address), interfaces]),
  );
  const addresses = new Map<string, AddressStatus>();
  for (const { service, addresses: held, decision } of verdicts) {
    for (const text of held.map(formatIpAddress)) {
      const interfaces = announced.get(text);
      addresses.set(text, {
        owner: owners.get(text) ?? null,
        ...(interfaces !== undefined && { interfaces }),
        services: [...(addresses.get(text)?.services ?? []), serviceKey(service)],
        because: decision.because,
      });
    }
  }
  return Object.fromEntries(addresses);
}
