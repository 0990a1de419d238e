import { formatIpAddress } from "@steelyard/model/address";
import { serviceKey } from "../desired/service-key.ts";
import { type ServiceVerdict } from "../desired/types.ts";
import { type WorkerReport } from "../machines/announcer/types.ts";
import { type Standing, type Standings } from "./standing.ts";

/**
 * What this node does for each Service. Two Services that share an address both stand on it; an address that the worker
 * still reports although no Service wants it any more is nobody's.
 */
export function buildStandings(
  verdicts: readonly Pick<ServiceVerdict, "service" | "addresses">[],
  report: WorkerReport,
): Standings {
  const owned = new Map(report.owned.map((entry) => [formatIpAddress(entry.address), entry]));
  const faults = new Map(report.unannounceable.map((entry) => [formatIpAddress(entry.address), entry]));
  const standings = verdicts.map(({ service, addresses }): [string, Standing] => {
    const keys = addresses.map((address) => formatIpAddress(address));
    const announced = keys.flatMap((key) => owned.get(key) ?? []);
    const failed = keys.flatMap((key) => faults.get(key) ?? []);
    return [serviceKey(service), { service, announced, failed }];
  });
  const involved = standings.filter(([, standing]) => standing.announced.length + standing.failed.length > 0);
  return new Map(involved.sort(([a], [b]) => (a < b ? -1 : 1)));
}
