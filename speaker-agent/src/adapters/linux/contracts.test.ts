import { describe } from "@jest/globals";
import { readFileSync } from "node:fs";
import { systemClock } from "@steelyard/client";
import { formatIpAddress, type IpAddress, ipAddressToBytes } from "@steelyard/model/address";
import { type FilterProgram } from "../../core/wire/packet-filter.ts";
import { formatMac } from "../../core/wire/mac-address.ts";
import { multicastGroupsContract } from "../../ports/multicast-groups.contract.ts";
import { packetSocketsContract } from "../../ports/packet-socket.contract.ts";
import { routeNetlinkContract } from "../../ports/route-netlink.contract.ts";
import { AfPacketSockets } from "./af-packet-socket.ts";
import { UdpMulticastGroups } from "./multicast-groups.ts";
import { RouteNetlinkSockets } from "./route-netlink.ts";
import { describeInNamespace, type TestNamespace } from "./testing/namespaces.ts";
import { eventually, plugCable } from "./testing/veth.ts";

const acceptAll: FilterProgram = [{ code: 0x06, jt: 0, jf: 0, k: 0xffff }];

/** The contracts that the memory adapters keep, kept by the kernel. */
describeInNamespace("the kernel keeps the contracts", (namespace) => {
  describe("AfPacketSockets", () => {
    packetSocketsContract(() => {
      const { near, far } = plugCable(namespace, "eth0", "far0");
      const sockets = new AfPacketSockets(namespace.addon);
      const arrived: Uint8Array[] = [];
      const farEnd = namespace.inside(() =>
        sockets.open(
          { interfaceIndex: far.index, protocol: "arp", filter: acceptAll },
          {
            onFrames: (frames) => arrived.push(...frames.map((frame) => frame.slice())),
            onError: () => undefined,
          },
        ),
      );
      return {
        // Sockets belong to the namespace in which they are opened.
        sockets: { open: (options, events) => namespace.inside(() => sockets.open(options, events)) },
        interfaceIndex: near.index,
        inject: (frames) => farEnd.send(frames),
        arrived: () => arrived,
        setLinkUp: (up) => namespace.ip(`link set eth0 ${up ? "up" : "down"}`),
        removeLink: () => namespace.ip("link del eth0"),
        eventually,
        close: () => {
          farEnd.close();
          removeIfPresent(namespace, "eth0");
        },
      };
    });
  });

  describe("RouteNetlinkSockets", () => {
    routeNetlinkContract(() => {
      plugCable(namespace, "eth0", "far0");
      const netlink = new RouteNetlinkSockets(namespace.addon, systemClock);
      const address = (verb: string, which: IpAddress, length: number) =>
        namespace.ip(`addr ${verb} ${formatIpAddress(which)}/${length} dev eth0`);
      namespace.sysctl("ipv6/conf/eth0/disable_ipv6", "0");
      return {
        netlink: { watch: (onLinks, onError) => namespace.inside(() => netlink.watch(onLinks, onError)) },
        setUp: (up) => void namespace.ip(`link set eth0 ${up ? "up" : "down"}`),
        setMac: (mac) => void namespace.ip(`link set eth0 address ${formatMac(mac)}`),
        rename: (name) => {
          namespace.ip("link set eth0 down");
          namespace.ip(`link set eth0 name ${name}`);
        },
        addAddress: (which, length) => void address("add", which, length),
        removeAddress: (which, length) => void address("del", which, length),
        removeLink: () => void namespace.ip("link del eth0"),
        eventually,
        close: () => removeIfPresent(namespace, "far0"),
      };
    });
  });

  describe("UdpMulticastGroups", () => {
    multicastGroupsContract(() => {
      const { near } = plugCable(namespace, "eth0", "far0");
      const groups = new UdpMulticastGroups(namespace.addon);
      return {
        groups: {
          join: (index, group) => namespace.inside(() => groups.join(index, group)),
          leave: (index, group) => groups.leave(index, group),
          close: () => groups.close(),
        },
        interfaceIndex: near.index,
        isMember: (group) =>
          memberships(namespace, "eth0").includes(Buffer.from(ipAddressToBytes(group)).toString("hex")),
        removeLink: () => void namespace.ip("link del eth0"),
        close: () => removeIfPresent(namespace, "far0"),
      };
    });
  });
});

function removeIfPresent(namespace: TestNamespace, name: string): void {
  const interfaces = namespace.inside(() => readFileSync("/proc/thread-self/net/dev", "utf8"));
  if (new RegExp(`\\b${name}:`).test(interfaces)) namespace.ip(`link del ${name}`);
}

/** As /proc/net/igmp6 lists them: 32 hexadecimal digits each. */
function memberships(namespace: TestNamespace, name: string): readonly string[] {
  return namespace
    .inside(() => readFileSync("/proc/thread-self/net/igmp6", "utf8"))
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, device, group]) => (device === name && group !== undefined ? [group] : []));
}
