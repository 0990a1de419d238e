import { type ClusterNode } from "./cluster-node.ts";
import { eventually } from "./eventually.ts";
import { Lab, type LabOptions } from "./lab.ts";
import { l2AdvertisementObject, poolObject } from "./objects.ts";

/** A ring of agents, and a node without one for the pods: what fails is then the announcement and never the pod. */
export async function failoverLab(
  options: Omit<LabOptions, "nodes"> & { nodes?: number } = {},
): Promise<Lab> {
  const lab = await Lab.create({
    nodes: 3,
    membership: true,
    workers: 1,
    ...options,
  });
  await lab.apply(
    poolObject("lan", ["192.168.7.100-192.168.7.149", "fd07::100-fd07::149"]),
    l2AdvertisementObject("lan"),
  );
  await lab.startOperator();
  return lab;
}

/** The number of the node that runs the pods. */
export function workerOf(lab: Lab): number {
  return lab.network.nodes.length;
}

/** Creates a Service whose pod is on the worker, and waits until it is announced and served. */
export async function serve(lab: Lab, name: string): Promise<readonly string[]> {
  await lab.createService(name, "dual", { endpointsOn: [workerOf(lab)] });
  const addresses = await lab.untilAddresses(name, 2);
  for (const address of addresses) await lab.soleOwner(address);
  return addresses;
}

/** The node that answers for all of these addresses. */
export async function ownerOfAll(lab: Lab, addresses: readonly string[]): Promise<ClusterNode> {
  return eventually(`one owner of ${addresses.join(" and ")}`, async () => {
    const owners = await Promise.all(addresses.map((address) => lab.soleOwner(address)));
    const [first] = owners;
    return first !== undefined && owners.every(({ name }) => name === first.name) && first;
  });
}
