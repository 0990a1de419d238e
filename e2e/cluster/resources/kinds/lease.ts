import { stringAt } from "../../json.ts";
import { ageColumn, nameColumn } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import { int32, struct, text, time } from "../../schema/shapes.ts";
import { type ResourceDefinition } from "../definition.ts";
import { coreKind } from "./core-kind.ts";

export const leaseKind: ResourceDefinition = coreKind({
  group: "coordination.k8s.io",
  plural: "leases",
  kind: "Lease",
  schema: struct({
    spec: struct({
      holderIdentity: text,
      leaseDurationSeconds: int32,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: int32,
      strategy: text,
      preferredHolder: text,
    }),
  }),
  columns: [
    nameColumn,
    column("Holder", (lease) => stringAt(lease, "spec", "holderIdentity") ?? ""),
    ageColumn,
  ],
});
