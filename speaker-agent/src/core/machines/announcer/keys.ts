import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type NeighborProtocol } from "../neighbor-socket.ts";

/** The texts under which the announcer's state keeps its parts. */

export function socketKey(interfaceIndex: number, protocol: NeighborProtocol): string {
  return `${interfaceIndex}/${protocol}`;
}

/** For one address, or one multicast group, on one interface. */
export function placeKey(interfaceIndex: number, address: IpAddress): string {
  return `${interfaceIndex}/${formatIpAddress(address)}`;
}

/** Which protocol finds neighbours for addresses of this family. */
export function protocolOf(address: IpAddress): NeighborProtocol {
  return address.family === "IPv4" ? "arp" : "ipv6";
}
