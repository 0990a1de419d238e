import { describe } from "@jest/globals";
import { sameIpAddress } from "@steelyard/model/address";
import { link } from "../../core/interfaces/testing/links.ts";
import { decodeEthernet, ETHERTYPE_ARP } from "../../core/wire/ethernet.ts";
import { formatIpAddress } from "@steelyard/model/address";
import { interfaceAddressesContract } from "../../ports/interface-addresses.contract.ts";
import { multicastGroupsContract } from "../../ports/multicast-groups.contract.ts";
import { packetSocketsContract } from "../../ports/packet-socket.contract.ts";
import { routeNetlinkContract } from "../../ports/route-netlink.contract.ts";
import { MemoryHost } from "./memory-host.ts";
import { MemorySegment } from "./memory-segment.ts";

const INDEX = 10;

async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe("MemoryPacketSockets", () => {
  packetSocketsContract(() => {
    const host = new MemoryHost();
    const segment = new MemorySegment();
    host.links.add(link("eth0", INDEX), segment);
    const arrived: Uint8Array[] = [];
    const farEnd = { groups: new Set<string>(), receive: (frame: Uint8Array) => arrived.push(frame) };
    segment.attach(farEnd);
    return {
      sockets: host.packetSockets,
      interfaceIndex: INDEX,
      inject: (frames) => frames.forEach((frame) => segment.transmit(farEnd, frame)),
      arrived: () => arrived.filter(isArp),
      setLinkUp: (running) => host.links.change(INDEX, { running }),
      removeLink: () => host.links.remove(INDEX),
      eventually,
      close: () => undefined,
    };
  });
});

describe("MemoryRouteNetlink", () => {
  routeNetlinkContract(() => {
    const host = new MemoryHost();
    host.links.add(link("eth0", INDEX, { addresses: [], defaultRoute: { v4: false, v6: false } }));
    const addresses = () => host.links.find(INDEX)?.addresses ?? [];
    return {
      netlink: host.routeNetlink,
      setUp: (running) => host.links.change(INDEX, { running }),
      setMac: (mac) => host.links.change(INDEX, { mac }),
      rename: (name) => host.links.change(INDEX, { name }),
      addAddress: (address, prefixLength) =>
        host.links.change(INDEX, { addresses: [...addresses(), { address, prefixLength }] }),
      removeAddress: (address) =>
        host.links.change(INDEX, {
          addresses: addresses().filter((each) => !sameIpAddress(each.address, address)),
        }),
      setDefaultRoute: (family, present) => {
        const known = host.links.find(INDEX)?.defaultRoute ?? { v4: false, v6: false };
        const changed = family === "IPv4" ? { v4: present } : { v6: present };
        host.links.change(INDEX, { defaultRoute: { ...known, ...changed } });
      },
      removeLink: () => host.links.remove(INDEX),
      eventually,
      close: () => undefined,
    };
  });
});

describe("MemoryInterfaceAddresses", () => {
  interfaceAddressesContract(() => {
    const host = new MemoryHost();
    host.links.add(link("eth0", INDEX));
    return {
      addresses: host.interfaceAddresses,
      netlink: host.routeNetlink,
      interfaceIndex: INDEX,
      eventually,
      close: () => undefined,
    };
  });
});

describe("MemoryMulticastGroups", () => {
  multicastGroupsContract(() => {
    const host = new MemoryHost();
    host.links.add(link("eth0", INDEX));
    return {
      groups: host.multicastGroups,
      interfaceIndex: INDEX,
      isMember: (group) => host.multicastGroups.joinedOn(INDEX).includes(formatIpAddress(group)),
      removeLink: () => host.links.remove(INDEX),
      close: () => undefined,
    };
  });
});

function isArp(frame: Uint8Array): boolean {
  const decoded = decodeEthernet(frame);
  return decoded.ok && decoded.value.etherType === ETHERTYPE_ARP;
}
