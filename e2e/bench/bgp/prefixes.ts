import { ClusterClient } from "../../cluster/index.ts";
import { endpointSlices, serviceObject } from "../../topology/objects.ts";
import { pathOf } from "../../topology/resource-paths.ts";
import { type RouterLab } from "../../topology/router-lab.ts";

export const ownAsn = 65_000;
export const routerAsn = 65_100;

const creators = 16;
const slicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const servicesPath = "/api/v1/namespaces/default/services";

/** Address `index` of 10.128.0.0/16, which is on no segment. */
export function addressAt(index: number): string {
  return `10.128.${index >> 8}.${index & 255}`;
}

/** So many Services with one address each, as an operator leaves them: what it costs to hand them out is not measured here. */
export async function createServices({ lab }: RouterLab, count: number): Promise<void> {
  const client = new ClusterClient(lab.api, { keepAlive: true });
  await eachOf(count, async (index) => {
    const name = serviceName(index);
    for (const slice of endpointSlices(name, "IPv4", [1])) await client.create(slicesPath, slice);
    const service = serviceObject(name, "IPv4", { allocateLoadBalancerNodePorts: false });
    await client.create(servicesPath, service);
    await giveAddress(client, index, addressAt(index));
  });
  client.close();
}

export async function giveAddress(client: ClusterClient, index: number, ip: string): Promise<void> {
  const status = { loadBalancer: { ingress: [{ ip }] } };
  await client.mergePatch(`${pathOf(serviceObject(serviceName(index)))}/status`, { status });
}

/** Some at a time, from the last to the first. */
export async function eachOf(count: number, run: (index: number) => Promise<void>): Promise<void> {
  const left = Array.from({ length: count }, (_, index) => index);
  const worker = async (): Promise<void> => {
    for (let index = left.pop(); index !== undefined; index = left.pop()) await run(index);
  };
  await Promise.all(Array.from({ length: creators }, worker));
}

function serviceName(index: number): string {
  return `web-${index}`;
}
