import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  configurationStates,
  deployments,
  ipAddressPools,
  isKubeError,
  type KubeClient,
  l2Advertisements,
  namespaces,
  nodes,
  resourceName,
  type ResourceType,
  secrets,
  services,
} from "@steelyard/client";
import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";
import { type ClusterSnapshot, type NamedSecret } from "../../core/upgrade/index.ts";

const daemonSets = typeOf("apps", "v1", "DaemonSet", "daemonsets");
const configMaps = typeOf("", "v1", "ConfigMap", "configmaps");
const definitions = typeOf(
  "apiextensions.k8s.io",
  "v1",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  false,
);
const webhooks = typeOf(
  "admissionregistration.k8s.io",
  "v1",
  "ValidatingWebhookConfiguration",
  "validatingwebhookconfigurations",
  false,
);
const frrConfigurations = typeOf("frrk8s.metallb.io", "v1beta1", "FRRConfiguration", "frrconfigurations");

function typeOf(
  group: string,
  version: string,
  kind: string,
  plural: string,
  namespaced = true,
): ResourceType {
  return { group, version, kind, plural, namespaced };
}

/**
 * Lists, once, what says how a cluster of MetalLB's works. A kind that the cluster does not know is empty; one that may
 * not be read is named. Of Secrets only those are read that BGPPeers name, and no value leaves this function.
 *
 * Errors: KubeError when the cluster cannot be reached.
 */
export async function listUpgradeSnapshot(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<ClusterSnapshot> {
  const unread: string[] = [];
  const list = (type: ResourceType<unknown>, where?: string): Promise<readonly JsonObject[]> =>
    listKind({ client, signal, unread }, type, where);
  const peers = await list(bgpPeers, namespace);
  return {
    namespace,
    bgpPeers: peers,
    secrets: await readSecrets({ client, signal, unread }, namespace, peers),
    deployments: await list(deployments, namespace),
    daemonSets: await list(daemonSets, namespace),
    configMaps: await list(configMaps, namespace),
    services: await list(services),
    nodes: await list(nodes),
    namespaces: await list(namespaces),
    ipAddressPools: await list(ipAddressPools, namespace),
    l2Advertisements: await list(l2Advertisements, namespace),
    bgpAdvertisements: await list(bgpAdvertisements, namespace),
    bfdProfiles: await list(bfdProfiles, namespace),
    communities: await list(communities, namespace),
    configurationStates: await list(configurationStates, namespace),
    definitions: await list(definitions),
    webhooks: await list(webhooks),
    frrConfigurations: await list(frrConfigurations),
    unread,
  };
}

interface Reading {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
  readonly unread: string[];
}

async function listKind(
  { client, signal, unread }: Reading,
  type: ResourceType<unknown>,
  namespace: string | undefined,
): Promise<readonly JsonObject[]> {
  try {
    const selection = namespace === undefined ? {} : { namespace };
    const { items } = await client.list(type, selection, { signal });
    return items.filter(isJsonObject);
  } catch (error) {
    if (isKubeError(error, "not-found")) return [];
    if (!isKubeError(error, "forbidden")) throw error;
    unread.push(`${resourceName(type)}: forbidden`);
    return [];
  }
}

async function readSecrets(
  { client, signal, unread }: Reading,
  namespace: string,
  peers: readonly JsonObject[],
): Promise<readonly NamedSecret[]> {
  const read: NamedSecret[] = [];
  for (const name of new Set(peers.map(secretOf))) {
    if (name === "") continue;
    try {
      const { type, data } = await client.get(secrets, { namespace, name }, { signal });
      read.push({ name, found: { type: type ?? "Opaque", keys: Object.keys(data ?? {}) } });
    } catch (error) {
      if (isKubeError(error, "not-found")) read.push({ name, found: undefined });
      else if (isKubeError(error, "forbidden")) unread.push(`secrets ${namespace}/${name}: forbidden`);
      else throw error;
    }
  }
  return read;
}

function secretOf({ spec }: JsonObject): string {
  const secret = isJsonObject(spec) ? spec["passwordSecret"] : undefined;
  const name = isJsonObject(secret) ? secret["name"] : undefined;
  return typeof name === "string" ? name : "";
}
