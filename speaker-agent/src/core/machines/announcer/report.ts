import { compareIpAddresses, formatIpAddress } from "@steelyard/model/address";
import { readTally } from "./tally.ts";
import { type AnnouncerState, type WorkerReport } from "./types.ts";

/** The state as the main thread needs to know it. */
export function buildReport(state: AnnouncerState): WorkerReport {
  const owned = [...state.owned.values()].sort((left, right) =>
    compareIpAddresses(left.address, right.address),
  );
  return {
    snapshotVersion: state.snapshot?.version ?? 0,
    links: (state.links ?? [])
      .map(({ index, name }) => ({ index, name }))
      .sort((left, right) => left.index - right.index),
    owned: owned
      .filter(({ links }) => links.length > 0)
      .map(({ address, links }) => ({ address, interfaces: links.map((link) => link.name) })),
    unannounceable: owned
      .filter(({ links }) => links.length === 0)
      .map(({ address, because }) => ({ address, because })),
    counters: readTally(state.tally),
  };
}

/** Everything in a report but its counters, as text: a report is worth sending at once when this changes. */
export function reportFingerprint(report: WorkerReport): string {
  return JSON.stringify([
    report.snapshotVersion,
    report.links,
    report.owned.map(({ address, interfaces }) => [formatIpAddress(address), interfaces]),
    report.unannounceable.map(({ address, because }) => [formatIpAddress(address), because]),
  ]);
}
