import { lastManagerOf, type ManagedFieldsEntry } from "@steelyard/model/resources";
import { type ContestedField, pathOf } from "./contested-field.ts";

/** The name under which the operator writes. */
export const ownFieldManager = "steelyard-operator";

/**
 * Who writes the field against us: whoever owns it, and if nobody else does, because it was taken out and nobody owns
 * what is not there, whoever else wrote this part of the object last. undefined = there is no record of anybody.
 */
export function findRival(
  managedFields: readonly ManagedFieldsEntry[],
  field: ContestedField,
): string | undefined {
  const others = managedFields.filter(({ manager }) => manager !== ownFieldManager);
  const path = pathOf(field);
  const isStatus = path[0] === "status";
  const owner =
    lastManagerOf(others, path) ??
    lastManagerOf(
      others.filter(({ subresource }) => (subresource === "status") === isStatus),
      [],
    );
  return owner === undefined || owner.manager === "" ? undefined : owner.manager;
}
