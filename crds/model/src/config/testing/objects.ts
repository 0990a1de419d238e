import {
  projectBfdProfile,
  projectBgpAdvertisement,
  projectBgpPeer,
  projectCommunity,
  projectIpAddressPool,
  projectL2Advertisement,
  projectNamespace,
  type BfdProfileResource,
  type BgpAdvertisementResource,
  type BgpPeerResource,
  type CommunityResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
  type ObjectMeta,
} from "../../resources/index.ts";
import { buildConfig } from "../build-config.ts";
import { objectCondition } from "../object-conditions.ts";
import { type ConfigKind } from "../kinds.ts";
import { type ConfigSnapshot, NO_OBJECTS } from "../snapshot.ts";
import { type BuiltConfig, type Config, type ConfigProblem } from "../types.ts";

/** The namespace of the program in these tests. */
export const NAMESPACE = "metallb-system";

interface Metadata {
  readonly namespace?: string;
  readonly uid?: string;
  readonly creationTimestamp?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A pool as the API server has it; `spec` may be anything. A list of texts stands for a spec with these addresses. */
export function pool(name: string, spec: unknown, metadata: Metadata = {}): IpAddressPoolResource {
  const object = { metadata: { name, namespace: NAMESPACE, ...metadata } };
  return projectIpAddressPool({ ...object, spec: Array.isArray(spec) ? { addresses: spec } : spec });
}

/** An L2Advertisement as the API server has it; `spec` may be anything. */
export function advertisement(
  name: string,
  spec?: unknown,
  metadata: Metadata = {},
): L2AdvertisementResource {
  return projectL2Advertisement({ metadata: { name, namespace: NAMESPACE, ...metadata }, spec });
}

/** A BGPAdvertisement as the API server has it; `spec` may be anything. */
export function bgpAdvertisement(
  name: string,
  spec?: unknown,
  metadata: Metadata = {},
): BgpAdvertisementResource {
  return projectBgpAdvertisement({ metadata: { name, namespace: NAMESPACE, ...metadata }, spec });
}

/** A BGPPeer as the API server has it; `spec` may be anything. */
export function bgpPeer(name: string, spec?: unknown, metadata: Metadata = {}): BgpPeerResource {
  return projectBgpPeer({ metadata: { name, namespace: NAMESPACE, ...metadata }, spec });
}

/** A BFDProfile as the API server has it; `spec` may be anything. */
export function bfdProfile(name: string, spec?: unknown, metadata: Metadata = {}): BfdProfileResource {
  return projectBfdProfile({ metadata: { name, namespace: NAMESPACE, ...metadata }, spec });
}

/** A Community as the API server has it; a list of names and values stands for a spec with these entries. */
export function community(name: string, spec?: unknown, metadata: Metadata = {}): CommunityResource {
  const object = { metadata: { name, namespace: NAMESPACE, ...metadata } };
  return projectCommunity({ ...object, spec: Array.isArray(spec) ? { communities: spec } : spec });
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): NamespaceResource {
  return projectNamespace({ metadata: { name, labels } });
}

export function build(snapshot: Partial<ConfigSnapshot>, previous?: Config): BuiltConfig {
  return buildConfig({ ...NO_OBJECTS, namespace: NAMESPACE, ...snapshot }, previous);
}

/** The objects as the operator leaves them: each with its condition, about its first form. */
export function judged<T extends Partial<ConfigSnapshot>>(snapshot: T, previous?: Config): T {
  const counted = mapObjects(snapshot, (object) => ({
    ...object,
    metadata: { ...object.metadata, generation: 1 },
  }));
  const built = build(counted, previous);
  return mapObjects(counted, (object) => {
    const { namespace: place = "", name } = object.metadata;
    const condition = objectCondition(built, { kind: object.kind as ConfigKind, namespace: place, name });
    return { ...object, status: { conditions: condition ? [condition] : [] } };
  });
}

interface AnyObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

function mapObjects<T extends Partial<ConfigSnapshot>>(
  snapshot: T,
  change: (object: AnyObject) => AnyObject,
): T {
  const lists = Object.entries(snapshot).map(([name, list]) => [
    name,
    Array.isArray(list) && name !== "namespaces" ? (list as readonly AnyObject[]).map(change) : list,
  ]);
  return Object.fromEntries(lists) as T;
}

/** Problems as texts: `wrong a spec.addresses[0]: message`. */
export function problemTexts(problems: readonly ConfigProblem[]): readonly string[] {
  return problems.map(({ kind, object, path, message }) => `${kind} ${object.name} ${path}: ${message}`);
}
