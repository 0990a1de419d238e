import { type FilterProgram } from "../core/wire/packet-filter.ts";

/** Which frames a socket is bound to, by EtherType. */
export type PacketProtocol = "arp" | "ipv4" | "ipv6";

export interface PacketSocketOptions {
  readonly interfaceIndex: number;
  readonly protocol: PacketProtocol;
  /** In force before the first frame can be received. */
  readonly filter: FilterProgram;
}

/**
 * What a socket tells its owner. `onFrames` gets whole Ethernet frames of other hosts; the arrays are valid only during
 * the call. `onError` reports a fault the kernel raised (link down, interface gone); the socket stays open and goes on
 * when the link comes back.
 */
export interface PacketSocketEvents {
  readonly onFrames: (frames: readonly Uint8Array[]) => void;
  readonly onError: (error: PacketSocketError) => void;
}

export class PacketSocketError extends Error {
  override readonly name = "PacketSocketError";
  /** `code` is an errno name such as "ENETDOWN"; `verdict` says whether the same call may work later. */
  readonly code: string;
  readonly verdict: "later" | "never";

  constructor(message: string, options: { code: string; verdict: "later" | "never"; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.verdict = options.verdict;
  }
}

/** A packet socket on one interface. All calls are synchronous and throw PacketSocketError. */
export interface PacketSocket {
  /** Sends whole Ethernet frames, in order. */
  send(frames: readonly Uint8Array[]): void;
  /** Replaces the filter without losing a frame the old and the new one both accept. */
  setFilter(filter: FilterProgram): void;
  close(): void;
}

export interface PacketSockets {
  open(options: PacketSocketOptions, events: PacketSocketEvents): PacketSocket;
}
