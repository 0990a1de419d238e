import { createHash } from "node:crypto";
import { type Json, type JsonObject } from "../json.ts";
import { type ResourceDefinition } from "../resources/definition.ts";
import { type ApiGroup, type ApiGroupVersion } from "./groups.ts";

/** The index of `/openapi/v3`: one document per group version, named with a hash so that clients may cache it. */
export function openApiIndex(groups: readonly ApiGroup[]): JsonObject {
  const paths = groups.flatMap((group) =>
    group.versions.map((version) => {
      const path = pathOf(group.name, version.version);
      const hash = createHash("sha256")
        .update(JSON.stringify(openApiDocument(group.name, version)))
        .digest("hex");
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
    }),
  );
  return { paths: Object.fromEntries(paths) };
}

export function pathOf(group: string, version: string): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

/** What `kubectl explain` shows and what `kubectl apply` consults before it leaves validation to the server. */
export function openApiDocument(group: string, { version, resources }: ApiGroupVersion): JsonObject {
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.36.0" },
    paths: Object.fromEntries(resources.flatMap((definition) => resourcePaths(group, version, definition))),
    components: {
      schemas: Object.fromEntries(resources.map((definition) => schemaEntry(group, version, definition))),
    },
  };
}

function schemaName(group: string, version: string, kind: string): string {
  const domain = group === "" ? "core" : group.split(".").reverse().join(".");
  return `${domain}.${version}.${kind}`;
}

function schemaEntry(
  group: string,
  version: string,
  definition: ResourceDefinition,
): readonly [string, Json] {
  const { kind } = definition;
  const served = definition.versions.find(({ name }) => name === version);
  const schema = { ...served?.schema, "x-kubernetes-group-version-kind": [{ group, version, kind }] };
  return [schemaName(group, version, kind), schema as unknown as Json];
}

function resourcePaths(
  group: string,
  version: string,
  definition: ResourceDefinition,
): readonly (readonly [string, Json])[] {
  const scope = definition.namespaced ? "/namespaces/{namespace}" : "";
  const base = `/${pathOf(group, version)}${scope}/${definition.plural}`;
  const operation = operationsOf(group, version, definition);
  return [
    [base, { get: operation("list"), post: operation("post") }],
    [
      `${base}/{name}`,
      {
        get: operation("get"),
        put: operation("put"),
        patch: operation("patch"),
        delete: operation("delete"),
      },
    ],
  ];
}

/** Writes declare `fieldValidation`: that is how a client learns that the server checks unknown fields itself. */
function operationsOf(
  group: string,
  version: string,
  { kind }: ResourceDefinition,
): (action: string) => Json {
  const reference = { $ref: `#/components/schemas/${schemaName(group, version, kind)}` };
  const content = { "application/json": { schema: reference } };
  const isWrite = (action: string): boolean => ["post", "put", "patch"].includes(action);
  const parameter = (name: string): Json => ({
    name,
    in: "query",
    schema: { type: "string", uniqueItems: true },
  });
  return (action) => ({
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
    parameters: isWrite(action) ? ["dryRun", "fieldManager", "fieldValidation"].map(parameter) : [],
    ...(isWrite(action) && action !== "patch" ? { requestBody: { content } } : {}),
    responses: { "200": { description: "OK", content } },
  });
}
