import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";

// Objects come as the API server sent them; whatever is not as it should be counts as absent.

export function objectAt(object: JsonObject, ...path: readonly string[]): JsonObject {
  const value = valueAt(object, ...path);
  return isJsonObject(value) ? value : {};
}

export function textAt(object: JsonObject, ...path: readonly string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === "string" ? value : "";
}

export function numberAt(object: JsonObject, ...path: readonly string[]): number | undefined {
  const value = valueAt(object, ...path);
  return typeof value === "number" ? value : undefined;
}

export function listAt(object: JsonObject, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value : [];
}

export function objectsAt(object: JsonObject, ...path: readonly string[]): readonly JsonObject[] {
  return listAt(object, ...path).filter(isJsonObject);
}

export function valueAt(object: JsonObject, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), object);
}

export function nameOf(object: JsonObject): string {
  return textAt(object, "metadata", "name");
}

/** `BGPPeer metallb-system/tor`: items of a list do not carry their kind. */
export function titleOf(kind: string, object: JsonObject): string {
  const namespace = textAt(object, "metadata", "namespace");
  return namespace === "" ? `${kind} ${nameOf(object)}` : `${kind} ${namespace}/${nameOf(object)}`;
}
