import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type WorkerReport } from "../machines/announcer/types.ts";
import { type Standing, type Standings } from "./standing.ts";

/** A Service that the cluster announces; which node does it is not said here. */
export interface AnnouncedService {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | undefined;
  /** In the order of the Service's status. */
  readonly addresses: readonly IpAddress[];
}

/**
 * What this node does for each Service. Two Services that share an address both stand on it; an address that the worker
 * still reports although no Service wants it any more is nobody's.
 */
export function buildStandings(services: readonly AnnouncedService[], report: WorkerReport): Standings {
  const owned = new Map(report.owned.map((entry) => [formatIpAddress(entry.address), entry]));
  const faults = new Map(report.unannounceable.map((entry) => [formatIpAddress(entry.address), entry]));
  const standings = services.map((service): [string, Standing] => {
    const { namespace, name, uid } = service;
    const keys = service.addresses.map((address) => formatIpAddress(address));
    const announced = keys.flatMap((key) => owned.get(key) ?? []);
    const failed = keys.flatMap((key) => faults.get(key) ?? []);
    return [`${namespace}/${name}`, { namespace, name, uid, announced, failed }];
  });
  const involved = standings.filter(([, standing]) => standing.announced.length + standing.failed.length > 0);
  return new Map(involved.sort(([a], [b]) => (a < b ? -1 : 1)));
}
