import type { MulticastSocket, SteelyardAddon } from "../../../native/addon.d.ts";
import { formatIpAddress, type IpAddress, ipAddressToBytes } from "@steelyard/model/address";
import { type MulticastGroups } from "../../ports/multicast-groups.ts";
import { isSystemError } from "./system-error.ts";

/** A socket's memberships are charged to net.core.optmem_max; when one socket is full, another one takes over. */
const SOCKET_FULL = new Set(["ENOMEM", "ENOBUFS"]);

/** The kernel drops the memberships of an interface together with the interface. */
const GONE_ALREADY = new Set(["EADDRNOTAVAIL", "ENODEV", "ENXIO"]);

/** Memberships held by unbound UDP sockets. `join` throws a SystemError when the kernel refuses (ENODEV: no such interface). */
export class UdpMulticastGroups implements MulticastGroups {
  readonly #addon: SteelyardAddon;
  readonly #sockets: MulticastSocket[] = [];
  /** Which socket holds the membership, by `<index>/<group>`. */
  readonly #holders = new Map<string, MulticastSocket>();

  constructor(addon: SteelyardAddon) {
    this.#addon = addon;
  }

  join(interfaceIndex: number, group: IpAddress): void {
    const key = membershipKey(interfaceIndex, group);
    if (this.#holders.has(key)) return;
    const bytes = ipAddressToBytes(group);
    const holder =
      this.#sockets.find((socket) => this.#joins(socket, interfaceIndex, bytes)) ??
      this.#joinWithNewSocket(interfaceIndex, bytes);
    this.#holders.set(key, holder);
  }

  leave(interfaceIndex: number, group: IpAddress): void {
    const key = membershipKey(interfaceIndex, group);
    const holder = this.#holders.get(key);
    if (holder === undefined) return;
    this.#holders.delete(key);
    try {
      this.#addon.leaveGroup(holder, interfaceIndex, ipAddressToBytes(group));
    } catch (error) {
      if (!isSystemError(error) || !GONE_ALREADY.has(error.code)) throw error;
    }
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) this.#addon.closeMulticastSocket(socket);
    this.#holders.clear();
  }

  /** False when this socket has no room left. */
  #joins(socket: MulticastSocket, interfaceIndex: number, group: Uint8Array): boolean {
    try {
      this.#addon.joinGroup(socket, interfaceIndex, group);
      return true;
    } catch (error) {
      if (isSystemError(error) && SOCKET_FULL.has(error.code)) return false;
      throw error;
    }
  }

  #joinWithNewSocket(interfaceIndex: number, group: Uint8Array): MulticastSocket {
    const socket = this.#addon.openMulticastSocket();
    this.#sockets.push(socket);
    this.#addon.joinGroup(socket, interfaceIndex, group);
    return socket;
  }
}

function membershipKey(interfaceIndex: number, group: IpAddress): string {
  return `${String(interfaceIndex)}/${formatIpAddress(group)}`;
}
