import { plan } from "./addressing.ts";
import { NetworkNamespace } from "./namespace.ts";
import { type Attachment, type Segment } from "./segment.ts";

/** A Kubernetes node of the test network: a router namespace with one pod namespace behind it. */
export interface ClusterNode {
  readonly number: number;
  readonly name: string;
  readonly host: NetworkNamespace;
  readonly pod: NetworkNamespace;
  /** eth0 on the segment `lan`. */
  readonly lan: Attachment;
  /** eth1 on the segment `side`, where the lab has one. */
  readonly side: Attachment | undefined;
}

/** Builds node `number` of `total`, with routes to the pods of all the others. */
export async function createClusterNode(
  number: number,
  total: number,
  lan: Segment,
  side: Segment | undefined,
): Promise<ClusterNode> {
  const name = plan.nodeName(number);
  const host = await NetworkNamespace.create(name);
  await forwardPackets(host);
  const attachment = await lan.attach(host, "eth0", [
    `${plan.nodeAddress4(number)}/24`,
    `${plan.nodeAddress6(number)}/64`,
  ]);
  const second = await side?.attach(host, "eth1", plan.sideAddresses(number));
  const pod = await createPodNamespace(number, host);
  await host.ipBatch(routesToPods(number, total));
  return { number, name, host, pod, lan: attachment, side: second };
}

function routesToPods(number: number, total: number): readonly string[] {
  const others = Array.from({ length: total }, (_, index) => index + 1).filter((other) => other !== number);
  return others.flatMap((other) => [
    `route add ${plan.podNetwork4(other)} via ${plan.nodeAddress4(other)}`,
    `route add ${plan.podNetwork6(other)} via ${plan.nodeAddress6(other)}`,
  ]);
}

async function forwardPackets(host: NetworkNamespace): Promise<void> {
  await host.sysctl({
    "net.ipv4.ip_forward": 1,
    "net.ipv6.conf.all.forwarding": 1,
    "net.ipv4.conf.all.rp_filter": 0,
    "net.ipv4.conf.default.rp_filter": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.default.send_redirects": 0,
  });
}

async function createPodNamespace(number: number, host: NetworkNamespace): Promise<NetworkNamespace> {
  const pod = await NetworkNamespace.create(`pod${number}`);
  await host.ip("link", "add", "pod0", "type", "veth", "peer", "name", "eth0", "netns", pod.name);
  await host.ipBatch([
    `address add ${plan.podGateway4(number)}/24 dev pod0`,
    `address add ${plan.podGateway6(number)}/64 dev pod0 nodad`,
    "link set pod0 up",
  ]);
  await pod.ipBatch([
    `address add ${plan.podAddress4(number)}/24 dev eth0`,
    `address add ${plan.podAddress6(number)}/64 dev eth0 nodad`,
    "link set eth0 up",
    `route add default via ${plan.podGateway4(number)}`,
    `route add ::/0 via ${plan.podGateway6(number)}`,
  ]);
  return pod;
}
