import { at, jsonText, type KubeObject, objectAt, stringAt } from "../../json.ts";
import { ageColumn, nameColumn } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import { flag, list, open, struct, text, textMap } from "../../schema/shapes.ts";
import { type ResourceDefinition } from "../definition.ts";
import { decodeCore } from "../plain-strategy.ts";
import { coreKind } from "./core-kind.ts";

/** ConfigMaps, Secrets and ServiceAccounts: what installations bring along and agents read. */
export const configMapKind: ResourceDefinition = coreKind({
  plural: "configmaps",
  kind: "ConfigMap",
  shortNames: ["cm"],
  schema: struct({ data: textMap, binaryData: textMap, immutable: flag }),
  columns: [
    nameColumn,
    column("Data", (map) => entries(map, "data", "binaryData"), { type: "string" }),
    ageColumn,
  ],
});

export const secretKind: ResourceDefinition = coreKind({
  plural: "secrets",
  kind: "Secret",
  schema: struct({ data: textMap, stringData: textMap, immutable: flag, type: text }),
  selectableFields: ["type"],
  columns: [
    nameColumn,
    column("Type", (secret) => stringAt(secret, "type") ?? ""),
    column("Data", (secret) => entries(secret, "data")),
    ageColumn,
  ],
  strategy: { decode: (object, version) => withEncodedStrings(decodeCore(object, version)) },
});

export const serviceAccountKind: ResourceDefinition = coreKind({
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  shortNames: ["sa"],
  schema: struct({ secrets: list(open), imagePullSecrets: list(open), automountServiceAccountToken: flag }),
  strategy: { deleteReturnsObject: true },
});

function entries(object: KubeObject, ...fields: readonly string[]): string {
  return String(fields.reduce((sum, field) => sum + Object.keys(objectAt(object, field)).length, 0));
}

/** `stringData` is for writing only: it is stored in `data`, in base64. */
function withEncodedStrings(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret;
  const encoded = Object.entries(objectAt({ stringData }, "stringData")).map(
    ([name, value]) => [name, Buffer.from(jsonText(value)).toString("base64")] as const,
  );
  const data = { ...objectAt(secret, "data"), ...Object.fromEntries(encoded) };
  const filled = Object.keys(data).length === 0 ? {} : { data };
  return { ...rest, ...filled, type: at(secret, "type") ?? "Opaque" };
}
