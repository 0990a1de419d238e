import { type AuditRecord } from "../../cluster/index.ts";

/** Patches of Service statuses that the API server accepted. */
export function acceptedServicePatches(records: readonly AuditRecord[]): readonly AuditRecord[] {
  return records.filter(
    ({ verb, resource, subresource, code }) =>
      verb === "patch" && resource === "services" && subresource === "status" && code < 300,
  );
}

export function writesTo(records: readonly AuditRecord[], resource: string): readonly AuditRecord[] {
  return records.filter((record) => record.resource === resource && isWrite(record));
}

export function isWrite({ verb }: AuditRecord): boolean {
  return !["get", "list", "watch"].includes(verb);
}

/** Requests per second between the first and the last one received. */
export function rateOf(records: readonly AuditRecord[]): number {
  return (records.length - 1) / (spanMillis(records) / 1000);
}

export function spanMillis(records: readonly AuditRecord[]): number {
  const times = records.map(timeOf).sort((a, b) => a - b);
  return (times.at(-1) ?? 0) - (times[0] ?? 0);
}

/** Most requests within any second. */
export function mostPerSecond(records: readonly AuditRecord[]): number {
  const times = records.map(timeOf).sort((a, b) => a - b);
  return Math.max(
    0,
    ...times.map((from) => times.filter((time) => time >= from && time < from + 1000).length),
  );
}

/** Milliseconds since 1970 by the machine's clock, which the API server shares. */
export function timeOf({ time }: AuditRecord): number {
  return Date.parse(time);
}
