import { formatIpAddress, type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { isLinkLocal } from "../../core/wire/ipv6-multicast.ts";
import { MemoryBfdSockets } from "./memory-bfd-sockets.ts";
import { MemoryBgpConnections } from "./memory-bgp-connections.ts";
import { MemoryDatagramSockets } from "./memory-datagram-sockets.ts";
import { MemoryStreamConnections } from "./memory-stream-connections.ts";

/** What happens to packets from one address to another, at the moment they are sent. */
export interface Path {
  /** Between 0 and 1: how many datagrams are lost. Streams repeat what is lost, and so become slower. */
  readonly loss: number;
  readonly delay: Millis;
  /** Nothing gets through, and nobody is told. */
  readonly cut: boolean;
  /** One more than there are routers on the way. */
  readonly hops: number;
  /** The sender's own kernel knows no way. */
  readonly noRoute: boolean;
}

export type Paths = (from: IpAddress, to: IpAddress) => Partial<Path>;

const CLEAR: Path = { loss: 0, delay: 0, cut: false, hops: 1, noRoute: false };

/**
 * A simulated IP network: hosts with addresses, and between them paths that lose, delay and cut as a test says. Nothing
 * arrives within the call that sends it.
 */
export class MemoryIpNetwork {
  readonly clock: Clock;
  readonly #random: Random;
  readonly #hosts = new Map<string, MemoryIpHost>();
  #paths: Paths = () => CLEAR;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.clock = clock;
    this.#random = random;
  }

  /** A new host, or one that takes over the addresses of an earlier one. */
  host(...addresses: readonly IpAddress[]): MemoryIpHost {
    const host = new MemoryIpHost(this, addresses);
    for (const address of addresses) this.#hosts.set(formatIpAddress(address), host);
    return host;
  }

  /** From now on; packets on their way are not touched. */
  setPaths(paths: Paths): void {
    this.#paths = paths;
  }

  /** The host that has the address, up or not. */
  hostAt(address: IpAddress): MemoryIpHost | undefined {
    return this.#hosts.get(formatIpAddress(address));
  }

  /** Carries one packet: `arrive` is called later with the host of that address, unless the packet or the host is lost. */
  carry(from: IpAddress, to: IpAddress, arrive: (host: MemoryIpHost) => void): void {
    const delay = this.transit(from, to);
    if (delay === undefined) return;
    this.clock.after(delay, () => {
      const host = this.hostAt(to);
      if (host?.isUp === true) arrive(host);
    });
  }

  /** What would happen to a packet that is sent now. */
  path(from: IpAddress, to: IpAddress): Path {
    return { ...CLEAR, ...this.#paths(from, to) };
  }

  /** How long a packet takes that is sent now; undefined when it is lost. */
  transit(from: IpAddress, to: IpAddress): Millis | undefined {
    const { loss, cut, delay, noRoute } = this.path(from, to);
    const isLost = cut || noRoute || [from, to].some((end) => this.hostAt(end)?.isUp !== true);
    return isLost || (loss > 0 && this.#random.fraction() < loss) ? undefined : delay;
  }
}

/** One host of the network, with its ports. */
export class MemoryIpHost {
  readonly addresses: readonly IpAddress[];
  readonly datagrams: MemoryDatagramSockets;
  readonly streams: MemoryStreamConnections;
  readonly bgp: MemoryBgpConnections;
  readonly bfd: MemoryBfdSockets;
  #isUp = true;

  constructor(network: MemoryIpNetwork, addresses: readonly IpAddress[]) {
    this.addresses = addresses;
    this.datagrams = new MemoryDatagramSockets(network, this);
    this.streams = new MemoryStreamConnections(network, this);
    this.bgp = new MemoryBgpConnections(network, this);
    this.bfd = new MemoryBfdSockets(network, this);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** The cable is pulled, or the machine is off: nothing arrives any more, and what it sends is lost. */
  setUp(isUp: boolean): void {
    this.#isUp = isUp;
  }

  /** The process is killed: the kernel closes its ports and ends its connections. */
  killProcess(): void {
    this.datagrams.closeAll();
    this.streams.closeAll();
    this.bgp.closeAll();
    this.bfd.closeAll();
  }

  /** Its own address of the other's family and scope, from which it talks to it. */
  addressTowards(other: IpAddress): IpAddress | undefined {
    return this.addresses.find(
      (own) => own.family === other.family && isLinkLocal(own) === isLinkLocal(other),
    );
  }

  owns(address: IpAddress): boolean {
    return this.addresses.some((own) => sameIpAddress(own, address));
  }
}
