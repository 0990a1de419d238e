import { type ResourceDefinition, resourceKey, type ServedVersion } from "./definition.ts";

export interface FoundResource {
  readonly definition: ResourceDefinition;
  readonly version: ServedVersion;
}

/** The resources that are served at this moment; CRDs come and go. */
export class ResourceRegistry {
  readonly #definitions = new Map<string, ResourceDefinition>();

  add(definition: ResourceDefinition): void {
    this.#definitions.set(resourceKey(definition), definition);
  }

  remove(key: string): void {
    this.#definitions.delete(key);
  }

  find(group: string, version: string, plural: string): FoundResource | undefined {
    const definition = this.#definitions.get(resourceKey({ group, plural }));
    const served = definition?.versions.find(({ name }) => name === version);
    return definition === undefined || served === undefined ? undefined : { definition, version: served };
  }

  get(key: string): ResourceDefinition | undefined {
    return this.#definitions.get(key);
  }

  /** All resources, in the order in which they were added. */
  all(): readonly ResourceDefinition[] {
    return [...this.#definitions.values()];
  }
}
