import { type JsonObject } from "@steelyard/model/foundation";
import {
  type IpAddressPoolResource,
  type NamespaceResource,
  type ObjectMeta,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type ServiceStatusPatch } from "../../core/reconcile/index.ts";
import { mergePatch } from "../../core/merge-patch.ts";
import { type DecidingViews, type ObjectView } from "../../ports/cluster-reader.ts";

interface Stored {
  readonly metadata: ObjectMeta;
}

/** The objects of a cluster that decide about addresses, as they were when they were listed. */
export interface ClusterLists {
  readonly services: readonly ServiceResource[];
  readonly namespaces: readonly NamespaceResource[];
  /** Of the operator's namespace, whole: an edit is held against what kubectl has noted on them. */
  readonly pools: readonly JsonObject[];
}

/** A cluster in which what is decided is carried out at once, by itself, and in which nobody else does anything. */
export class PlayedCluster implements DecidingViews {
  readonly services: PlayedObjects<ServiceResource>;
  readonly namespaces: PlayedObjects<NamespaceResource>;
  readonly pools: PlayedObjects<IpAddressPoolResource>;
  readonly l2Advertisements = nothing;
  readonly bgpAdvertisements = nothing;
  readonly bgpPeers = nothing;
  readonly bfdProfiles = nothing;
  readonly communities = nothing;

  constructor(objects: {
    readonly services: readonly ServiceResource[];
    readonly namespaces: readonly NamespaceResource[];
    readonly pools: readonly IpAddressPoolResource[];
  }) {
    this.services = new PlayedObjects(objects.services);
    this.namespaces = new PlayedObjects(objects.namespaces);
    this.pools = new PlayedObjects(objects.pools);
  }

  /** The Service as the patch leaves it. */
  patchService(key: string, service: ServiceResource, patch: ServiceStatusPatch): ServiceResource {
    const patched = mergePatch(service, patch) as ServiceResource;
    this.services.put(key, patched);
    return patched;
  }

  l2StatusesOf(): undefined {
    return undefined;
  }

  bgpAnnouncersOf(): undefined {
    return undefined;
  }

  endpointsOf(): undefined {
    return undefined;
  }

  knownNodes(): undefined {
    return undefined;
  }

  whyPodNotReady(): undefined {
    return undefined;
  }
}

/** Nobody watches them: whoever plays knows what it does. */
class PlayedObjects<T extends Stored> implements ObjectView<T> {
  readonly #objects = new Map<string, T>();

  constructor(objects: readonly T[]) {
    this.replace(objects);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  put(key: string, object: T): void {
    this.#objects.set(key, object);
  }

  replace(objects: readonly T[]): void {
    this.#objects.clear();
    for (const object of objects) this.#objects.set(keyOf(object), object);
  }

  subscribe(): () => void {
    return () => {};
  }
}

/** Who announces what decides about no address. */
const nothing = new PlayedObjects<never>([]);

function keyOf({ metadata }: Stored): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
