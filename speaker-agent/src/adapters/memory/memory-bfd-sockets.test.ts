import { describe } from "@jest/globals";
import { type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { ip } from "../../core/wire/testing/ip.ts";
import { bfdSocketsContract, type BfdHost } from "../../ports/bfd-sockets.contract.ts";
import { MEMORY_DEVICE_INDEX } from "./memory-bfd-sockets.ts";
import { MEMORY_DEVICE } from "./memory-bgp-connections.ts";
import { MemoryIpNetwork } from "./memory-ip-network.ts";

describe("BFD's UDP of a simulated network", () => {
  bfdSocketsContract(() => {
    const clock = new ManualClock();
    const network = new MemoryIpNetwork({ clock, random: seededRandom(1) });
    const behind = ip("198.51.100.2");
    network.setPaths((from, to) => ({
      hops: [from, to].some((end) => sameIpAddress(end, behind)) ? 2 : 1,
      noRoute: sameIpAddress(to, ip("203.0.113.1")),
    }));
    return {
      near: bfdHost(network, ["192.0.2.1", "192.0.2.11", "2001:db8::1", "fe80::1"]),
      far: bfdHost(network, ["192.0.2.2", "192.0.2.12", "2001:db8::2", "fe80::2"]),
      behind: bfdHost(network, ["198.51.100.2", "198.51.100.12", "2001:db8:1::2", "fe80::3"]),
      foreign: ip("192.0.2.99"),
      eventually: async (isSo) => {
        for (let turns = 0; !isSo(); turns++) {
          if (turns === 1000) throw new Error("it never was so");
          clock.advance(1);
          await Promise.resolve();
        }
      },
      close: () => undefined,
    };
  });
});

function bfdHost(network: MemoryIpNetwork, texts: readonly [string, string, string, string]): BfdHost {
  const addresses = texts.map(ip) as [IpAddress, IpAddress, IpAddress, IpAddress];
  const [ipv4, otherIpv4, ipv6, linkLocal] = addresses;
  const { bfd: sockets } = network.host(...addresses);
  return {
    sockets,
    ipv4,
    otherIpv4,
    ipv6,
    linkLocal,
    device: MEMORY_DEVICE,
    deviceIndex: MEMORY_DEVICE_INDEX,
  };
}
