import { MemoryInterfaceAddresses } from "./memory-interface-addresses.ts";
import { MemoryLinks } from "./memory-links.ts";
import { MemoryMulticastGroups } from "./memory-multicast-groups.ts";
import { MemoryPacketSockets } from "./memory-packet-sockets.ts";
import { MemoryRouteNetlink } from "./memory-route-netlink.ts";

/** A simulated host: its interfaces, and the ports a netio worker wants of a kernel. */
export class MemoryHost {
  readonly links = new MemoryLinks();
  readonly packetSockets = new MemoryPacketSockets(this.links);
  readonly routeNetlink = new MemoryRouteNetlink(this.links);
  readonly interfaceAddresses = new MemoryInterfaceAddresses(this.links);
  readonly multicastGroups = new MemoryMulticastGroups(this.links);
}
