import { type NetworkNamespace } from "./namespace.ts";

/** One address of a Service and the pods behind it, of one family. */
export interface ServiceRoute {
  readonly address: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
  /** The pod sees the client's own address (externalTrafficPolicy Local); otherwise the node's. */
  readonly keepsSource?: boolean;
}

/**
 * Makes a node do what kube-proxy does with a Service's load-balancer address: a packet for it, whoever announced the
 * address, goes to one of its pods, and the answer goes back the same way (masqueraded, except with externalTrafficPolicy Local).
 * The whole table is replaced at once, so that calling it again with the same routes changes nothing.
 */
export async function programServiceRoutes(
  node: NetworkNamespace,
  routes: readonly ServiceRoute[],
): Promise<void> {
  await node.run("nft", ["-f", "-"], { input: ruleset(routes) });
}

/** The nftables text for `routes`. */
export function ruleset(routes: readonly ServiceRoute[]): string {
  const served = routes.filter((route) => route.endpoints.length > 0);
  const rules = served.map((route) => `    ${translation(route)}`);
  const masqueraded = served.filter(({ keepsSource }) => keepsSource !== true).map(masquerade);
  return `table inet service_routes
delete table inet service_routes
table inet service_routes {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
${rules.join("\n")}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
${masqueraded.map((rule) => `    ${rule}`).join("\n")}
  }
}
`;
}

function masquerade({ address, port, protocol }: ServiceRoute): string {
  const family = address.includes(":") ? "ip6" : "ip";
  return `meta l4proto ${protocol} ct original proto-dst ${port} ct original ${family} daddr ${address} masquerade`;
}

function translation(route: ServiceRoute): string {
  const family = route.address.includes(":") ? "ip6" : "ip";
  const entries = route.endpoints.map(
    (endpoint, index) => `${index} : ${endpoint.address} . ${endpoint.port}`,
  );
  const choice = `numgen random mod ${entries.length} map { ${entries.join(", ")} }`;
  return `${family} daddr ${route.address} ${route.protocol} dport ${route.port} dnat ${family} to ${choice}`;
}
