import { type JsonObject } from "../json.ts";
import { type ResourceDefinition } from "../resources/definition.ts";
import { type ApiGroup, type ApiGroupVersion } from "./groups.ts";
import { statusVerbs, verbsOf } from "./verbs.ts";

export const aggregatedMediaType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** apidiscovery.k8s.io/v2: all groups, versions and resources in one document. */
export function aggregatedDiscovery(groups: readonly ApiGroup[]): JsonObject {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(groupItem),
  };
}

function groupItem({ name, versions }: ApiGroup): JsonObject {
  const metadata = name === "" ? {} : { name };
  return { metadata, versions: versions.map((version) => versionItem(name, version)) };
}

function versionItem(group: string, { version, resources }: ApiGroupVersion): JsonObject {
  return {
    version,
    resources: resources.map((resource) => resourceItem(group, version, resource)),
    freshness: "Current",
  };
}

function resourceItem(group: string, version: string, definition: ResourceDefinition): JsonObject {
  const responseKind = { group, version, kind: definition.kind };
  const { shortNames, categories } = definition;
  return {
    resource: definition.plural,
    responseKind,
    scope: definition.namespaced ? "Namespaced" : "Cluster",
    singularResource: definition.singular,
    verbs: verbsOf(definition),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(definition.hasStatus
      ? { subresources: [{ subresource: "status", responseKind, verbs: statusVerbs }] }
      : {}),
  };
}
