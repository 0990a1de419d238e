import { type IpAddress } from "@steelyard/model/address";
import { type ConnectionId } from "../../core/machines/bgp-session/types.ts";
import {
  type BgpConnection,
  type BgpConnectionEvents,
  type BgpConnections,
  type BgpDial,
} from "../../ports/bgp-connections.ts";
import { type SocketError } from "../../ports/socket-address.ts";
import { comparable } from "./comparable.ts";
import { type SessionEnds } from "./local-addresses.ts";

/** What happens to the connections of one peer, in the words of its session. */
export type ConnectionEvent =
  | { readonly kind: "connected"; readonly connection: ConnectionId; readonly inbound: boolean }
  | { readonly kind: "connect-failed"; readonly because: string }
  | { readonly kind: "received"; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  | { readonly kind: "closed"; readonly connection: ConnectionId; readonly because: string | undefined };

export interface PeerConnectionsDeps {
  readonly connections: BgpConnections;
  /** Numbers for connections, none of them twice. */
  readonly nextConnection: () => ConnectionId;
  readonly onEvent: (event: ConnectionEvent) => void;
  /** A connection that was full takes more. */
  readonly onDrain: () => void;
}

interface Held {
  readonly connection: BgpConnection;
  readonly interface: string | undefined;
  /** The kernel takes no more for the moment. */
  isFull: boolean;
}

/** The TCP connections with one router: the one that is being dialled, and those that stand. */
export class PeerConnections {
  readonly #deps: PeerConnectionsDeps;
  readonly #standing = new Map<ConnectionId, Held>();
  #dialled: { readonly id: ConnectionId; readonly held: Held } | undefined;

  constructor(deps: PeerConnectionsDeps) {
    this.#deps = deps;
  }

  get isEmpty(): boolean {
    return this.#standing.size === 0 && this.#dialled === undefined;
  }

  dial(dial: BgpDial): void {
    this.abortDial();
    const id = this.#deps.nextConnection();
    const connection = this.#deps.connections.dial(dial, {
      ...this.#eventsOf(id),
      onConnected: () => this.#stands(id),
      onClosed: (error) => this.#ended(id, error),
    });
    this.#dialled = { id, held: { connection, interface: dial.interface, isFull: false } };
  }

  abortDial(): void {
    this.#dialled?.held.connection.close();
    this.#dialled = undefined;
  }

  /** The kernel tells of what comes in only after whoever accepted has returned. */
  accept(connection: BgpConnection, interfaceName: string | undefined): BgpConnectionEvents {
    const id = this.#deps.nextConnection();
    this.#standing.set(id, { connection, interface: interfaceName, isFull: false });
    this.#deps.onEvent({ kind: "connected", connection: id, inbound: true });
    return this.#eventsOf(id);
  }

  send(id: ConnectionId, bytes: Uint8Array): void {
    const held = this.#standing.get(id);
    if (held !== undefined && !held.connection.send(bytes)) held.isFull = true;
  }

  close(id: ConnectionId): void {
    this.#standing.get(id)?.connection.close();
    this.#standing.delete(id);
  }

  closeAll(): void {
    this.abortDial();
    for (const id of [...this.#standing.keys()]) this.close(id);
  }

  isFull(id: ConnectionId): boolean {
    return this.#standing.get(id)?.isFull ?? false;
  }

  /** Undefined when there is no such connection. */
  endsOf(id: ConnectionId): SessionEnds | undefined {
    const held = this.#standing.get(id);
    const local: IpAddress | undefined = held?.connection.local?.address;
    if (held === undefined || local === undefined) return undefined;
    return { local, remote: held.connection.remote.address, interface: held.interface };
  }

  /** What may change while a connection stands. */
  adapt(before: BgpDial | undefined, now: BgpDial): void {
    const all = [...this.#standing.values(), ...(this.#dialled === undefined ? [] : [this.#dialled.held])];
    const hopsDiffer = comparable(before?.hops) !== comparable(now.hops);
    for (const { connection } of all) {
      if (before?.password !== now.password) connection.setPassword(now.password);
      if (hopsDiffer) connection.setHops(now.hops);
    }
  }

  #eventsOf(id: ConnectionId): BgpConnectionEvents {
    return {
      onConnected: () => undefined,
      onData: (bytes) => this.#deps.onEvent({ kind: "received", connection: id, bytes }),
      onDrain: () => this.#drained(id),
      onClosed: (error) => this.#ended(id, error),
    };
  }

  #stands(id: ConnectionId): void {
    if (this.#dialled?.id !== id) return;
    this.#standing.set(id, this.#dialled.held);
    this.#dialled = undefined;
    this.#deps.onEvent({ kind: "connected", connection: id, inbound: false });
  }

  #drained(id: ConnectionId): void {
    const held = this.#standing.get(id);
    if (held === undefined) return;
    held.isFull = false;
    this.#deps.onDrain();
  }

  #ended(id: ConnectionId, error: SocketError | undefined): void {
    const because = error?.message;
    if (this.#standing.delete(id)) this.#deps.onEvent({ kind: "closed", connection: id, because });
    if (this.#dialled?.id !== id) return;
    this.#dialled = undefined;
    const reason = because ?? "the router closed the connection at once";
    this.#deps.onEvent({ kind: "connect-failed", because: reason });
  }
}
