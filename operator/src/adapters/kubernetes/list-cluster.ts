import {
  ipAddressPools,
  isKubeError,
  type KubeClient,
  KubeError,
  namespaces,
  services,
} from "@steelyard/client";
import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";
import {
  type NamespaceResource,
  projectNamespace,
  projectService,
  type ServiceResource,
} from "@steelyard/model/resources";

/** The objects that decide about addresses, listed once; pools as they were sent, with everything in them. */
export interface ListedCluster {
  readonly services: readonly ServiceResource[];
  readonly namespaces: readonly NamespaceResource[];
  readonly pools: readonly JsonObject[];
}

/**
 * Lists what decides about addresses; pools of one namespace only. It takes the right to list and nothing more.
 *
 * Errors: KubeError, also when the kinds of metallb.io are not installed.
 */
export async function listCluster(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<ListedCluster> {
  const [pools, inNamespaces, ofServices] = await Promise.all([
    listPools(client, namespace, signal),
    client.list(namespaces, {}, { signal }),
    client.list(services, {}, { signal }),
  ]);
  return {
    pools,
    namespaces: inNamespaces.items.map(projectNamespace),
    services: ofServices.items.map(projectService),
  };
}

async function listPools(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  try {
    const { items } = await client.list(ipAddressPools, { namespace }, { signal });
    return items.filter(isJsonObject);
  } catch (error) {
    if (!isKubeError(error, "not-found")) throw error;
    const message =
      "the cluster knows no IPAddressPools; are the CustomResourceDefinitions of crds/ installed?";
    throw new KubeError({ code: "not-found", status: 404, message });
  }
}
