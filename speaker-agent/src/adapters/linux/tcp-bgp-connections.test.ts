import { networkInterfaces } from "node:os";
import { ip } from "../../core/wire/testing/ip.ts";
import { bgpConnectionsContract, type BgpHost } from "../../ports/bgp-connections.contract.ts";
import { TcpBgpConnections } from "./tcp-bgp-connections.ts";
import { describeInNamespaces } from "./testing/namespaces.ts";
import { connectRoutedHosts, type RoutedHost } from "./testing/routed-hosts.ts";
import { eventually } from "./testing/veth.ts";

describeInNamespaces("TcpBgpConnections", (namespaces) => {
  const { near, far, behind } = connectRoutedHosts(namespaces);

  bgpConnectionsContract(() => ({
    near: bgpHost(near),
    far: bgpHost(far),
    silent: ip("192.0.2.99"),
    remote: behind.ipv4,
    eventually,
    close: () => undefined,
  }));
});

function bgpHost(host: RoutedHost): BgpHost {
  const { namespace } = host;
  const interfaces = () => namespace.inside(() => networkInterfaces());
  return { ...host, connections: new TcpBgpConnections(namespace.addon, { interfaces }) };
}
