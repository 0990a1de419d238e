import { type Json, type KubeObject, without } from "../json.ts";
import { decodeTyped } from "../schema/decode.ts";
import { type ServedVersion, type Strategy } from "./definition.ts";

/** Objects of core kinds are decoded like Go structs: what is absent and what is empty are the same. */
export function decodeCore(object: KubeObject, version: ServedVersion): KubeObject {
  return decodeTyped(object, version.schema) as KubeObject;
}

/** A core kind without rules of its own. */
export const plainStrategy: Strategy = {
  decode: decodeCore,
  prepareCreate: (object) => object,
  prepareUpdate: (next) => next,
  // On core kinds the status subresource lets changes of metadata through; only the rest is put back.
  prepareStatusUpdate: (next, previous) => {
    const kept = without(previous, "status", "metadata");
    return { ...kept, ...pickStatus(next), metadata: next.metadata } as KubeObject;
  },
  validate: () => [],
  unconditionalUpdate: true,
  createsOnUpdate: false,
  countsGenerations: false,
  deleteReturnsObject: false,
  nameRule: "subdomain",
};

function pickStatus(object: KubeObject): { readonly status?: Json } {
  return object["status"] === undefined ? {} : { status: object["status"] };
}

/** For kinds whose status the server alone may set at creation. */
export function withoutStatus(object: KubeObject): KubeObject {
  return without(object, "status") as KubeObject;
}
