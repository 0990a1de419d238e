import { type ObjectMeta } from "@steelyard/model/resources";

/** `namespace/name`. */
export function serviceKey({ namespace, name }: Pick<ObjectMeta, "namespace" | "name">): string {
  // A template would leave its parts in memory beside the text, for as long as the text is a key.
  return [namespace ?? "", name].join("/");
}
