import { describe } from "@jest/globals";
import { ipAddress, sameIpAddress } from "@steelyard/model/address";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { bgpConnectionsContract, type BgpHost } from "../../ports/bgp-connections.contract.ts";
import { MEMORY_DEVICE } from "./memory-bgp-connections.ts";
import { MemoryIpNetwork } from "./memory-ip-network.ts";

const NOWHERE = ipAddress("IPv4", 0xcb00_7101n);
const REMOTE = ipAddress("IPv4", 0xc633_6402n);

describe("BGP's TCP of a simulated network", () => {
  bgpConnectionsContract(() => {
    const clock = new ManualClock();
    const network = new MemoryIpNetwork({ clock, random: seededRandom(1) });
    network.host(REMOTE);
    network.setPaths((_, to) => ({
      hops: sameIpAddress(to, REMOTE) ? 2 : 1,
      noRoute: sameIpAddress(to, NOWHERE),
    }));
    return {
      near: newHost(network, 1n),
      far: newHost(network, 2n),
      silent: ipAddress("IPv4", 0xc000_0263n),
      remote: REMOTE,
      eventually: async (isSo) => {
        for (let turns = 0; !isSo(); turns++) {
          if (turns === 10_000) throw new Error("it never was so");
          clock.advance(1);
          await Promise.resolve();
        }
      },
      close: () => undefined,
    };
  });
});

function newHost(network: MemoryIpNetwork, number: bigint): BgpHost {
  const addresses = {
    ipv4: ipAddress("IPv4", 0xc000_0200n + number),
    otherIpv4: ipAddress("IPv4", 0xc000_020an + number),
    ipv6: ipAddress("IPv6", (0x2001_0db8n << 96n) + number),
    linkLocal: ipAddress("IPv6", (0xfe80n << 112n) + number),
  };
  const host = network.host(...Object.values(addresses));
  return { ...addresses, connections: host.bgp, device: MEMORY_DEVICE };
}
