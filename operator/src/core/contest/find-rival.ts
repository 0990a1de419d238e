import { lastManagerOf, type ManagedFieldsEntry } from "@steelyard/model/resources";
import { type ContestedField, pathOf } from "./contested-field.ts";

/** The name under which the operator writes. */
export const ownFieldManager = "steelyard-operator";

/**
 * Who writes the field against us: whoever owns it, and if nobody does, because it was taken out and nobody owns what is
 * not there, whoever else wrote this part of the object last. Our own name is an answer, too: what was changed and is
 * ours all the same was written by another operator of our name. undefined = there is no record of anybody.
 */
export function findRival(
  managedFields: readonly ManagedFieldsEntry[],
  field: ContestedField,
): string | undefined {
  const others = managedFields.filter(({ manager }) => manager !== ownFieldManager);
  const own = managedFields.filter(({ manager }) => manager === ownFieldManager);
  const path = pathOf(field);
  const isStatus = path[0] === "status";
  const othersOfThisPart = others.filter(({ subresource }) => (subresource === "status") === isStatus);
  // Of several conditions some are ours even when another one took one out; what is single is ours or it is not.
  const isSingle = field.is !== "conditions";
  const owner =
    lastManagerOf(others, path) ??
    (isSingle ? lastManagerOf(own, path) : undefined) ??
    lastManagerOf(othersOfThisPart, []) ??
    lastManagerOf(own, path);
  return owner === undefined || owner.manager === "" ? undefined : owner.manager;
}
