import { beforeAll } from "@jest/globals";
import { ip } from "../../../core/wire/testing/ip.ts";
import { type TestNamespace } from "./namespaces.ts";

/** The same on every host of {@link connectRoutedHosts}. */
export interface RoutedHost {
  readonly namespace: TestNamespace;
  readonly device: string;
  readonly ipv4: ReturnType<typeof ip>;
  /** A second one, in the same subnet. */
  readonly otherIpv4: ReturnType<typeof ip>;
  readonly ipv6: ReturnType<typeof ip>;
  readonly linkLocal: ReturnType<typeof ip>;
}

/**
 * Three hosts in a row: near and far share a link, and what is behind the far one, in a subnet of its own, is reached through
 * it. To be called inside describeInNamespaces.
 */
export function connectRoutedHosts([near, far, behind]: readonly [
  TestNamespace,
  TestNamespace,
  TestNamespace,
]): { readonly near: RoutedHost; readonly far: RoutedHost; readonly behind: RoutedHost } {
  const hosts = {
    near: routedHost(near, "near", ["192.0.2.1", "192.0.2.11", "2001:db8::1", "fe80::1"]),
    far: routedHost(far, "far", ["192.0.2.2", "192.0.2.12", "2001:db8::2", "fe80::2"]),
    behind: routedHost(behind, "front", ["198.51.100.2", "198.51.100.12", "2001:db8:1::2", "fe80::3"]),
  };
  beforeAll(() => {
    plug(near, "near", far, "far");
    plug(far, "back", behind, "front");
    for (const [namespace, device, addresses] of [
      [near, "near", ["192.0.2.1/24", "192.0.2.11/24", "2001:db8::1/64", "fe80::1/64"]],
      [far, "far", ["192.0.2.2/24", "192.0.2.12/24", "2001:db8::2/64", "fe80::2/64"]],
      [far, "back", ["198.51.100.1/24"]],
      [behind, "front", ["198.51.100.2/24"]],
    ] as const)
      for (const address of addresses) give(namespace, device, address);
    far.sysctl("ipv4/ip_forward", "1");
    near.ip("route add 198.51.100.0/24 via 192.0.2.2");
    behind.ip("route add 192.0.2.0/24 via 198.51.100.1");
  });
  return hosts;
}

function routedHost(namespace: TestNamespace, device: string, addresses: readonly string[]): RoutedHost {
  const [ipv4, otherIpv4, ipv6, linkLocal] = addresses.map(ip);
  if (!ipv4 || !otherIpv4 || !ipv6 || !linkLocal) throw new Error("four addresses are needed");
  return { namespace, device, ipv4, otherIpv4, ipv6, linkLocal };
}

function plug(one: TestNamespace, name: string, other: TestNamespace, otherName: string): void {
  // No address of their own and no wait for duplicates: only what a test gives them is there, and at once.
  for (const namespace of [one, other]) namespace.sysctl("ipv6/conf/default/addr_gen_mode", "1");
  one.ip(`link add ${name} type veth peer name ${otherName} netns ${other.path()}`);
  one.ip(`link set ${name} up`);
  other.ip(`link set ${otherName} up`);
}

function give(namespace: TestNamespace, device: string, address: string): void {
  namespace.ip(`addr add ${address} dev ${device}${address.includes(":") ? " nodad" : ""}`);
}
