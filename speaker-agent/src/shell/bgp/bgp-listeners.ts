import { type LogSink } from "@steelyard/client";
import { ADDRESS_BITS, formatIpAddress, ipPrefix } from "@steelyard/model/address";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import {
  type BgpConnection,
  type BgpConnectionEvents,
  type BgpConnections,
  type BgpListener,
  type BgpListenerPeer,
} from "../../ports/bgp-connections.ts";
import { type SocketAddress } from "../../ports/socket-address.ts";
import { comparable } from "./comparable.ts";
import { type PeerPlan } from "./peer-plan.ts";

export interface BgpListenersDeps {
  readonly connections: BgpConnections;
  readonly clock: Clock;
  readonly log: LogSink;
  /** Takes a connection of that peer in. */
  readonly accept: (plan: PeerPlan, connection: BgpConnection) => BgpConnectionEvents;
}

/** The address may not be there yet, or somebody else may hold the port for the moment. */
const betweenAttempts: Millis = 10_000;

/** One socket that listens, or is about to. */
interface Listening {
  readonly local: SocketAddress;
  readonly device: string | undefined;
  listener: BgpListener | undefined;
  /** What the log has said last about it. */
  complaint: string | undefined;
  isOver: boolean;
}

/** Where routers may connect to us: each address of `--bgp-listen`, in the main table and in each VRF that has a peer. */
export class BgpListeners {
  readonly #locals: readonly SocketAddress[];
  readonly #deps: BgpListenersDeps;
  readonly #listening = new Map<string, Listening>();
  /** What the sockets were told, as a text. */
  #told = "";
  /** Who may connect, and which peer that is. */
  #peers: ReadonlyMap<BgpListenerPeer, PeerPlan> = new Map();

  constructor(locals: readonly SocketAddress[], deps: BgpListenersDeps) {
    this.#locals = locals;
    this.#deps = deps;
  }

  /** By level: who may connect, and with which key. */
  update(plans: readonly PeerPlan[]): void {
    if (this.#locals.length === 0) return;
    const ready = plans.filter(({ obstacle }) => obstacle === undefined);
    const peers = new Map(ready.flatMap(listenerPeersOf));
    const told = comparable([[...peers.keys()], ready.map(({ name, vrf }) => [name, vrf])]);
    if (told === this.#told) return;
    this.#told = told;
    this.#peers = peers;
    // Not of a VRF that is missing: a socket that was bound to it hears nothing when it has been made anew.
    const devices = new Set(ready.map(({ vrf }) => vrf));
    const wanted = new Map(
      this.#locals.flatMap((local) =>
        [...devices].map((device) => [keyOf(local, device), { local, device }] as const),
      ),
    );
    for (const [key, one] of this.#listening) if (!wanted.has(key)) this.#close(key, one);
    for (const [key, place] of wanted) if (!this.#listening.has(key)) this.#open(key, place);
    for (const one of this.#listening.values()) this.#tellPeers(one);
  }

  stop(): void {
    for (const [key, one] of [...this.#listening]) this.#close(key, one);
  }

  #open(key: string, place: Pick<Listening, "local" | "device">): void {
    const one: Listening = { ...place, listener: undefined, complaint: undefined, isOver: false };
    this.#listening.set(key, one);
    void this.#listen(one);
  }

  #close(key: string, one: Listening): void {
    one.isOver = true;
    one.listener?.close();
    this.#listening.delete(key);
  }

  async #listen(one: Listening): Promise<void> {
    const { connections, clock, log } = this.#deps;
    const { local, device } = one;
    const listener = await connections.listen({ local, device }, (connection, peer) =>
      this.#accept(connection, peer),
    );
    if (one.isOver) {
      if (listener.ok) listener.value.close();
      return;
    }
    const where = {
      address: formatIpAddress(local.address),
      port: local.port,
      ...(device && { vrf: device }),
    };
    if (listener.ok) {
      one.listener = listener.value;
      this.#tellPeers(one);
      log.info(where, "listening for BGP routers");
      return;
    }
    const { error } = listener;
    if (one.complaint !== error.message)
      log.warn({ ...where, error }, "cannot listen for BGP routers; trying again");
    one.complaint = error.message;
    clock.after(betweenAttempts, () => void (one.isOver || this.#listen(one)));
  }

  #tellPeers({ listener, device, local }: Listening): void {
    const { family } = local.address;
    const here = [...this.#peers].filter(([{ from }, { vrf }]) => {
      return vrf === device && from.network.family === family;
    });
    listener?.setPeers(here.map(([peer]) => peer));
  }

  #accept(connection: BgpConnection, peer: BgpListenerPeer): BgpConnectionEvents {
    const plan = this.#peers.get(peer);
    if (plan !== undefined) return this.#deps.accept(plan, connection);
    // It was among the peers a moment ago.
    connection.close();
    const nothing = (): void => undefined;
    return { onConnected: nothing, onData: nothing, onDrain: nothing, onClosed: nothing };
  }
}

function listenerPeersOf(plan: PeerPlan): readonly (readonly [BgpListenerPeer, PeerPlan])[] {
  const { dial } = plan;
  if (dial === undefined) return [];
  const { address } = dial.remote;
  const from = ipPrefix(address, ADDRESS_BITS[address.family]);
  return [[{ from, interface: dial.interface, password: dial.password, hops: dial.hops }, plan]];
}

function keyOf({ address, port }: SocketAddress, device: string | undefined): string {
  return [formatIpAddress(address), port, device].join(" ");
}
