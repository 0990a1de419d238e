import { type ResourceDefinition } from "../resources/definition.ts";

export const statusVerbs = ["get", "patch", "update"];

export function verbsOf({ plural, group }: ResourceDefinition): readonly string[] {
  const collection = plural === "namespaces" && group === "" ? [] : ["deletecollection"];
  return ["create", "delete", ...collection, "get", "list", "patch", "update", "watch"];
}
