import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type ForeignClaim, type SegmentReport, type SegmentVerdict } from "@steelyard/model/resources";
import { type DesiredState } from "../desired/types.ts";
import { type WorkerReport } from "../machines/announcer/types.ts";
import { formatMac, type MacAddress } from "../wire/mac-address.ts";

/** Somebody who is none of us and answers for an address, or claims it. */
export interface SeenHolder {
  readonly address: IpAddress;
  readonly mac: MacAddress;
  /** RFC 3339: when it was first seen. */
  readonly since: string;
}

/** What the worker sees of the segment otherwise than it should be. */
export interface SegmentSight {
  /** Not announced for that reason. */
  readonly held: readonly SeenHolder[];
  /** Announced, and defended against somebody since the worker started. */
  readonly defended: readonly (SeenHolder & { readonly count: number })[];
  /** Of other nodes' addresses. */
  readonly checks: readonly {
    readonly address: IpAddress;
    readonly verdict: SegmentVerdict;
    readonly macs: readonly MacAddress[];
  }[];
  /** This node's to announce, but no interface can. */
  readonly unannounceable: readonly { readonly address: IpAddress; readonly because: string }[];
}

/**
 * In the form that the operator reads.
 *
 * @param suspended addresses that this node announces, by whatever protocol, although a rule excludes every node that may
 */
export function segmentReport(sight: SegmentSight, suspended: readonly IpAddress[]): SegmentReport {
  return {
    held: byAddress(sight.held, claimOf),
    defended: byAddress(sight.defended, claimOf),
    checks: byAddress(sight.checks, ({ verdict, macs }) => ({ verdict, macs: macs.map(formatMac) })),
    suspended: [...new Set(suspended.map(formatIpAddress))],
    unannounceable: byAddress(sight.unannounceable, ({ because }) => because),
  };
}

/** Addresses that this node announces although a rule excludes every node that may. */
export function announcedSuspended(
  { verdicts }: Pick<DesiredState, "verdicts">,
  { owned }: Pick<WorkerReport, "owned">,
): readonly IpAddress[] {
  const suspended = verdicts.filter((verdict) => verdict.suspended.length > 0);
  if (suspended.length === 0) return [];
  const announced = new Set(owned.map(({ address }) => formatIpAddress(address)));
  const addresses = suspended.flatMap((verdict) => verdict.addresses);
  return addresses.filter((address) => announced.has(formatIpAddress(address)));
}

function byAddress<T extends { readonly address: IpAddress }, R>(
  items: readonly T[],
  say: (item: T) => R,
): Readonly<Record<string, R>> {
  return Object.fromEntries(items.map((item) => [formatIpAddress(item.address), say(item)]));
}

function claimOf({ mac, since }: SeenHolder): ForeignClaim {
  return { mac: formatMac(mac), since };
}
