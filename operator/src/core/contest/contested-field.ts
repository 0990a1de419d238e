import { assertNever } from "@steelyard/model/foundation";

/** What somebody else writes against us. */
export type ContestedField =
  | { readonly is: "addresses" | "conditions" | "load-balancer-ip" }
  | { readonly is: "annotation"; readonly name: string };

/** Where in the object it is: the way that `metadata.managedFields` is asked. */
export function pathOf(field: ContestedField): readonly string[] {
  switch (field.is) {
    case "addresses":
      return ["status", "loadBalancer", "ingress"];
    case "conditions":
      return ["status", "conditions"];
    case "load-balancer-ip":
      return ["spec", "loadBalancerIP"];
    case "annotation":
      return ["metadata", "annotations", field.name];
    default:
      return assertNever(field);
  }
}

export function describeField(field: ContestedField): string {
  switch (field.is) {
    case "addresses":
      return "status.loadBalancer";
    case "conditions":
      return "status.conditions";
    case "load-balancer-ip":
      return "spec.loadBalancerIP";
    case "annotation":
      return `annotation ${field.name}`;
    default:
      return assertNever(field);
  }
}
