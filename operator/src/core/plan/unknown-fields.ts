import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";
import { type IpAddressPoolInput, type RawLabelSelector } from "@steelyard/model/resources";

/** The fields of an object, or of the objects in a list; "any" where no names are given. */
type FieldsOf<T> = T extends readonly (infer Item)[]
  ? FieldsOf<Item>
  : T extends object
    ? string extends keyof T
      ? "any"
      : { readonly [Name in keyof T]-?: FieldsOf<NonNullable<T[Name]>> }
    : "any";

type Fields = "any" | { readonly [name: string]: Fields };

const selector: FieldsOf<RawLabelSelector> = {
  matchLabels: "any",
  matchExpressions: { key: "any", operator: "any", values: "any" },
};

/** Metadata have more fields than those we read; a status is dropped from what is applied. */
type Unchecked = "metadata" | "status";

const poolFields: FieldsOf<Omit<IpAddressPoolInput, Unchecked>> & Record<Unchecked, "any"> = {
  apiVersion: "any",
  kind: "any",
  metadata: "any",
  status: "any",
  spec: {
    addresses: "any",
    autoAssign: "any",
    avoidBuggyIPs: "any",
    serviceAllocation: {
      priority: "any",
      namespaces: "any",
      namespaceSelectors: selector,
      serviceSelectors: selector,
    },
  },
};

/** Paths of the fields that no IPAddressPool has: kubectl has the API server refuse them, mistyped as they mostly are. */
export function unknownPoolFields(pool: JsonObject): readonly string[] {
  return unknownIn(pool, poolFields, "");
}

function unknownIn(value: unknown, fields: Fields, path: string): readonly string[] {
  if (fields === "any") return [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => unknownIn(item, fields, `${path}[${index}]`));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const place = path === "" ? name : `${path}.${name}`;
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return known === undefined ? [place] : unknownIn(inner, known, place);
  });
}
