import { type ResourceDefinition } from "../resources/definition.ts";
import { type ResourceRegistry } from "../resources/registry.ts";
import { compareVersions } from "../resources/version-priority.ts";

export interface ApiGroup {
  readonly name: string;
  /** The preferred version first. */
  readonly versions: readonly ApiGroupVersion[];
}

export interface ApiGroupVersion {
  readonly version: string;
  readonly resources: readonly ResourceDefinition[];
}

/** All groups that are served, the core group (named "") first. */
export function groupsOf(registry: ResourceRegistry): readonly ApiGroup[] {
  const definitions = registry.all();
  const names = [...new Set(definitions.map(({ group }) => group))];
  return names.map((name) => {
    const resources = definitions.filter(({ group }) => group === name);
    const versions = new Set(
      resources.flatMap((definition) => definition.versions.map((version) => version.name)),
    );
    return {
      name,
      versions: [...versions]
        .sort(compareVersions)
        .map((version) => ({ version, resources: servedIn(resources, version) })),
    };
  });
}

function servedIn(resources: readonly ResourceDefinition[], version: string): readonly ResourceDefinition[] {
  return resources.filter((definition) => definition.versions.some(({ name }) => name === version));
}
