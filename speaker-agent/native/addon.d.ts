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

/**
 * A number that only the kernel knows the meaning of, owned by whoever made it until it is closed or handed over. After that
 * the kernel may give it to somebody else.
 */
export type Descriptor = number;

/**
 * Each slot begins with 40 bytes that say where the datagram is from, in network order: source address (16 bytes, IPv4 in the
 * first four), destination address (the same), interface index (4), source port (2), TTL or hop limit (1), 0. Destination,
 * interface and TTL are 0 unless IP_PKTINFO and IP_RECVTTL, or IPV6_RECVPKTINFO and IPV6_RECVHOPLIMIT, are set.
 */
export interface DatagramSocketRequest extends BatchReceiver {
  /** A UDP socket. It is taken over, and closed when the opening fails. */
  readonly descriptor: Descriptor;
}

/** Slots hold the address (sockaddr) of who connected, `lengths` the descriptors; whoever is told owns them. */
export interface ListeningSocketRequest extends BatchReceiver {
  /** A bound stream socket. It is taken over, and closed when the opening fails. */
  readonly descriptor: Descriptor;
  readonly backlog: number;
}

export interface SteelyardAddon {
  /** Needs CAP_NET_RAW. Delivers frames of other hosts that arrived, for this host, on exactly this interface. */
  openPacketSocket(request: PacketSocketRequest): BatchSocket;
  /** Delivers messages of the kernel only, which checks requests strictly (NETLINK_GET_STRICT_CHK) if it can. */
  openNetlinkSocket(request: NetlinkSocketRequest): BatchSocket;
  /** Delivers the datagrams of a UDP socket, which may be bound later. */
  openDatagramSocket(request: DatagramSocketRequest): BatchSocket;
  /** EADDRINUSE: somebody listens there. Accepted sockets inherit MD5 key, TTLs and device. */
  openListeningSocket(request: ListeningSocketRequest): BatchSocket;
  /** Replaces the filter of a socket atomically. EINVAL: over 4096 instructions or malformed; ENOMEM: over optmem_max. */
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

  /** socket(2), non-blocking and close-on-exec; `family` and `type` as in AF_INET and SOCK_STREAM. */
  openSocket(family: number, type: number): Descriptor;
  /** setsockopt(2) with a value as the kernel reads it. */
  setSocketOption(descriptor: Descriptor, level: number, option: number, value: Uint8Array): void;
  /** bind(2) to a sockaddr. */
  bindSocket(descriptor: Descriptor, address: Uint8Array): void;
  /** getsockname(2): the sockaddr a socket is bound to. */
  socketName(descriptor: Descriptor): Uint8Array;
  /** sendto(2) one datagram to a sockaddr. EAGAIN: the send buffer is full. */
  sendTo(descriptor: Descriptor, address: Uint8Array, bytes: Uint8Array): void;
  /** A second descriptor of the same socket, close-on-exec. */
  duplicateDescriptor(descriptor: Descriptor): Descriptor;
  /** EBADF: was closed already, or by somebody else. */
  closeDescriptor(descriptor: Descriptor): void;

  /** ENODEV: there is no interface of this name. */
  interfaceIndex(name: string): number;
  /** Of the calling thread. 0: ordinary; 1–99: SCHED_RR with that priority, before every ordinary thread. EPERM: needs CAP_SYS_NICE. */
  setThreadPriority(priority: number): void;
  /** For tests: runs `run` with this thread in the namespace behind `path`; needs CAP_SYS_ADMIN. Sockets it opens stay there. */
  withNetworkNamespace<T>(path: string, run: () => T): T;
}
