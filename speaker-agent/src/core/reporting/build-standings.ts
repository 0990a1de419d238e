import { formatIpAddress } from "@steelyard/model/address";
import { compareTexts } from "@steelyard/model/foundation";
import { whySuspended } from "@steelyard/model/services";
import { serviceKey } from "../desired/service-key.ts";
import { type ServiceVerdict } from "../desired/types.ts";
import { type WorkerReport } from "../machines/announcer/types.ts";
import { formatMac } from "../wire/mac-address.ts";
import { type SegmentSight } from "./segment-sight.ts";
import { type Standing, type Standings } from "./standing.ts";

type Sight = Pick<WorkerReport, "owned" | "unannounceable"> & Pick<SegmentSight, "held" | "defended">;

/**
 * What this node does for each Service. Two Services that share an address both stand on it; an address that the worker
 * still reports although no Service wants it any more is nobody's.
 */
export function buildStandings(
  verdicts: readonly Pick<ServiceVerdict, "service" | "addresses" | "suspended">[],
  report: Sight,
): Standings {
  const owned = byAddress(report.owned);
  const faults = byAddress(report.unannounceable);
  const held = byAddress(report.held.map(withText));
  const defended = byAddress(report.defended.map(withText));
  const standings = verdicts.map(({ service, addresses, suspended }): [string, Standing] => {
    const keys = addresses.map(formatIpAddress);
    const announced = keys.flatMap((key) => owned.get(key) ?? []);
    const standing: Standing = {
      service,
      announced,
      failed: keys.flatMap((key) => faults.get(key) ?? []),
      held: keys.flatMap((key) => held.get(key) ?? []),
      defended: keys.flatMap((key) => defended.get(key) ?? []),
      suspended: announced.length > 0 && suspended.length > 0 ? whySuspended(suspended) : undefined,
    };
    return [serviceKey(service), standing];
  });
  return new Map(
    standings.filter(([, standing]) => isInvolved(standing)).sort(([a], [b]) => compareTexts(a, b)),
  );
}

function byAddress<T extends { readonly address: Parameters<typeof formatIpAddress>[0] }>(
  items: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [formatIpAddress(item.address), item]));
}

function withText({ address, mac }: Sight["held"][number]): Standing["held"][number] {
  return { address, mac: formatMac(mac) };
}

function isInvolved({ announced, failed, held }: Standing): boolean {
  return announced.length + failed.length + held.length > 0;
}
