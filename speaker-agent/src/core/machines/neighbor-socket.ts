import { type FilterPrecision, type FilterProgram } from "../wire/packet-filter.ts";

/** The neighbour protocol a packet socket is bound to, by EtherType: ARP for IPv4, IPv6 for neighbour discovery. */
export type NeighborProtocol = "arp" | "ipv6";

/** Which packet socket: a machine has at most one per interface and protocol. */
export interface SocketPlace {
  readonly interfaceIndex: number;
  readonly protocol: NeighborProtocol;
}

/** What a packet socket is to let through. */
export interface SocketFilter extends SocketPlace {
  readonly filter: FilterProgram;
  /** How exactly the program selects; a log field. */
  readonly precision: FilterPrecision;
}

/** What happens to the packet sockets of a machine. */
export type NeighborSocketInput =
  /** Whole Ethernet frames from one socket; the bytes are only read during the step. */
  | (SocketPlace & { readonly kind: "frames"; readonly frames: readonly Uint8Array[] })
  /** A socket that was asked for is there. Until then its link announces nothing, so that nothing is claimed too early. */
  | (SocketPlace & { readonly kind: "socket-opened" })
  /**
   * A socket refused. During `open` there is no socket afterwards; during `filter` the old filter stays in force;
   * `send` and `receive` leave the socket open.
   */
  | (SocketPlace & {
      readonly kind: "socket-error";
      readonly during: "open" | "filter" | "send" | "receive";
      /** An errno name such as "ENETDOWN". */
      readonly code: string;
      readonly verdict: "later" | "never";
    });

/** What a machine wants done with its packet sockets. Every `open-socket` is answered by `socket-opened` or `socket-error`. */
export type NeighborSocketEffect =
  | ({ readonly kind: "open-socket" } & SocketFilter)
  | ({ readonly kind: "set-filter" } & SocketFilter)
  | (SocketPlace & { readonly kind: "close-socket" })
  /** Whole Ethernet frames through the open socket of that interface and protocol. */
  | (SocketPlace & { readonly kind: "send"; readonly frames: readonly Uint8Array[] });
