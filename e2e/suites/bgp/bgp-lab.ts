import { describe, test } from "@jest/globals";
import { type ClusterObject } from "../../cluster/index.ts";
import { plan } from "../../topology/addressing.ts";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { type LabOptions } from "../../topology/lab.ts";
import {
  bgpAdvertisementObject,
  bgpPeerObject,
  configurationStateObject,
  type Families,
  poolObject,
} from "../../topology/objects.ts";
import { RouterLab, type Site } from "../../topology/router-lab.ts";
import { type LearnedRoute, type RouterKind } from "../../topology/routers/router-config.ts";
import { whyNoRouter } from "../../topology/routers/router-programs.ts";

/** The nodes' AS. */
export const ownAsn = 65_000;
/** That of the routers, where nothing else is said. */
export const routerAsn = 65_100;

/** `describeNetwork` for suites that need these routers. */
export function describeRouters(name: string, kinds: readonly RouterKind[], body: () => void): void {
  const why = whyNoRouter(...kinds);
  if (why === undefined) describeNetwork(name, body);
  else describe.skip(`${name} [skipped: ${why}]`, body);
}

/** A test for each of these routers; those that are not here are skipped, counted. */
export function testEachRouter(
  kinds: readonly RouterKind[],
  name: string,
  body: (kind: RouterKind) => Promise<void>,
): void {
  for (const kind of kinds) {
    const why = whyNoRouter(kind);
    if (why === undefined) test(`${kind}: ${name}`, () => body(kind));
    else test.skip(`${kind}: ${name} [skipped: ${why}]`, () => body(kind));
  }
}

/** A cluster whose addresses are on no segment, with an operator. */
export async function bgpLab(options: LabOptions): Promise<RouterLab> {
  const lab = await RouterLab.create(options);
  await lab.lab.apply(poolObject("bgp", ["198.51.100.0/24", "fd64::/112"]));
  await lab.lab.startOperator();
  return lab;
}

/** A Service with pods on these nodes; gives its prefixes, IPv4 first. */
export async function createService(
  { lab }: RouterLab,
  name: string,
  families: Families = "dual",
  endpointsOn: readonly number[] = [1],
  options: Parameters<RouterLab["lab"]["createService"]>[2] = {},
): Promise<readonly string[]> {
  await lab.createService(name, families, { endpointsOn, ...options });
  const addresses = await lab.untilAddresses(name, families === "dual" ? 2 : 1);
  return addresses.map(hostPrefix).sort((a, b) => Number(a.includes(":")) - Number(b.includes(":")));
}

export function hostPrefix(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}

/** The address of a prefix of one. */
export function addressOf(prefix: string | undefined): string {
  return prefix?.split("/")[0] ?? "";
}

/** A BGPPeer for the router's address of a family, as far as nothing else is said. */
export function peerTo(
  site: Site,
  spec: Readonly<Record<string, unknown>> = {},
  { family = "IPv4", name = peerName(site, family) }: { family?: "IPv4" | "IPv6"; name?: string } = {},
): ClusterObject {
  const peerAddress = family === "IPv4" ? site.address4 : site.address6;
  return bgpPeerObject(name, { myASN: ownAsn, peerASN: routerAsn, peerAddress, ...spec });
}

export function peerName({ router }: Site, family: "IPv4" | "IPv6" = "IPv4"): string {
  return `${router.name}-${family.toLowerCase()}`;
}

/** The BGPAdvertisement of all addresses. */
export function advertisement(spec: Readonly<Record<string, unknown>> = {}): ClusterObject {
  return bgpAdvertisementObject("all", spec);
}

/** Takes all BGPPeers away but these, which are created or changed. */
export async function setPeers({ lab }: RouterLab, ...peers: readonly ClusterObject[]): Promise<void> {
  const names = new Set(peers.map(({ metadata }) => metadata.name));
  const path = "/apis/metallb.io/v1beta2/namespaces/metallb-system/bgppeers";
  for (const { metadata } of await lab.kube.list(path))
    if (!names.has(metadata.name)) await lab.kube.delete(`${path}/${metadata.name}`);
  await lab.apply(...peers);
}

/** What an agent says of its routers on its ConfigurationState: `steelyard.io/bgp`. */
export interface BgpReport {
  readonly down?: Readonly<Record<string, { readonly router: string; readonly because?: string }>>;
  readonly withheld?: Readonly<Record<string, { readonly families: Readonly<Record<string, string>> }>>;
}

export async function bgpReport({ lab }: RouterLab, node: ClusterNode): Promise<BgpReport> {
  const state = await lab.get(configurationStateObject(`speaker-${node.name}`));
  return JSON.parse(state.metadata.annotations?.["steelyard.io/bgp"] ?? "{}") as BgpReport;
}

/**
 * Returns why the session of a BGPPeer does not come up, once a node says so in words that match. A node that has had much to
 * say writes every half minute only.
 */
export function untilDown(
  lab: RouterLab,
  peer: string,
  because: RegExp,
  node = lab.nodes[0],
): Promise<string> {
  if (node === undefined) throw new Error("there is no node");
  return eventually(
    `${node.name} to say ${because} of ${peer}`,
    async () => {
      const said = (await bgpReport(lab, node)).down?.[peer]?.because;
      if (said === undefined || !because.test(said)) throw new Error(`it says: ${said ?? "nothing"}`);
      return said;
    },
    45_000,
  );
}

/** The names of the BGPPeers that carry a Service from a node, as its ServiceBGPStatus says. */
export async function statusPeers(
  { lab }: RouterLab,
  service: string,
  node: string,
): Promise<readonly string[]> {
  const statuses = (await lab.list("servicebgpstatuses")).map(
    ({ status }) => status as { node?: string; serviceName?: string; peers?: readonly string[] } | undefined,
  );
  const own = statuses.filter((status) => status?.serviceName === service && status.node === node);
  return own[0]?.peers ?? [];
}

/** The one path from node 1 to a prefix, once it is as it should be. */
export function untilRoute(
  { router }: Site,
  prefix: string | undefined,
  isAsItShouldBe: (route: LearnedRoute) => boolean = () => true,
): Promise<LearnedRoute> {
  return router.until(`a path to ${prefix} as it should be`, async () => {
    const routes = await router.routesTo(prefix ?? "");
    const [route] = routes;
    if (routes.length !== 1 || route === undefined || !isAsItShouldBe(route))
      throw new Error(`the paths are ${JSON.stringify(routes)}`);
    return route;
  });
}

/** The addresses of a node, by family. */
export function addressesOf({ number }: ClusterNode): Readonly<Record<"IPv4" | "IPv6", string>> {
  return { IPv4: plan.nodeAddress4(number), IPv6: plan.nodeAddress6(number) };
}
