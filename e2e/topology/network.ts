import { plan } from "./addressing.ts";
import { createClusterNode, type ClusterNode } from "./cluster-node.ts";
import { NetworkNamespace } from "./namespace.ts";
import { startPodServer } from "./pod-server.ts";
import { type Program } from "./program.ts";
import { enterSandbox } from "./sandbox.ts";
import { Segment, type Attachment } from "./segment.ts";

/** Nodes, pods and a client on one or two segments; the sandbox itself is the router that the API server listens on. */
export class Network {
  readonly lan: Segment;
  readonly side: Segment | undefined;
  readonly nodes: readonly ClusterNode[];
  readonly client: NetworkNamespace;
  readonly clientLan: Attachment;
  private readonly podServers: readonly Program[];

  private constructor(
    lan: Segment,
    side: Segment | undefined,
    nodes: readonly ClusterNode[],
    client: NetworkNamespace,
    clientLan: Attachment,
    podServers: readonly Program[],
  ) {
    this.lan = lan;
    this.side = side;
    this.nodes = nodes;
    this.client = client;
    this.clientLan = clientLan;
    this.podServers = podServers;
  }

  static async create(options: { nodes: number; sideSegment?: boolean }): Promise<Network> {
    await enterSandbox();
    const lan = await Segment.create(plan.lan.bridge, plan.lan.router);
    const side =
      options.sideSegment === true ? await Segment.create(plan.side.bridge, plan.side.router) : undefined;
    const numbers = Array.from({ length: options.nodes }, (_, index) => index + 1);
    const nodes: ClusterNode[] = [];
    for (const number of numbers) nodes.push(await createClusterNode(number, options.nodes, lan, side));
    if (nodes.length > mostNeighboursKnowing) await makeAcquainted(nodes);
    const client = await NetworkNamespace.create("client");
    const clientLan = await lan.attach(client, "eth0", plan.lan.client);
    await side?.attach(client, "eth1", plan.side.client);
    const podServers = await Promise.all(nodes.map((node) => startPodServer(node.pod, `pod${node.number}`)));
    return new Network(lan, side, nodes, client, clientLan, podServers);
  }

  node(number: number): ClusterNode {
    const node = this.nodes[number - 1];
    if (node === undefined) throw new Error(`there is no node ${number}`);
    return node;
  }

  /** The node whose interface on a segment has this MAC. */
  nodeWithMac(mac: string | undefined): ClusterNode | undefined {
    // No MAC is nobody's, not that of a node without a second interface.
    if (mac === undefined) return undefined;
    return this.nodes.find((node) => node.lan.mac === mac || node.side?.mac === mac);
  }

  /** Parts the segments: these nodes hear only each other from now on, and keep their carrier. */
  async split(nodes: readonly ClusterNode[]): Promise<void> {
    await this.lan.split(nodes.map(({ lan }) => lan));
    await this.side?.split(nodes.flatMap(({ side }) => side ?? []));
  }

  async join(nodes: readonly ClusterNode[]): Promise<void> {
    await this.lan.join(nodes.map(({ lan }) => lan));
    await this.side?.join(nodes.flatMap(({ side }) => side ?? []));
  }

  /** Pulls all cables of a node: as seen from outside, it lost its power. */
  async cut(node: ClusterNode): Promise<void> {
    await this.lan.cut(node.lan);
    if (node.side !== undefined) await this.side?.cut(node.side);
  }

  async restore(node: ClusterNode): Promise<void> {
    await this.lan.restore(node.lan);
    if (node.side !== undefined) await this.side?.restore(node.side);
  }

  async delete(): Promise<void> {
    for (const server of this.podServers) await server.stop("SIGKILL");
    for (const node of this.nodes) {
      await node.pod.delete();
      await node.host.delete();
    }
    await this.client.delete();
    await this.lan.delete();
    await this.side?.delete();
  }
}

/**
 * The kernel keeps 1 024 neighbours for all namespaces together (gc_thresh3), too few for all nodes to find all others. What
 * is entered by hand does not count.
 */
const mostNeighboursKnowing = 25;

async function makeAcquainted(nodes: readonly ClusterNode[]): Promise<void> {
  for (const node of nodes) {
    const others = nodes.filter((other) => other !== node);
    await node.host.ipBatch(
      others.map(
        ({ number, lan }) =>
          `neighbour replace ${plan.nodeAddress4(number)} lladdr ${lan.mac} nud permanent dev eth0`,
      ),
    );
  }
}
