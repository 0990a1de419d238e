import { plan } from "./addressing.ts";
import { type ClusterNode } from "./cluster-node.ts";
import { Lab, type LabOptions } from "./lab.ts";
import { NetworkNamespace } from "./namespace.ts";
import {
  type RouterConfig,
  type RouterKind,
  type RouterNeighbor,
  type RouterSession,
} from "./routers/router-config.ts";
import { Router } from "./routers/router.ts";
import { type Attachment, Segment } from "./segment.ts";
import { type Visitor, type VisitorOptions } from "./visitor.ts";

export interface RouterSite {
  /**
   * On the nodes' segment, or behind a router that speaks no BGP: for sessions over several hops. Packets for a Service get
   * no further than to that one, which knows nothing of it.
   */
  readonly at?: "lan" | "far";
  /** The nodes it has a link of its own to each, `node<n>` here and `uplink<n of the router>` there. */
  readonly cables?: readonly ClusterNode[];
}

/** A router of a lab, and where it is. */
export interface Site {
  readonly number: number;
  readonly at: "lan" | "far";
  readonly router: Router;
  /** As the nodes know it. */
  readonly address4: string;
  readonly address6: string;
  /** Its cable to the segment that the nodes reach it by. */
  readonly attachment: Attachment;
}

/**
 * A cluster with routers between it and its client:
 *
 *     client ── outside ── router 1 … n ── lan ── nodes
 *     192.168.9.2          .221, .222 …    │
 *                          └─ or ─ far ── transit
 *
 * The routers forward, to all next hops of a route by the hash of a connection's addresses and ports.
 */
export class RouterLab {
  readonly lab: Lab;
  /** Knows nothing but its router. */
  readonly client: NetworkNamespace;
  readonly #outside: Segment;
  readonly #sites: Site[] = [];
  readonly #hosts: NetworkNamespace[] = [];
  #far: Segment | undefined;

  private constructor(lab: Lab, outside: Segment, client: NetworkNamespace) {
    this.lab = lab;
    this.#outside = outside;
    this.client = client;
    this.#hosts.push(client);
  }

  static async create(options: LabOptions): Promise<RouterLab> {
    const lab = await Lab.create(options);
    const outside = await Segment.create(plan.outside.bridge);
    const client = await NetworkNamespace.create("outsider");
    await outside.attach(client, "eth0", plan.outside.client);
    return new RouterLab(lab, outside, client);
  }

  get nodes(): readonly ClusterNode[] {
    return this.lab.network.nodes;
  }

  get routers(): readonly Router[] {
    return this.#sites.map(({ router }) => router);
  }

  /** What a router is told of all nodes with an agent, each with its address of one family. */
  neighbors(settings: Omit<RouterNeighbor, "address">, family: "IPv4" | "IPv6" = "IPv4"): RouterNeighbor[] {
    const address = family === "IPv4" ? plan.nodeAddress4 : plan.nodeAddress6;
    return this.lab.speakers.map(({ number }) => ({ ...settings, address: address(number) }));
  }

  /**
   * Sets up a router and returns when it can be asked. The first one on the nodes' segment is the client's way to the
   * cluster and back. Its router
   * ID, and its own address in the sessions, come from where it is.
   */
  async addRouter(
    kind: RouterKind,
    config: Omit<RouterConfig, "routerId">,
    { at = "lan", cables = [] }: RouterSite = {},
  ): Promise<Site> {
    const number = this.#sites.length + 1;
    const name = `router${number}`;
    const [address4, address6] = at === "lan" ? plan.router.onLan(number) : plan.router.onFar(number);
    const host = await this.#createHost(name);
    const segment = at === "lan" ? this.lab.network.lan : await this.#farSegment();
    const attachment = await segment.attach(host, "eth0", [`${address4}/24`, `${address6}/64`]);
    const [outside4, outside6] = plan.router.outside(number);
    await this.#outside.attach(host, "eth1", [`${outside4}/24`, `${outside6}/64`]);
    if (at === "far") await host.ipBatch(routesVia(plan.lan.network4, plan.lan.network6, plan.far.transit));
    for (const node of cables) await this.#cable(host, node, `uplink${number}`);
    const router = await Router.start(kind, { name, host, config: complete(config, address4, address6) });
    const site = { number, at, router, address4, address6, attachment };
    if (at === "lan" && !this.#sites.some((other) => other.at === "lan")) await this.leadThrough(site);
    this.#sites.push(site);
    return site;
  }

  /** Starts a router anew with another configuration. */
  restart({ router, address4, address6 }: Site, config: Omit<RouterConfig, "routerId">): Promise<void> {
    return router.restart(complete(config, address4, address6));
  }

  /** From now on the client's packets go through this router, which is on the nodes' segment, there and back. */
  async leadThrough({ number, address4, address6 }: Site): Promise<void> {
    const [outside4, outside6] = plan.router.outside(number);
    await this.client.ipBatch([
      `route replace default via ${outside4}`,
      `route replace ::/0 via ${outside6}`,
    ]);
    const back = routesVia(plan.outside.network4, plan.outside.network6, [address4, address6]);
    for (const { host } of this.nodes) await host.ipBatch(back);
  }

  /** A client behind the router that opens a new connection every few milliseconds. */
  visit(address: string, options: VisitorOptions = {}): Promise<Visitor> {
    return this.lab.visit(address, { ...options, from: this.client });
  }

  /** A page through a Service's address, through the router. */
  reach(address: string): Promise<string> {
    return this.lab.reach(`http://${address.includes(":") ? `[${address}]` : address}/`, this.client);
  }

  /** Returns the sessions of a router with all nodes that have an agent, once they are established. */
  async untilPeered({ router }: Site, family: "IPv4" | "IPv6" = "IPv4"): Promise<readonly RouterSession[]> {
    const address = family === "IPv4" ? plan.nodeAddress4 : plan.nodeAddress6;
    const sessions: RouterSession[] = [];
    for (const { number } of this.lab.speakers) sessions.push(await router.untilEstablished(address(number)));
    return sessions;
  }

  transcripts(): string {
    return [this.lab.transcripts(), ...this.routers.map((router) => router.transcript())].join("\n");
  }

  async end(): Promise<void> {
    if (process.env["STEELYARD_TRANSCRIPTS"] === "1")
      console.log(this.routers.map((router) => router.transcript()).join("\n"));
    await Promise.all(this.routers.map((router) => router.kill()));
    await this.#outside.delete();
    await this.#far?.delete();
    for (const host of this.#hosts) await host.delete();
    await this.lab.end();
  }

  async #createHost(name: string): Promise<NetworkNamespace> {
    const host = await NetworkNamespace.create(name);
    this.#hosts.push(host);
    await host.sysctl({
      "net.ipv4.ip_forward": 1,
      "net.ipv6.conf.all.forwarding": 1,
      "net.ipv4.conf.all.rp_filter": 0,
      "net.ipv4.conf.default.rp_filter": 0,
      "net.ipv4.conf.all.send_redirects": 0,
      "net.ipv4.conf.default.send_redirects": 0,
      // Addresses and ports: a client's connections spread over all next hops, and each stays with its own.
      "net.ipv4.fib_multipath_hash_policy": 1,
      "net.ipv6.fib_multipath_hash_policy": 1,
    });
    return host;
  }

  /** The segment behind a router that only forwards, which is set up with the first that wants to be there. */
  async #farSegment(): Promise<Segment> {
    if (this.#far !== undefined) return this.#far;
    const far = await Segment.create(plan.far.bridge);
    const transit = await this.#createHost("transit");
    await this.lab.network.lan.attach(transit, "eth0", plan.far.transitOnLan);
    await far.attach(transit, "eth1", plan.far.transit);
    for (const { host } of this.nodes)
      await host.ipBatch(routesVia(plan.far.network4, plan.far.network6, plan.far.transitOnLan));
    this.#far = far;
    return far;
  }

  /** A link with no other address than those that every interface has. */
  async #cable(router: NetworkNamespace, node: ClusterNode, uplink: string): Promise<void> {
    const name = `node${node.number}`;
    await router.ip("link", "add", name, "type", "veth", "peer", "name", uplink, "netns", node.host.name);
    for (const [host, link] of [
      [router, name],
      [node.host, uplink],
    ] as const) {
      await host.sysctl({ [`net.ipv6.conf.${link}.accept_dad`]: 0 });
      await host.ip("link", "set", link, "up");
    }
  }
}

/** Both families to a network through a router, whose addresses may be written with the length of their prefix. */
function routesVia(network4: string, network6: string, gateway: readonly string[]): readonly string[] {
  const [via4, via6] = gateway.map((address) => address.split("/")[0]);
  return [`route replace ${network4} via ${via4}`, `route replace ${network6} via ${via6}`];
}

/** Sessions end at the router's address of their family; on an unnumbered link there is none. */
function complete(config: Omit<RouterConfig, "routerId">, address4: string, address6: string): RouterConfig {
  const source = ({ address, range }: RouterNeighbor): string =>
    (address ?? range ?? "").includes(":") ? address6 : address4;
  const neighbors = config.neighbors.map((neighbor) =>
    neighbor.interface === undefined ? { source: source(neighbor), ...neighbor } : neighbor,
  );
  return { ...config, neighbors, routerId: address4 };
}
