/**
 * The native addon: primitives over the kernel, no policy. Every call is synchronous.
 *
 * A wrong argument throws a TypeError that names function and argument; what the kernel refuses throws a SystemError.
 * An exception thrown by a listener becomes an `uncaughtException`. All descriptors are close-on-exec, all sockets
 * non-blocking.
 */

/** What the kernel refused. */
export interface SystemError extends Error {
  /** Such as "ENODEV". */
  readonly code: string;
  /** The positive number. */
  readonly errno: number;
  /** Such as "bind" or "setsockopt(SO_ATTACH_FILTER)". */
  readonly syscall: string;
}

/** An open socket that the event loop watches; it keeps the loop alive until `close`. */
export interface BatchSocket {
  readonly brand: unique symbol;
}

/** Holds memberships in IPv6 multicast groups; receives nothing and does not keep the loop alive. */
export interface MulticastSocket {
  readonly brand: unique symbol;
}

/** Where datagrams arrive and who is told. The memory must not be transferred away while the socket is open. */
export interface BatchReceiver {
  /** `lengths.length` slots of equal size (64 bytes to 1 MiB), one datagram per slot. */
  readonly slab: Uint8Array;
  /** 1 to 64 elements. `onBatch` finds the length of each datagram here; 0 = skip this slot. May exceed the slot: then cut. */
  readonly lengths: Uint32Array;
  /** Once per batch; `count` slots are filled, and valid only during the call. */
  readonly onBatch: (count: number) => void;
  /** A fault the kernel raised. The socket stays open and goes on: ENETDOWN (link down), ENOBUFS (messages lost), EMSGSIZE. */
  readonly onError: (error: SystemError) => void;
}

export interface PacketSocketRequest extends BatchReceiver {
  readonly interfaceIndex: number;
  /** In host order, as in ETH_P_ARP = 0x0806. */
  readonly etherType: number;
  /** Classic BPF, four words per instruction: code, jt, jf, k. In force before the first frame can arrive. */
  readonly filter: Uint32Array;
}

export interface NetlinkSocketRequest extends BatchReceiver {
  /** Such as NETLINK_ROUTE = 0. */
  readonly protocol: number;
  /** Multicast groups by number (RTNLGRP_…), at most 64. */
  readonly groups: Uint32Array;
  /** Asked for with SO_RCVBUFFORCE, which needs CAP_NET_ADMIN, else capped by net.core.rmem_max. */
  readonly receiveBufferBytes: number;
}

export interface SteelyardAddon {
  /** Needs CAP_NET_RAW. Delivers frames of other hosts that arrived, for this host, on exactly this interface. */
  openPacketSocket(request: PacketSocketRequest): BatchSocket;
  /** Delivers messages of the kernel only, which checks requests strictly (NETLINK_GET_STRICT_CHK) if it can. */
  openNetlinkSocket(request: NetlinkSocketRequest): BatchSocket;
  /** Replaces the filter of a packet or netlink socket atomically. EINVAL: over 4096 instructions or malformed; ENOMEM: over optmem_max. */
  setFilter(socket: BatchSocket, filter: Uint32Array): void;
  /** Sends datagrams in order; on a SystemError the rest was not sent. */
  send(socket: BatchSocket, frames: readonly Uint8Array[]): void;
  /** No listener is called afterwards. Closing twice does nothing. */
  close(socket: BatchSocket): void;

  openMulticastSocket(): MulticastSocket;
  /** `group`: 16 bytes. EADDRINUSE: joined already; ENOMEM or ENOBUFS: this socket is full (optmem_max). */
  joinGroup(socket: MulticastSocket, interfaceIndex: number, group: Uint8Array): void;
  /** EADDRNOTAVAIL: was not joined. */
  leaveGroup(socket: MulticastSocket, interfaceIndex: number, group: Uint8Array): void;
  closeMulticastSocket(socket: MulticastSocket): void;

  /** ENODEV: there is no interface of this name. */
  interfaceIndex(name: string): number;
  /** For tests: runs `run` with this thread in the namespace behind `path`; needs CAP_SYS_ADMIN. Sockets it opens stay there. */
  withNetworkNamespace<T>(path: string, run: () => T): T;
}
