import { ip } from "../../core/wire/testing/ip.ts";
import { bfdSocketsContract, type BfdHost } from "../../ports/bfd-sockets.contract.ts";
import { AfPacketSockets } from "./af-packet-socket.ts";
import { describeInNamespaces } from "./testing/namespaces.ts";
import { connectRoutedHosts, type RoutedHost } from "./testing/routed-hosts.ts";
import { eventually } from "./testing/veth.ts";
import { UdpBfdSockets } from "./udp-bfd-sockets.ts";

describeInNamespaces("UdpBfdSockets", (namespaces) => {
  const { near, far, behind } = connectRoutedHosts(namespaces);

  bfdSocketsContract(() => ({
    near: bfdHost(near),
    far: bfdHost(far),
    behind: bfdHost(behind),
    foreign: ip("192.0.2.99"),
    eventually,
    close: () => undefined,
  }));
});

function bfdHost(host: RoutedHost): BfdHost {
  const { addon } = host.namespace;
  const sockets = new UdpBfdSockets(addon, new AfPacketSockets(addon));
  return { ...host, sockets, deviceIndex: addon.interfaceIndex(host.device) };
}
