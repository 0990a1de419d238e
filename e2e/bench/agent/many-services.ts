import { setTimeout as pause } from "node:timers/promises";
import { ClusterClient } from "../../cluster/index.ts";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { eventually } from "../../topology/eventually.ts";
import { type Lab } from "../../topology/lab.ts";
import { whoHas } from "../../topology/neighbour-probe.ts";
import {
  endpointSlices,
  l2AdvertisementObject,
  nodeObject,
  poolObject,
  serviceObject,
} from "../../topology/objects.ts";
import { type Program } from "../../topology/program.ts";
import { withGoal, type Figure } from "../figure.ts";
import { residentMegabytes } from "../process-status.ts";
import { type Answerer } from "./answer-latency.ts";

export const manyServices = 10_000;
/** So many nodes share them, that each announces a thousand addresses. */
const nodes = 10;
const goalMegabytes = 130;
const creators = 16;

/** 10 000 Services with their EndpointSlices, half of each family, and ten Nodes of which only the lab's run anything. */
export async function createManyServices(lab: Lab, count = manyServices): Promise<void> {
  await lab.apply(
    poolObject("many", ["10.80.0.0/16", "fd80::/108"], { autoAssign: false }),
    l2AdvertisementObject("many", { ipAddressPools: ["many"], interfaces: ["eth0"] }),
  );
  for (let number = lab.network.nodes.length + 1; number <= nodes; number++) {
    await lab.kube.create("/api/v1/nodes", nodeObject(number));
    await lab.setNodeReady(number, true);
  }
  const client = new ClusterClient(lab.api, { keepAlive: true });
  const left = Array.from({ length: count }, (_, index) => index);
  const create = async (): Promise<void> => {
    for (let index = left.pop(); index !== undefined; index = left.pop()) await createOne(client, index);
  };
  await Promise.all(Array.from({ length: creators }, create));
  await eventually(
    "the last Services to have addresses",
    async () =>
      (await lab.addresses(serviceName(0))).length > 0 && (await lab.addresses(serviceName(1))).length > 0,
    300_000,
  );
  client.close();
}

async function createOne(client: ClusterClient, index: number): Promise<void> {
  const family = index % 2 === 0 ? "IPv4" : "IPv6";
  const name = serviceName(index);
  for (const slice of endpointSlices(name, family, [1, 2]))
    await client.create("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice);
  const annotations = { "metallb.io/address-pool": "many" };
  // There are only 2 768 node ports.
  const spec = { allocateLoadBalancerNodePorts: false };
  await client.create("/api/v1/namespaces/default/services", serviceObject(name, family, spec, annotations));
}

function serviceName(index: number): string {
  return `many-${index}`;
}

/** Memory once it no longer grows, with 10 000 Services of which a tenth is announced here. */
export async function measureFullMemory(agent: Program, rival: Program | undefined): Promise<Figure[]> {
  const megabytes = await untilSettled(agent);
  const name = `resident, ${manyServices} Services and EndpointSlices`;
  return [
    withGoal(
      `agent, ${name}`,
      `${megabytes.toFixed(1)} MB`,
      `≤ ${goalMegabytes} MB`,
      megabytes <= goalMegabytes,
    ),
    ...(rival === undefined
      ? []
      : [{ name: `MetalLB's speaker, ${name}`, value: `${residentMegabytes(rival.pid).toFixed(1)} MB` }]),
  ];
}

/** Resident megabytes, once five seconds have added less than one. */
async function untilSettled(program: Program): Promise<number> {
  for (let before = residentMegabytes(program.pid), round = 0; ; round++) {
    await pause(5_000);
    const now = residentMegabytes(program.pid);
    if (now - before < 1 || round === 12) return now;
    before = now;
  }
}

/** An address of each family among the many that the node answers for. */
export async function anyAddressesOf(lab: Lab, node: ClusterNode): Promise<Answerer> {
  return { node, address4: await anyAddress(lab, node, 0), address6: await anyAddress(lab, node, 1) };
}

async function anyAddress(lab: Lab, node: ClusterNode, first: number): Promise<string> {
  for (let index = first; index < 400; index += 2) {
    const [address = ""] = await lab.addresses(serviceName(index));
    const claims = await whoHas(lab.network.client, "eth0", address, { forMillis: 60 });
    if (claims.some(({ mac }) => mac === node.lan.mac)) return address;
  }
  throw new Error(`${node.name} answers for none of the first 200 addresses`);
}
