import { type JsonObject } from "../json.ts";
import { apiVersionOf, type ResourceDefinition } from "../resources/definition.ts";
import { type ApiGroup, type ApiGroupVersion } from "./groups.ts";
import { statusVerbs, verbsOf } from "./verbs.ts";

/** Discovery v1: `/api`, `/apis`, `/apis/<group>` and one resource list per group version. */

export function apiVersions(groups: readonly ApiGroup[], address: string): JsonObject {
  const core = groups.find(({ name }) => name === "");
  return {
    kind: "APIVersions",
    versions: (core?.versions ?? []).map(({ version }) => version),
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
  };
}

export function apiGroupList(groups: readonly ApiGroup[]): JsonObject {
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: groups.filter(({ name }) => name !== "").map(groupBody),
  };
}

export function apiGroup(group: ApiGroup): JsonObject {
  return { kind: "APIGroup", apiVersion: "v1", ...groupBody(group) };
}

function groupBody({ name, versions }: ApiGroup): JsonObject {
  const all = versions.map(({ version }) => ({ groupVersion: apiVersionOf(name, version), version }));
  const [preferredVersion] = all;
  return { name, versions: all, preferredVersion };
}

export function apiResourceList(group: string, { version, resources }: ApiGroupVersion): JsonObject {
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf(group, version),
    resources: resources.flatMap(resourceEntries),
  };
}

function resourceEntries(definition: ResourceDefinition): readonly JsonObject[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = definition;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbsOf(definition),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  if (!definition.hasStatus) return [main];
  return [main, { name: `${plural}/status`, singularName: "", namespaced, kind, verbs: statusVerbs }];
}
