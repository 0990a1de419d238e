import { systemClock } from "@steelyard/client";
import { formatIpAddress, ipAddressToBytes } from "@steelyard/model/address";
import { readFileSync } from "node:fs";
import { interfaceAddressesContract } from "../../ports/interface-addresses.contract.ts";
import { multicastGroupsContract } from "../../ports/multicast-groups.contract.ts";
import { packetSocketsContract } from "../../ports/packet-socket.contract.ts";
import { routeNetlinkContract } from "../../ports/route-netlink.contract.ts";
import { AfPacketSockets } from "./af-packet-socket.ts";
import { UdpMulticastGroups } from "./multicast-groups.ts";
import { NetlinkInterfaceAddresses } from "./netlink-interface-addresses.ts";
import { RouteNetlinkSockets } from "./route-netlink.ts";
import { describeInNamespace, type TestNamespace } from "./testing/namespaces.ts";
import { acceptAll, type Cable, eventually, plugCable } from "./testing/veth.ts";

const ARP = 0x0806;

describeInNamespace("AfPacketSockets", (namespace) => {
  packetSocketsContract(() => {
    const { near, far } = plugCable(namespace, "near", "far");
    const sockets = new AfPacketSockets(namespace.addon);
    const arrived: Uint8Array[] = [];
    const farEnd = sockets.open(
      { interfaceIndex: far.index, protocol: "arp", filter: acceptAll },
      {
        onFrames: (frames) => arrived.push(...frames.map((frame) => frame.slice())),
        onError: () => undefined,
      },
    );
    return {
      sockets,
      interfaceIndex: near.index,
      inject: (frames) => farEnd.send(frames),
      arrived: () => arrived.filter((frame) => new DataView(frame.buffer).getUint16(12) === ARP),
      setLinkUp: (up) => void namespace.ip(`link set near ${up ? "up" : "down"}`),
      removeLink: () => unplug(namespace, "near"),
      eventually,
      close: () => {
        farEnd.close();
        unplug(namespace, "near");
      },
    };
  });
});

describeInNamespace("RouteNetlinkSockets", (namespace) => {
  routeNetlinkContract(() => {
    const { near } = plugCable(namespace, "eth0", "peer0");
    // The contract wants one interface that can announce; the far end has no neighbour resolution.
    namespace.ip("link set peer0 arp off");
    namespace.sysctl("ipv6/conf/eth0/disable_ipv6", "0");
    let name = near.name;
    return {
      netlink: new RouteNetlinkSockets(namespace.addon, systemClock),
      setUp: (up) => void namespace.ip(`link set ${name} ${up ? "up" : "down"}`),
      setMac: (mac) =>
        void namespace.ip(
          `link set ${name} address ${Buffer.from(mac)
            .toString("hex")
            .replace(/..(?=.)/g, "$&:")}`,
        ),
      rename: (to) => {
        namespace.ip(`link set ${name} name ${to}`);
        name = to;
      },
      addAddress: (address, length) =>
        void namespace.ip(`addr add ${formatIpAddress(address)}/${String(length)} dev ${name}`),
      removeAddress: (address, length) =>
        void namespace.ip(`addr del ${formatIpAddress(address)}/${String(length)} dev ${name}`),
      setDefaultRoute: (family, present) => {
        const via = family === "IPv4" ? "192.0.2.254" : "fe80::254";
        namespace.ip(
          `${family === "IPv4" ? "-4" : "-6"} route ${present ? "add" : "del"} default via ${via} dev ${name}`,
        );
      },
      removeLink: () => unplug(namespace, name),
      eventually,
      close: () => unplug(namespace, name),
    };
  });
});

describeInNamespace("NetlinkInterfaceAddresses", (namespace) => {
  interfaceAddressesContract(() => {
    const { near } = plugCable(namespace, "eth0", "peer0");
    namespace.sysctl("ipv6/conf/eth0/disable_ipv6", "0");
    return {
      addresses: new NetlinkInterfaceAddresses(namespace.addon, systemClock),
      netlink: new RouteNetlinkSockets(namespace.addon, systemClock),
      interfaceIndex: near.index,
      eventually,
      close: () => unplug(namespace, "eth0"),
    };
  });
});

describeInNamespace("UdpMulticastGroups", (namespace) => {
  multicastGroupsContract(() => {
    const { near }: Cable = plugCable(namespace, "eth0", "peer0");
    namespace.sysctl("ipv6/conf/eth0/disable_ipv6", "0");
    return {
      groups: new UdpMulticastGroups(namespace.addon),
      interfaceIndex: near.index,
      isMember: (group) => {
        const memberships = namespace.inside(() => readFileSync("/proc/thread-self/net/igmp6", "utf8"));
        const hex = Buffer.from(ipAddressToBytes(group)).toString("hex");
        return new RegExp(`eth0 +${hex}`).test(memberships);
      },
      removeLink: () => unplug(namespace, "eth0"),
      close: () => unplug(namespace, "eth0"),
    };
  });
});

/** A test may have removed the link already. */
function unplug(namespace: TestNamespace, name: string): void {
  if (
    namespace
      .ip("-br link")
      .split(/[\s@]+/)
      .includes(name)
  )
    namespace.ip(`link del ${name}`);
}
