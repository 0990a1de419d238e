import {
  flag,
  int64,
  keyedList,
  list,
  mergedTexts,
  open,
  struct,
  text,
  textMap,
  time,
  whole,
} from "./shapes.ts";
import { type Schema } from "./schema.ts";

const ownerReference = whole(
  struct(
    { apiVersion: text, kind: text, name: text, uid: text, controller: flag, blockOwnerDeletion: flag },
    ["apiVersion", "kind", "name", "uid"],
  ),
);

/** metav1.ObjectMeta: the same for every kind, custom ones included. */
export const objectMetaSchema: Schema = struct({
  name: text,
  generateName: text,
  namespace: text,
  selfLink: text,
  uid: text,
  resourceVersion: text,
  generation: int64,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: int64,
  labels: textMap,
  annotations: textMap,
  ownerReferences: keyedList(ownerReference, "uid"),
  finalizers: mergedTexts,
  managedFields: list(open),
});

/** A kind's schema with the three fields every object has. */
export function withObjectFields(schema: Schema): Schema {
  const properties = { ...schema.properties, apiVersion: text, kind: text, metadata: objectMetaSchema };
  return { ...schema, type: "object", properties };
}
