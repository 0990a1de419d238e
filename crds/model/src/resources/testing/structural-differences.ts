import { type CrdSchema, type CustomResourceDefinition } from "./custom-resource-definitions.ts";

/**
 * Where `ours` is not what `theirs` is: one line per place, with both values. Keys may stand in any order, lists may
 * not; descriptions do not count. The one thing that ours may have in addition is properties inside `status`.
 */
export function structuralDifferences(
  theirs: CustomResourceDefinition,
  ours: CustomResourceDefinition,
): readonly string[] {
  return compare(comparable(theirs), comparable(ours), []);
}

/** Versions and properties by name instead of by position, and nothing that has no meaning to the API server. */
function comparable({ metadata, spec }: CustomResourceDefinition): unknown {
  const { versions, conversion = { strategy: "None" }, ...rest } = spec;
  const entries = versions.map(({ name, schema, ...version }) => [
    name,
    { ...version, schema: withoutDescriptions(schema.openAPIV3Schema) },
  ]);
  return { metadata, ...rest, conversion, versions: Object.fromEntries(entries) as unknown };
}

function withoutDescriptions(schema: CrdSchema): CrdSchema {
  const { properties, items, additionalProperties, ...rest } = schema;
  delete rest.description;
  return {
    ...rest,
    ...(properties && { properties: mapValues(properties, withoutDescriptions) }),
    ...(items && { items: withoutDescriptions(items) }),
    ...(additionalProperties && { additionalProperties: withoutDescriptions(additionalProperties) }),
  };
}

function compare(theirs: unknown, ours: unknown, path: readonly string[]): readonly string[] {
  if (isRecord(theirs) && isRecord(ours)) {
    const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].sort();
    return keys.flatMap((key) =>
      !(key in theirs) && isAdditiveStatus([...path, key])
        ? []
        : compare(theirs[key], ours[key], [...path, key]),
    );
  }
  if (Array.isArray(theirs) && Array.isArray(ours) && theirs.length === ours.length) {
    return theirs.flatMap((entry, index) => compare(entry, ours[index], [...path, String(index)]));
  }
  if (theirs === ours) return [];
  return [`${path.join(".")}: theirs ${JSON.stringify(theirs)}, ours ${JSON.stringify(ours)}`];
}

/** versions.<name>.schema.properties.status, then properties (of items) only: nothing of theirs is changed by it. */
function isAdditiveStatus(path: readonly string[]): boolean {
  const [versions, , schema, properties, status, ...inside] = path;
  const isInStatus =
    versions === "versions" && schema === "schema" && properties === "properties" && status === "status";
  if (!isInStatus) return false;
  const text = inside.join(".");
  return /^((properties\.[^.]+|items)\.)*properties(\.[^.]+)?$/.test(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
