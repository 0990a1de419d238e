import {
  type CrdSchema,
  type CustomResourceDefinition,
  metallbDefinitions,
} from "./custom-resource-definitions.ts";

/** The kinds to whose status we add a list of conditions, in the form that MetalLB has in its ConfigurationState. */
export const KINDS_WITH_CONDITIONS = [
  "BFDProfile",
  "BGPAdvertisement",
  "BGPPeer",
  "Community",
  "IPAddressPool",
  "L2Advertisement",
];

/**
 * Where `ours` is not what `theirs` is: one line per place, with both values. Keys may stand in any order, lists may
 * not; descriptions do not count. Ours has `status.conditions` in the six kinds of configuration; nothing else may be
 * there that theirs has not.
 */
export function structuralDifferences(
  theirs: CustomResourceDefinition,
  ours: CustomResourceDefinition,
): readonly string[] {
  return compare(withConditions(comparable(theirs)), comparable(ours), []);
}

function metallbConditions(): CrdSchema {
  const state = metallbDefinitions().find(({ spec }) => spec.names.kind === "ConfigurationState");
  const status = state?.spec.versions[0]?.schema.openAPIV3Schema.properties?.["status"];
  const conditions = status?.properties?.["conditions"];
  if (!conditions) throw new Error("MetalLB's ConfigurationState has no conditions");
  return withoutDescriptions(conditions);
}

interface ComparableDefinition extends Readonly<Record<string, unknown>> {
  readonly names: CustomResourceDefinition["spec"]["names"];
  readonly versions: Readonly<Record<string, { readonly schema: CrdSchema }>>;
}

/** Versions and properties by name instead of by position, and nothing that has no meaning to the API server. */
function comparable({ metadata, spec }: CustomResourceDefinition): ComparableDefinition {
  const { versions, conversion = { strategy: "None" }, ...rest } = spec;
  const entries = versions.map(({ name, schema, ...version }): [string, { readonly schema: CrdSchema }] => [
    name,
    { ...version, schema: withoutDescriptions(schema.openAPIV3Schema) },
  ]);
  return { metadata, ...rest, conversion, versions: Object.fromEntries(entries) };
}

/** Theirs, with what we add. */
function withConditions(theirs: ComparableDefinition): ComparableDefinition {
  const conditions = metallbConditions();
  if (!KINDS_WITH_CONDITIONS.includes(theirs.names.kind)) return theirs;
  const versions = mapValues(theirs.versions, (version) => {
    const { status, ...properties } = version.schema.properties ?? {};
    const added = { ...status, properties: { ...status?.properties, conditions } };
    return { ...version, schema: { ...version.schema, properties: { ...properties, status: added } } };
  });
  return { ...theirs, versions };
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
    return keys.flatMap((key) => compare(theirs[key], ours[key], [...path, key]));
  }
  if (Array.isArray(theirs) && Array.isArray(ours) && theirs.length === ours.length) {
    return theirs.flatMap((entry, index) => compare(entry, ours[index], [...path, String(index)]));
  }
  if (theirs === ours) return [];
  return [`${path.join(".")}: theirs ${JSON.stringify(theirs)}, ours ${JSON.stringify(ours)}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
