import { type ClusterNode } from "../topology/cluster-node.ts";
import { plan } from "../topology/addressing.ts";
import { NetworkNamespace } from "../topology/namespace.ts";

/** Where a Pod's processes are on the network: the node's own namespace, or one behind it as a CNI plugin makes it. */
export interface PodNetwork {
  readonly namespace: NetworkNamespace;
  readonly podIps: readonly string[];
  delete(): Promise<void>;
}

export function nodeAddresses({ number }: ClusterNode): readonly [string, string] {
  return [plan.nodeAddress4(number), plan.nodeAddress6(number)];
}

export function hostNetwork(node: ClusterNode): PodNetwork {
  return { namespace: node.host, podIps: nodeAddresses(node), delete: () => Promise.resolve() };
}

/** A namespace with an address of the node's pod network; `serial` makes name and address its own. */
export async function createPodNetwork(node: ClusterNode, serial: number): Promise<PodNetwork> {
  const { host, number } = node;
  const last = (serial % 200) + 10;
  const address4 = plan.podAddress4(number).replace(/\.\d+$/, `.${last}`);
  const address6 = plan.podAddress6(number).replace(/::\d+$/, `::${last}`);
  const namespace = await NetworkNamespace.create(`${node.name}-pod${serial}`);
  const outside = `veth${serial}`;
  await host.ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace.name);
  await host.ipBatch([
    `address add fe80::1/64 dev ${outside} nodad`,
    `link set ${outside} up`,
    `route add ${address4}/32 dev ${outside}`,
    `route add ${address6}/128 dev ${outside}`,
  ]);
  await namespace.ipBatch([
    `address add ${address4}/32 dev eth0`,
    `address add ${address6}/128 dev eth0 nodad`,
    "link set eth0 up",
    `route add ${plan.podGateway4(number)} dev eth0`,
    `route add default via ${plan.podGateway4(number)}`,
    "route add ::/0 via fe80::1 dev eth0",
  ]);
  return {
    namespace,
    podIps: [address4, address6],
    delete: async () => {
      await host.ip("link", "delete", outside);
      await namespace.delete();
    },
  };
}
