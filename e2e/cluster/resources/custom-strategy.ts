import { type KubeObject, without } from "../json.ts";
import { applyDefaults } from "../schema/defaults.ts";
import { decodeTyped } from "../schema/decode.ts";
import { objectMetaSchema } from "../schema/object-meta.ts";
import { type CustomValidator } from "../schema/custom-validator.ts";
import { type ServedVersion, type Strategy } from "./definition.ts";

/** How objects of a CustomResourceDefinition are written. `validators` holds one validator per served version. */
export function customStrategy(options: {
  readonly hasStatus: boolean;
  readonly validators: ReadonlyMap<string, CustomValidator>;
}): Strategy {
  return {
    decode: decodeCustom,
    prepareCreate: (object) => (options.hasStatus ? (without(object, "status") as KubeObject) : object),
    prepareUpdate: (next) => next,
    // Unlike a core kind, a custom resource keeps its metadata when its status is written.
    prepareStatusUpdate: (next, previous) => ({
      ...without(previous, "status"),
      ...(next["status"] === undefined ? {} : { status: next["status"] }),
      apiVersion: next.apiVersion,
      kind: next.kind,
      metadata: previous.metadata,
    }),
    validate: (next, previous, version) =>
      options.validators.get(version.name)?.validate(next, previous) ?? [],
    unconditionalUpdate: false,
    createsOnUpdate: false,
    countsGenerations: true,
    deleteReturnsObject: false,
    nameRule: "subdomain",
  };
}

function decodeCustom(object: KubeObject, version: ServedVersion): KubeObject {
  const metadata = decodeTyped(object.metadata, objectMetaSchema);
  return applyDefaults({ ...object, metadata }, version.schema) as KubeObject;
}
