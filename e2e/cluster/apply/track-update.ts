import { type JsonObject } from "../json.ts";
import { type Schema } from "../schema/schema.ts";
import { compareObjects, withoutFields } from "./compare.ts";
import { difference, type Fields, union } from "./field-set.ts";
import { isOf, type ManagedFields, newEntry, sorted, withFields, type Writer } from "./managed-fields.ts";
import { neverOwned } from "./unowned.ts";

/** What a write is tracked against. */
export interface Tracking {
  readonly writer: Writer;
  readonly schema: Schema;
  /** Of a core kind, which the API server holds in structs. */
  readonly typed: boolean;
  /** What this door cannot change: nobody gains or loses it. */
  readonly ignored: Fields;
  readonly time: string;
}

/**
 * The managers after a create, update or patch: the writer owns what it changed, and all others lose that; what is gone
 * belongs to nobody. A write without a difference leaves the very same list. (structured-merge-diff, Updater.Update.)
 */
export function trackUpdate(
  before: JsonObject,
  after: JsonObject,
  entries: ManagedFields,
  { writer, schema, typed, ignored, time }: Tracking,
): ManagedFields {
  const compared = withoutFields(compareObjects(before, after, schema, typed), ignored);
  const changed = union(compared.added, compared.modified);
  const lost = difference(union(changed, compared.removed), neverOwned);
  if (lost === undefined) return entries;
  const kept = entries.flatMap((entry) => withFields(entry, difference(entry.fieldsV1, lost)) ?? []);
  const own = difference(changed, neverOwned);
  if (own === undefined) return kept;
  const mine = isOf(writer);
  const fields = union(own, kept.find(mine)?.fieldsV1) ?? own;
  return sorted([...kept.filter((entry) => !mine(entry)), newEntry(writer, fields, time)]);
}
