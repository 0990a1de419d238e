import {
  type AnnouncerEffect,
  type AnnouncerInput,
  type NeighborProtocol,
} from "../core/machines/announcer/types.ts";
import { type PacketSocket, PacketSocketError, type PacketSockets } from "../ports/packet-socket.ts";

type FilterEffect = Extract<AnnouncerEffect, { filter: unknown }>;
type SocketEffect = FilterEffect | Extract<AnnouncerEffect, { kind: "close-socket" } | { kind: "send" }>;
type Trouble = Extract<AnnouncerInput, { kind: "socket-error" }>["during"];
interface Place {
  readonly interfaceIndex: number;
  readonly protocol: NeighborProtocol;
}

/**
 * The packet sockets the announcer has asked for, one per interface and protocol. What they receive and what they
 * refuse becomes an input; a fault that is not the kernel's is thrown.
 */
export class NetioSockets {
  readonly #packetSockets: PacketSockets;
  readonly #input: (input: AnnouncerInput) => void;
  readonly #open = new Map<string, PacketSocket>();

  constructor(deps: { packetSockets: PacketSockets; input: (input: AnnouncerInput) => void }) {
    this.#packetSockets = deps.packetSockets;
    this.#input = deps.input;
  }

  perform(effect: SocketEffect): void {
    switch (effect.kind) {
      case "open-socket":
        return this.#attempt(effect, "open", () => this.#openSocket(effect));
      case "set-filter":
        return this.#attempt(effect, "filter", () => this.#socketAt(effect)?.setFilter(effect.filter));
      case "send":
        return this.#attempt(effect, "send", () => this.#socketAt(effect)?.send(effect.frames));
      case "close-socket":
        return this.#closeSocket(effect);
    }
  }

  close(): void {
    for (const socket of this.#open.values()) socket.close();
    this.#open.clear();
  }

  #socketAt(place: Place): PacketSocket | undefined {
    return this.#open.get(keyOf(place));
  }

  #openSocket({ interfaceIndex, protocol, filter }: FilterEffect): void {
    const place = { interfaceIndex, protocol };
    const socket = this.#packetSockets.open(
      { interfaceIndex, protocol, filter },
      {
        onFrames: (frames) => this.#input({ kind: "frames", interfaceIndex, protocol, frames }),
        onError: (error) => this.#report(place, "receive", error),
      },
    );
    this.#open.set(keyOf(place), socket);
    this.#input({ kind: "socket-opened", ...place });
  }

  #closeSocket(place: Place): void {
    this.#socketAt(place)?.close();
    this.#open.delete(keyOf(place));
  }

  #attempt(place: Place, during: Trouble, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof PacketSocketError)) throw error;
      this.#report(place, during, error);
    }
  }

  #report({ interfaceIndex, protocol }: Place, during: Trouble, error: PacketSocketError): void {
    const { code, verdict } = error;
    this.#input({ kind: "socket-error", interfaceIndex, protocol, during, code, verdict });
  }
}

function keyOf({ interfaceIndex, protocol }: Place): string {
  return `${String(interfaceIndex)}/${protocol}`;
}
