import { beforeAll } from "@jest/globals";
import { type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { networkInterfaces } from "node:os";
import { bgpConnectionsContract, type BgpHost } from "../../ports/bgp-connections.contract.ts";
import { TcpBgpConnections } from "./tcp-bgp-connections.ts";
import { describeInNamespaces, type TestNamespace } from "./testing/namespaces.ts";
import { eventually } from "./testing/veth.ts";

describeInNamespaces("TcpBgpConnections", ([near, far, behind]) => {
  beforeAll(() => {
    connect(near, "near", far, "far");
    connect(far, "back", behind, "front");
    give(near, "near", ["192.0.2.1/24", "192.0.2.11/24", "2001:db8::1/64", "fe80::1/64"]);
    give(far, "far", ["192.0.2.2/24", "192.0.2.12/24", "2001:db8::2/64", "fe80::2/64"]);
    give(far, "back", ["198.51.100.1/24"]);
    give(behind, "front", ["198.51.100.2/24"]);
    far.sysctl("ipv4/ip_forward", "1");
    near.ip("route add 198.51.100.0/24 via 192.0.2.2");
    behind.ip("route add 192.0.2.0/24 via 198.51.100.1");
  });

  bgpConnectionsContract(() => ({
    near: {
      ...host(near, "near"),
      ipv4: ip("192.0.2.1"),
      otherIpv4: ip("192.0.2.11"),
      ipv6: ip("2001:db8::1"),
      linkLocal: ip("fe80::1"),
    },
    far: {
      ...host(far, "far"),
      ipv4: ip("192.0.2.2"),
      otherIpv4: ip("192.0.2.12"),
      ipv6: ip("2001:db8::2"),
      linkLocal: ip("fe80::2"),
    },
    silent: ip("192.0.2.99"),
    remote: ip("198.51.100.2"),
    eventually,
    close: () => undefined,
  }));
});

function host(namespace: TestNamespace, device: string): Pick<BgpHost, "connections" | "device"> {
  const interfaces = () => namespace.inside(() => networkInterfaces());
  return { connections: new TcpBgpConnections(namespace.addon, { interfaces }), device };
}

function connect(one: TestNamespace, name: string, other: TestNamespace, otherName: string): void {
  for (const namespace of [one, other]) namespace.sysctl("ipv6/conf/default/accept_dad", "0");
  for (const namespace of [one, other]) namespace.sysctl("ipv6/conf/default/addr_gen_mode", "1");
  one.ip(`link add ${name} type veth peer name ${otherName} netns ${other.path()}`);
  one.ip(`link set ${name} up`);
  other.ip(`link set ${otherName} up`);
}

function give(namespace: TestNamespace, device: string, addresses: readonly string[]): void {
  for (const address of addresses)
    namespace.ip(`addr add ${address} dev ${device}${address.includes(":") ? " nodad" : ""}`);
}

function ip(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
