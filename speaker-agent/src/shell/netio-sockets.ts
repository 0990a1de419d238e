import {
  type NeighborSocketEffect,
  type NeighborSocketInput,
  type SocketPlace,
} from "../core/machines/neighbor-socket.ts";
import { type PacketSocket, PacketSocketError, type PacketSockets } from "../ports/packet-socket.ts";

type FilterEffect = Extract<NeighborSocketEffect, { filter: unknown }>;
type Trouble = Extract<NeighborSocketInput, { kind: "socket-error" }>["during"];

/**
 * The packet sockets a machine has asked for, one per interface and protocol. What they receive and what they refuse
 * becomes an input; a fault that is not the kernel's is thrown.
 */
export class NetioSockets {
  readonly #packetSockets: PacketSockets;
  readonly #input: (input: NeighborSocketInput) => void;
  readonly #open = new Map<string, PacketSocket>();

  constructor(deps: { packetSockets: PacketSockets; input: (input: NeighborSocketInput) => void }) {
    this.#packetSockets = deps.packetSockets;
    this.#input = deps.input;
  }

  perform(effect: NeighborSocketEffect): void {
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

  #socketAt(place: SocketPlace): PacketSocket | undefined {
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

  #closeSocket(place: SocketPlace): void {
    this.#socketAt(place)?.close();
    this.#open.delete(keyOf(place));
  }

  #attempt(place: SocketPlace, during: Trouble, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof PacketSocketError)) throw error;
      this.#report(place, during, error);
    }
  }

  #report({ interfaceIndex, protocol }: SocketPlace, during: Trouble, error: PacketSocketError): void {
    const { code, verdict } = error;
    this.#input({ kind: "socket-error", interfaceIndex, protocol, during, code, verdict });
  }
}

function keyOf({ interfaceIndex, protocol }: SocketPlace): string {
  return `${String(interfaceIndex)}/${protocol}`;
}
