import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type Result } from "@steelyard/model/foundation";
import { type SocketError } from "./socket-address.ts";

/** RFC 5881 (port 3784, TTL 255 only) or RFC 5883 (port 4784, any TTL from `minimumTtl`). */
export type BfdHops =
  { readonly kind: "single-hop" } | { readonly kind: "multi-hop"; readonly minimumTtl: number };

export interface BfdListenOptions {
  readonly hops: BfdHops;
  readonly family: IpFamily;
  /** A VRF device; undefined = whatever arrives outside of every VRF. */
  readonly device: string | undefined;
}

/** One datagram to the control port that has passed the kernel's filter: TTL as demanded, 24 bytes at least, version 1. */
export interface BfdPacket {
  /** Valid only during the call. */
  readonly bytes: Uint8Array;
  readonly remote: IpAddress;
  /** What it was sent to: the session's own address. */
  readonly local: IpAddress;
  /** Where it arrived. */
  readonly interfaceIndex: number;
  /** TTL or hop limit as it arrived, so that sessions may demand more than their listener does. */
  readonly ttl: number;
}

export interface BfdListener {
  close(): void;
}

export interface BfdSenderOptions {
  readonly hops: BfdHops["kind"];
  readonly remote: IpAddress;
  /** The scope of a link-local remote, or the interface a single-hop packet is to leave by; undefined = the route decides. */
  readonly interface: string | undefined;
  /** Undefined = the route decides, packet by packet. */
  readonly local: IpAddress | undefined;
  readonly device: string | undefined;
}

/** Sends the control packets of one session, with TTL 255, from a port of its own in 49152–65535 that stays (RFC 5881, section 4). */
export interface BfdSender {
  readonly port: number;
  /** Never throws and never waits. Answers what the kernel refused, such as ENETUNREACH; the next packet may go out again. */
  send(bytes: Uint8Array): SocketError | undefined;
  close(): void;
}

export interface BfdEchoOptions {
  readonly interfaceIndex: number;
  /** Echo packets are from it and to it: the router sends them back (RFC 5881, section 4). IPv4. */
  readonly local: IpAddress;
  /** The router whose forwarding is tested; where its MAC address is, is learned from its control packets. */
  readonly remote: IpAddress;
}

/** Packets to UDP port 3785 that the router is to return. Needs CAP_NET_RAW: Linux takes a packet from its own address for forged. */
export interface BfdEcho {
  /** As BfdSender.send; EHOSTUNREACH while no control packet of the router has been seen. */
  send(payload: Uint8Array): SocketError | undefined;
  close(): void;
}

/** UDP as BFD needs it. Opening is synchronous and refuses with EADDRINUSE, EADDRNOTAVAIL, ENODEV, EACCES, EPERM. */
export interface BfdSockets {
  /** One per kind, family and device hears all sessions. */
  listen(options: BfdListenOptions, onPacket: (packet: BfdPacket) => void): Result<BfdListener, SocketError>;
  openSender(options: BfdSenderOptions): Result<BfdSender, SocketError>;
  /** `onReturned` gets the payload of each echo packet of `local` that came back; valid only during the call. */
  openEcho(options: BfdEchoOptions, onReturned: (payload: Uint8Array) => void): Result<BfdEcho, SocketError>;
}
