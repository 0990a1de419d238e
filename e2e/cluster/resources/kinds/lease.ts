import { type FieldError } from "../../http/api-error.ts";
import { invalidValue } from "../../http/field-errors.ts";
import { at, type KubeObject, stringAt } from "../../json.ts";
import { ageColumn, nameColumn } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import { int32, keptText, microTime, struct } from "../../schema/shapes.ts";
import { type ResourceDefinition } from "../definition.ts";
import { coreKind } from "./core-kind.ts";

export const leaseKind: ResourceDefinition = coreKind({
  group: "coordination.k8s.io",
  plural: "leases",
  kind: "Lease",
  schema: struct({
    spec: struct({
      holderIdentity: keptText,
      leaseDurationSeconds: int32,
      acquireTime: microTime,
      renewTime: microTime,
      leaseTransitions: int32,
      strategy: keptText,
      preferredHolder: keptText,
    }),
  }),
  strategy: { validate: leaseErrors, unconditionalUpdate: false, createsOnUpdate: true },
  columns: [
    nameColumn,
    column("Holder", (lease) => stringAt(lease, "spec", "holderIdentity") ?? ""),
    ageColumn,
  ],
});

function leaseErrors(lease: KubeObject): readonly FieldError[] {
  const duration = at(lease, "spec", "leaseDurationSeconds");
  const transitions = at(lease, "spec", "leaseTransitions");
  const isShort = typeof duration === "number" && duration <= 0;
  const isNegative = typeof transitions === "number" && transitions < 0;
  return [
    ...(isShort ? [invalidValue("spec.leaseDurationSeconds", duration, "must be greater than 0")] : []),
    ...(isNegative
      ? [invalidValue("spec.leaseTransitions", transitions, "must be greater than or equal to 0")]
      : []),
  ];
}
