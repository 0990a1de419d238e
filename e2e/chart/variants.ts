import { parseAllDocuments } from "yaml";
import { isObject, type Json, type JsonObject } from "../cluster/json.ts";
import { type Rendering } from "./helm.ts";

/** Golden file → how it is rendered. `STEELYARD_GOLDEN=write` writes them anew. */
export const variants = {
  default: {},
  everything: { values: ["everything"] },
  minimal: { values: ["minimal"] },
  metallb: { release: "metallb", values: ["metallb"] },
  bgp: { values: ["bgp"] },
} satisfies Readonly<Record<string, Rendering>>;

export const variantNames = Object.keys(variants) as readonly (keyof typeof variants)[];

/** The objects in what Helm printed. */
export function documentsOf(rendered: string): readonly JsonObject[] {
  return parseAllDocuments(rendered).flatMap((document) => {
    const value = document.toJS() as Json;
    return isObject(value) ? [value] : [];
  });
}

/** The group of the object's kind; empty for the core group. */
export function groupOf({ apiVersion }: JsonObject): string {
  return typeof apiVersion === "string" && apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** Whether somebody else than Kubernetes defines the kind: without its definition nobody can judge the object. */
export function isForeign(object: JsonObject): boolean {
  const group = groupOf(object);
  return group.includes(".") && !group.endsWith(".k8s.io");
}
