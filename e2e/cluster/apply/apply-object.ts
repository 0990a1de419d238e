import { type JsonObject, sameJson } from "../json.ts";
import { type Schema } from "../schema/schema.ts";
import { compareObjects, type Comparison, withoutFields } from "./compare.ts";
import { applyConflict } from "./conflict.ts";
import { difference, excluding, type Fields, intersection, union } from "./field-set.ts";
import { fieldSetOf, withStructFields } from "./field-set-of.ts";
import {
  isOf,
  type ManagedFields,
  type ManagedFieldsEntry,
  newEntry,
  sorted,
  withFields,
} from "./managed-fields.ts";
import { takenOverFields, withLastApplied } from "./last-applied.ts";
import { mergeApplied } from "./merge.ts";
import { removeFields } from "./remove.ts";
import { type Tracking, trackUpdate } from "./track-update.ts";
import { neverOwned } from "./unowned.ts";

export interface Applied {
  readonly object: JsonObject;
  readonly managedFields: ManagedFields;
}

/**
 * Server-side apply: lays `config` over `live`, takes away what its manager applied before and does not any more, unless
 * somebody else owns it too, and makes the manager own what it applies. Throws ApiError 409 when the values of others
 * would change, unless forced. (structured-merge-diff, Updater.Apply.)
 */
export function applyObject(
  live: JsonObject,
  config: JsonObject,
  entries: ManagedFields,
  tracking: Tracking & { readonly force: boolean },
): Applied {
  const { writer, schema, typed, ignored } = tracking;
  const mine = isOf(writer);
  const last = entries.find(mine);
  const others = beforeFirstApply(live, entries, tracking).filter((entry) => !mine(entry));
  const applied = excluding(fieldSetOf(config, schema), ignored);
  const owned = others.reduce<Fields>((sum, { fieldsV1 }) => union(sum, fieldsV1), applied);
  const object = prune(mergeApplied(live, config, schema), owned, last?.fieldsV1, schema);
  const compared = withoutFields(compareObjects(live, object, schema, typed), ignored);
  const kept = othersAfter(others, compared, tracking.force, takenOverFields(live, tracking));
  const isSame = sameJson(object, live);
  const own = difference(applied, neverOwned);
  // As on the genuine server, who only agrees with what is there already gets an entry without a time.
  const time = isSame ? last?.time : tracking.time;
  const entry = own === undefined ? [] : [newEntry(writer, own, time)];
  return {
    object: withLastApplied(object, config, writer.manager),
    managedFields: sorted([...kept, ...entry]),
  };
}

/** An object whose fields nobody owns yet belongs to a manager made up for it. */
function beforeFirstApply(live: JsonObject, entries: ManagedFields, tracking: Tracking): ManagedFields {
  if (entries.length > 0) return entries;
  const writer = {
    ...tracking.writer,
    manager: "before-first-apply",
    operation: "Update" as const,
  };
  return trackUpdate({}, live, [], { ...tracking, writer });
}

function othersAfter(
  others: ManagedFields,
  compared: Comparison,
  force: boolean,
  takenOver: Fields,
): ManagedFields {
  const changed = union(compared.added, compared.modified);
  const conflicts = others.flatMap((entry) => {
    const fields = difference(intersection(entry.fieldsV1, changed), takenOver);
    return fields === undefined ? [] : [{ entry, fields }];
  });
  if (!force && conflicts.length > 0) throw applyConflict(conflicts);
  const lost = union(changed, compared.removed);
  return others.flatMap(
    (entry: ManagedFieldsEntry) => withFields(entry, difference(entry.fieldsV1, lost)) ?? [],
  );
}

/** Takes out what the manager applied last time, except for what somebody owns now. */
function prune(merged: JsonObject, owned: Fields, last: Fields, schema: Schema): JsonObject {
  if (last === undefined) return merged;
  const full = (set: Fields): Fields => withStructFields(set, schema);
  const fieldsOf = (object: JsonObject): Fields => full(fieldSetOf(object, schema));
  const all = fieldsOf(merged);
  const bare = fieldsOf(removeFields(merged, full(last), schema));
  const unowned = difference(all, union(bare, full(owned)));
  const left = fieldsOf(removeFields(merged, unowned, schema));
  return removeFields(merged, intersection(difference(all, left), full(last)), schema);
}
