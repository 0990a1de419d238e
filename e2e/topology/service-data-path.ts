import { type NetworkNamespace } from "./namespace.ts";

/** One address of a Service and the pods behind it, of one family. */
export interface ServiceRoute {
  readonly address: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
}

/**
 * Makes a node do what kube-proxy does with a Service's load-balancer address: a packet for it, whoever announced the
 * address, goes to one of its pods, and the answer goes back the same way (masqueraded, externalTrafficPolicy Cluster).
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
  const rules = routes
    .filter((route) => route.endpoints.length > 0)
    .map((route) => `    ${translation(route)}`);
  return `table inet service_routes
delete table inet service_routes
table inet service_routes {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
${rules.join("\n")}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ct status dnat masquerade
  }
}
`;
}

function translation(route: ServiceRoute): string {
  const family = route.address.includes(":") ? "ip6" : "ip";
  const entries = route.endpoints.map(
    (endpoint, index) => `${index} : ${endpoint.address} . ${endpoint.port}`,
  );
  const choice = `numgen random mod ${entries.length} map { ${entries.join(", ")} }`;
  return `${family} daddr ${route.address} ${route.protocol} dport ${route.port} dnat ${family} to ${choice}`;
}
