import { ageColumn, nameColumn } from "../../printers/age.ts";
import { type Column } from "../../printers/column.ts";
import { withObjectFields } from "../../schema/object-meta.ts";
import { type Schema } from "../../schema/schema.ts";
import { byValue } from "../../schema/shapes.ts";
import { type ResourceDefinition, type Strategy } from "../definition.ts";
import { plainStrategy } from "../plain-strategy.ts";

interface CoreKind {
  readonly group?: string;
  readonly version?: string;
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced?: boolean;
  readonly schema: Schema;
  readonly columns?: readonly Column[];
  readonly selectableFields?: readonly string[];
  readonly strategy?: Partial<Strategy>;
}

/** A built-in resource: namespaced, served in v1 of the core group, without rules of its own, unless told otherwise. */
export function coreKind(options: CoreKind): ResourceDefinition {
  const { group = "", version = "v1", kind, plural, namespaced = true } = options;
  const columns = options.columns ?? [nameColumn, ageColumn];
  return {
    group,
    plural,
    singular: options.singular ?? kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    namespaced,
    hasStatus: options.schema.properties?.["status"] !== undefined,
    custom: false,
    versions: [
      {
        name: version,
        schema: withObjectFields(heldByValue(options.schema)),
        columns,
        deprecation: undefined,
      },
    ],
    storageVersion: version,
    selectableFields: ["metadata.name", "metadata.namespace", ...(options.selectableFields ?? [])],
    strategy: { ...plainStrategy, ...options.strategy },
  };
}

/** Every core kind holds its spec and its status by value. */
function heldByValue(schema: Schema): Schema {
  const { spec, status, ...rest } = schema.properties ?? {};
  const held = {
    ...(spec === undefined ? {} : { spec: byValue(spec) }),
    ...(status === undefined ? {} : { status: byValue(status) }),
  };
  return { ...schema, properties: { ...rest, ...held } };
}
