import { stringAt } from "../json.ts";
import { column, type Column } from "./column.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** A duration in milliseconds the way kubectl shows ages: two units while small, one when large. */
export function formatAge(millis: number): string {
  if (millis < 0) return "0s";
  if (millis < 2 * minute) return `${Math.floor(millis / second)}s`;
  if (millis < 10 * minute) return twoUnits(millis, minute, "m", second, "s");
  if (millis < 3 * hour) return `${Math.floor(millis / minute)}m`;
  if (millis < 8 * hour) return twoUnits(millis, hour, "h", minute, "m");
  if (millis < 2 * day) return `${Math.floor(millis / hour)}h`;
  if (millis < 8 * day) return twoUnits(millis, day, "d", hour, "h");
  if (millis < 2 * year) return `${Math.floor(millis / day)}d`;
  if (millis < 8 * year) return twoUnits(millis, year, "y", day, "d");
  return `${Math.floor(millis / year)}y`;
}

function twoUnits(
  millis: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const rest = Math.floor((millis % large) / small);
  const head = `${Math.floor(millis / large)}${largeName}`;
  return rest === 0 ? head : `${head}${rest}${smallName}`;
}

/** The age of an RFC 3339 time, or `<unknown>`. */
export function ageOf(time: string | undefined, nowMillis: number): string {
  const since = Date.parse(time ?? "");
  return Number.isNaN(since) ? "<unknown>" : formatAge(nowMillis - since);
}

export const ageColumn: Column = column("Age", (object, { nowMillis }) =>
  ageOf(stringAt(object, "metadata", "creationTimestamp"), nowMillis),
);

export const nameColumn: Column = column("Name", (object) => object.metadata.name ?? "", { format: "name" });
