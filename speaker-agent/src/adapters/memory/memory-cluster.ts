import {
  type BfdProfileResource,
  type BgpAdvertisementResource,
  type BgpPeerResource,
  type CommunityResource,
  type ConfigurationStateResource,
  type EndpointSliceResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
  type NodeResource,
  type ObjectMeta,
  type ServiceBgpStatusResource,
  type ServiceL2StatusResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type PasswordSecret } from "../../ports/cluster-reader.ts";

/** A Secret as far as the agent reads it. */
export interface MemorySecret extends PasswordSecret {
  readonly metadata: ObjectMeta;
}

/** What a cluster holds, under the names a view gives the kinds. */
export interface MemoryKinds {
  readonly services: ServiceResource;
  readonly endpointSlices: EndpointSliceResource;
  readonly nodes: NodeResource;
  readonly namespaces: NamespaceResource;
  readonly pools: IpAddressPoolResource;
  readonly l2Advertisements: L2AdvertisementResource;
  readonly bgpAdvertisements: BgpAdvertisementResource;
  readonly bgpPeers: BgpPeerResource;
  readonly bfdProfiles: BfdProfileResource;
  readonly communities: CommunityResource;
  readonly secrets: MemorySecret;
  readonly serviceBgpStatuses: ServiceBgpStatusResource;
  readonly serviceL2Statuses: ServiceL2StatusResource;
  readonly configurationStates: ConfigurationStateResource;
}

type Tables = { readonly [Kind in keyof MemoryKinds]: Map<string, MemoryKinds[Kind]> };

/** The objects of a cluster in memory, for as many readers and writers as there are agents. */
export class MemoryCluster {
  readonly #tables: Tables = {
    services: new Map(),
    endpointSlices: new Map(),
    nodes: new Map(),
    namespaces: new Map(),
    pools: new Map(),
    l2Advertisements: new Map(),
    bgpAdvertisements: new Map(),
    bgpPeers: new Map(),
    bfdProfiles: new Map(),
    communities: new Map(),
    secrets: new Map(),
    serviceBgpStatuses: new Map(),
    serviceL2Statuses: new Map(),
    configurationStates: new Map(),
  };
  readonly #handlers: (() => void)[] = [];
  #version = 0;

  /** Creates or replaces an object; gives it a new version, and a uid unless it has one. Returns it as stored. */
  put<Kind extends keyof MemoryKinds>(kind: Kind, object: MemoryKinds[Kind]): MemoryKinds[Kind] {
    this.#version += 1;
    const key = keyOf(object.metadata);
    const uid = object.metadata.uid ?? this.get(kind, key)?.metadata.uid ?? `uid-${this.#version}`;
    const stored = {
      ...object,
      metadata: { ...object.metadata, uid, resourceVersion: String(this.#version) },
    };
    this.#tables[kind].set(key, stored);
    this.#tell();
    return stored;
  }

  /** `key` is `namespace/name`, or `name`. */
  get<Kind extends keyof MemoryKinds>(kind: Kind, key: string): MemoryKinds[Kind] | undefined {
    return this.#tables[kind].get(key);
  }

  remove(kind: keyof MemoryKinds, key: string): void {
    if (this.#tables[kind].delete(key)) this.#tell();
  }

  list<Kind extends keyof MemoryKinds>(kind: Kind): readonly MemoryKinds[Kind][] {
    return [...this.#tables[kind].values()];
  }

  onChange(handler: () => void): void {
    this.#handlers.push(handler);
  }

  #tell(): void {
    for (const handler of this.#handlers) handler();
  }
}

export function keyOf({ namespace, name }: Pick<ObjectMeta, "namespace" | "name">): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
