import { type ObjectMeta } from "@steelyard/model/resources";

/** `namespace/name`. */
export function serviceKey({ namespace, name }: Pick<ObjectMeta, "namespace" | "name">): string {
  return `${namespace ?? ""}/${name}`;
}
