import { formatIpAddress } from "@steelyard/model/address";
import { type BgpVerdict } from "../desired/bgp/types.ts";
import { serviceKey } from "../desired/service-key.ts";
import { type ServiceVerdict } from "../desired/types.ts";
import { type Standing, type Standings } from "./standing.ts";

/** A line of the log, with MetalLB's words for `event` and `reason` (reference metallb.md, sections 4.1 and 6.7). */
export type AnnouncementChange =
  | {
      readonly event: "serviceAnnounced";
      readonly service: string;
      readonly ips: readonly string[];
      /** By layer 2. */
      readonly interfaces?: readonly string[];
      /** By BGP. */
      readonly peers?: readonly string[];
    }
  | {
      readonly event: "serviceWithdrawn";
      readonly service: string;
      readonly ips: readonly string[];
      readonly reason: string;
    }
  | {
      readonly event: "announceFailed";
      readonly service: string;
      readonly ips: readonly string[];
      readonly reason: string;
    };

/**
 * What has changed between two states of the world, sorted by Service.
 *
 * @param reasons by `namespace/name`, why a Service is withdrawn if it is
 */
export function announcementChanges(
  before: Standings,
  now: Standings,
  reasons: ReadonlyMap<string, string>,
): readonly AnnouncementChange[] {
  const services = [...new Set([...before.keys(), ...now.keys()])].sort();
  return services.flatMap((service) =>
    changesOf(service, before.get(service), now.get(service), reasons.get(service)),
  );
}

/** @param owners by the text of an address, the node that the worker says owns it */
export function layer2Reasons(
  verdicts: readonly ServiceVerdict[],
  owners: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  return new Map(verdicts.map((verdict) => [serviceKey(verdict.service), reasonOf(verdict, owners)]));
}

export function bgpReasons(verdicts: readonly BgpVerdict[]): ReadonlyMap<string, string> {
  return new Map(verdicts.map(({ service, decision }) => [serviceKey(service), bgpReasonOf(decision)]));
}

function bgpReasonOf(decision: BgpVerdict["decision"]): string {
  return decision.kind === "withdraw"
    ? `${decision.reason}: ${decision.because}`
    : "no BGPPeer of this node is to have it";
}

function changesOf(
  service: string,
  before: Standing | undefined,
  now: Standing | undefined,
  reason = "serviceDeleted: it is gone, or no longer ours",
): readonly AnnouncementChange[] {
  const changes: AnnouncementChange[] = [];
  const gained = without(addressesOf(now), addressesOf(before));
  const lost = without(addressesOf(before), addressesOf(now));
  if (lost.length > 0) changes.push({ event: "serviceWithdrawn", service, ips: lost, reason });
  if (gained.length > 0) {
    changes.push({ event: "serviceAnnounced", service, ips: gained, ...placesOf(now?.announced ?? []) });
  }
  const said = new Set(before?.failed.map(({ because }) => because));
  for (const { address, because } of now?.failed ?? []) {
    if (said.has(because)) continue;
    changes.push({ event: "announceFailed", service, ips: [formatIpAddress(address)], reason: because });
  }
  return changes;
}

function placesOf(announced: Standing["announced"]): { interfaces: string[] } | { peers: string[] } {
  const isBgp = announced.some(({ peers }) => peers !== undefined);
  const names = announced.flatMap(({ interfaces, peers }) => peers ?? interfaces);
  const places = [...new Set(names)].sort();
  return isBgp ? { peers: places } : { interfaces: places };
}

function addressesOf(standing: Standing | undefined): readonly string[] {
  return standing?.announced.map(({ address }) => formatIpAddress(address)) ?? [];
}

function without(texts: readonly string[], others: readonly string[]): readonly string[] {
  return texts.filter((text) => !others.includes(text));
}

function reasonOf({ decision, addresses }: ServiceVerdict, owners: ReadonlyMap<string, string>): string {
  if (decision.kind === "withdraw") return `${decision.reason}: ${decision.because}`;
  const owner = addresses.map((address) => owners.get(formatIpAddress(address))).find(isKnown);
  // The decision still stands here: it is the worker that found no way to carry it out.
  return owner === undefined ? "no interface can announce it" : `notOwner: node ${owner} has it now`;
}

function isKnown(node: string | undefined): node is string {
  return node !== undefined;
}
