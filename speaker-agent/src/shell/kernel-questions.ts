import { formatIpAddress, type IpAddress, ipPrefix } from "@steelyard/model/address";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import { hasSubnetOf } from "../core/interfaces/subnets.ts";
import { compileArpAnswerFilter, compileNdpAnswerFilter } from "../core/wire/filter/compile-filter.ts";
import { MAC_LENGTH } from "../core/wire/mac-address.ts";
import { decodeNeighborAnswer } from "../core/wire/neighbor-answers.ts";
import { questionFrame } from "../core/wire/neighbor-questions.ts";
import { type PacketProtocol, type PacketSocket, type PacketSockets } from "../ports/packet-socket.ts";

export interface KernelQuestionsDeps {
  readonly packetSockets: PacketSockets;
  readonly clock: Clock;
  /** The kernel of the host with this address has answered. */
  readonly onAnswer: (address: IpAddress) => void;
}

/** A socket nobody has asked through for so long is closed: silences are rare. */
const IDLE: Millis = 10_000;

interface OpenSocket {
  readonly socket: PacketSocket;
  /** By their text: who has been asked through it. */
  readonly asked: Map<string, IpAddress>;
  cancelClose: () => void;
}

/** A way to a host on one of this node's segments. */
interface Way {
  readonly link: Link;
  /** Ours, in the subnet of the host. */
  readonly from: IpAddress;
}

/**
 * Asks the kernels of other hosts for their own addresses, by ARP or neighbour solicitation. A kernel answers while it runs
 * and has a network, whatever its processes do.
 */
export class KernelQuestions {
  readonly #deps: KernelQuestionsDeps;
  /** By `<index>/<protocol>`. */
  readonly #sockets = new Map<string, OpenSocket>();
  #links: readonly Link[] = [];

  constructor(deps: KernelQuestionsDeps) {
    this.#deps = deps;
  }

  update(links: readonly Link[]): void {
    this.#links = links;
    const running = new Set(links.filter((link) => link.running).map(({ index }) => String(index)));
    for (const key of [...this.#sockets.keys()]) if (!running.has(indexIn(key))) this.#close(key);
  }

  /**
   * Asks once. `out-of-reach`: the host is on no segment of ours, or there is no socket for it.
   *
   * @throws PacketSocketError when the kernel does not give us a socket, or does not take the question
   */
  ask(address: IpAddress): "asked" | "out-of-reach" {
    const way = wayTo(address, this.#links);
    if (way === undefined) return "out-of-reach";
    const { socket } = this.#socketFor(way.link.index, address);
    socket.send([questionFrame({ mac: way.link.mac, from: way.from, target: address })]);
    return "asked";
  }

  close(): void {
    for (const key of [...this.#sockets.keys()]) this.#close(key);
  }

  #socketFor(interfaceIndex: number, address: IpAddress): OpenSocket {
    const protocol = address.family === "IPv4" ? "arp" : "ipv6";
    const key = `${interfaceIndex}/${protocol}`;
    const open = this.#sockets.get(key) ?? this.#open(key, interfaceIndex, protocol, address);
    open.cancelClose();
    open.cancelClose = this.#deps.clock.after(IDLE, () => this.#close(key));
    if (!open.asked.has(formatIpAddress(address))) {
      open.asked.set(formatIpAddress(address), address);
      open.socket.setFilter(answersOf(protocol, [...open.asked.values()]));
    }
    return open;
  }

  #open(key: string, interfaceIndex: number, protocol: PacketProtocol, address: IpAddress): OpenSocket {
    const socket = this.#deps.packetSockets.open(
      { interfaceIndex, protocol, filter: answersOf(protocol, [address]) },
      {
        onFrames: (frames) => this.#receive(key, frames),
        // What the link suffers shows in its state; until then questions go unanswered, which is the truth.
        onError: () => undefined,
      },
    );
    const asked = new Map([[formatIpAddress(address), address]]);
    const open = { socket, asked, cancelClose: () => undefined };
    this.#sockets.set(key, open);
    return open;
  }

  #receive(key: string, frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      const answer = decodeNeighborAnswer(frame);
      if (!answer.ok) continue;
      const asked = this.#sockets.get(key)?.asked.get(formatIpAddress(answer.value.address));
      if (asked !== undefined) this.#deps.onAnswer(asked);
    }
  }

  #close(key: string): void {
    const open = this.#sockets.get(key);
    open?.cancelClose();
    open?.socket.close();
    this.#sockets.delete(key);
  }
}

function answersOf(protocol: PacketProtocol, addresses: readonly IpAddress[]) {
  const compile = protocol === "arp" ? compileArpAnswerFilter : compileNdpAnswerFilter;
  return compile(addresses, { precision: "exact" }).program;
}

function wayTo(address: IpAddress, links: readonly Link[]): Way | undefined {
  for (const link of links) {
    if (!link.running || link.noArp || link.mac.length !== MAC_LENGTH) continue;
    const own = link.addresses.find((each) => isBeside(address, each));
    if (own !== undefined) return { link, from: own.address };
  }
  return undefined;
}

function isBeside(address: IpAddress, own: Link["addresses"][number]): boolean {
  if (own.address.family !== address.family || own.address.value === address.value) return false;
  return hasSubnetOf([ipPrefix(own.address, own.prefixLength)], address);
}

function indexIn(key: string): string {
  return key.slice(0, key.indexOf("/"));
}
