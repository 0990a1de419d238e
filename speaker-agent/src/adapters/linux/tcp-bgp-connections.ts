import type { SteelyardAddon } from "../../../native/addon.d.ts";
import {
  formatIpAddress,
  type IpAddress,
  ipPrefix,
  parseIpAddress,
  sameIpAddress,
} from "@steelyard/model/address";
import { err, type Millis, ok, type Result } from "@steelyard/model/foundation";
import { Socket, type SocketConstructorOpts } from "node:net";
import { networkInterfaces } from "node:os";
import {
  type BgpAccept,
  type BgpConnection,
  type BgpConnectionEvents,
  type BgpConnections,
  type BgpDial,
  type BgpListener,
} from "../../ports/bgp-connections.ts";
import { bgpDialError } from "../../ports/bgp-dial-errors.ts";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import { socketError } from "../node/socket-addresses.ts";
import { IpSocket } from "./ip-socket.ts";
import { SOCK_STREAM } from "./kernel-values.ts";
import { hostPrefix, setBgpHops, TcpBgpConnection } from "./tcp-bgp-connection.ts";
import { TcpBgpListener } from "./tcp-bgp-listener.ts";

/** Node has these two without naming them in its types: nothing is read before the connection stands. */
interface UnconnectedSocketOptions extends SocketConstructorOpts {
  readonly pauseOnCreate: true;
  readonly manualStart: true;
}

export interface TcpBgpConnectionsOptions {
  /** The addresses of this node, as `os.networkInterfaces` gives them. */
  readonly interfaces?: typeof networkInterfaces;
  /** How long the last bytes of a connection that was closed may take. */
  readonly linger?: Millis;
}

/**
 * TCP with the options Node has no word for: the addon makes the socket and sets them, Node connects and drives it. Port 179
 * needs CAP_NET_BIND_SERVICE to listen on; to dial, no capability is needed.
 */
export class TcpBgpConnections implements BgpConnections {
  readonly #addon: SteelyardAddon;
  readonly #interfaces: typeof networkInterfaces;
  readonly #linger: Millis | undefined;

  constructor(
    addon: SteelyardAddon,
    { interfaces = networkInterfaces, linger }: TcpBgpConnectionsOptions = {},
  ) {
    this.#addon = addon;
    this.#interfaces = interfaces;
    this.#linger = linger;
  }

  dial(dial: BgpDial, events: BgpConnectionEvents): BgpConnection {
    const explain = (error: SocketError) => bgpDialError(error, dial, this.#isNear(dial.remote.address));
    try {
      return this.#connect(dial, events, explain);
    } catch (error) {
      return new RefusedConnection(dial.remote, events, explain(socketError(error)));
    }
  }

  async listen(
    { local, device }: { readonly local: SocketAddress; readonly device: string | undefined },
    accept: BgpAccept,
  ): Promise<Result<BgpListener, SocketError>> {
    try {
      const socket = IpSocket.open(
        this.#addon,
        { family: local.address.family, type: SOCK_STREAM },
        (opened) => {
          opened.reuseAddress();
          opened.onlyOwnFamily();
          if (device !== undefined) opened.bindDevice(device);
          opened.bind(local);
        },
      );
      return ok(new TcpBgpListener(this.#addon, socket, local, accept));
    } catch (error) {
      return err(socketError(error));
    }
  }

  #connect(
    dial: BgpDial,
    events: BgpConnectionEvents,
    explain: (error: SocketError) => SocketError,
  ): BgpConnection {
    const options = this.#openFor(dial);
    const socket = new Socket(unconnected(options.descriptor));
    const connection = new TcpBgpConnection(socket, options.duplicate(), {
      remote: dial.remote,
      hasPassword: dial.password !== undefined,
      explain,
      linger: this.#linger,
    });
    connection.hear(events);
    socket.connect({ host: formatIpAddress(dial.remote.address), port: dial.remote.port });
    return connection;
  }

  #openFor({ remote, interface: name, source, device, password, hops }: BgpDial): IpSocket {
    return IpSocket.open(this.#addon, { family: remote.address.family, type: SOCK_STREAM }, (socket) => {
      // A socket that is bound to the interface needs no scope in the address; inside of a VRF the interface says enough.
      const bound = name ?? device;
      if (bound !== undefined) socket.bindDevice(bound);
      setBgpHops(socket, hops);
      if (source !== undefined) socket.bindAddress(source);
      if (password !== undefined) socket.setKey(hostPrefix(remote), password);
    });
  }

  #isNear(address: IpAddress): boolean {
    const own = Object.values(this.#interfaces()).flatMap((list) => list ?? []);
    return own.some(({ cidr }) => {
      const [text = "", length] = cidr?.split("/") ?? [];
      const parsed = parseIpAddress(text);
      if (!parsed.ok || parsed.value.family !== address.family || length === undefined) return false;
      const networkOf = (one: IpAddress) => ipPrefix(one, Number(length)).network;
      return sameIpAddress(networkOf(parsed.value), networkOf(address));
    });
  }
}

function unconnected(fd: number): UnconnectedSocketOptions {
  return { fd, readable: true, writable: true, pauseOnCreate: true, manualStart: true };
}

/** A connection that the kernel has refused before there was any. */
class RefusedConnection implements BgpConnection {
  readonly local = undefined;
  readonly remote: SocketAddress;
  readonly #telling: NodeJS.Immediate;

  constructor(remote: SocketAddress, events: BgpConnectionEvents, error: SocketError) {
    this.remote = remote;
    this.#telling = setImmediate(() => events.onClosed(error));
  }

  send(): boolean {
    return true;
  }

  setPassword(): void {
    return undefined;
  }

  setHops(): void {
    return undefined;
  }

  close(): void {
    clearImmediate(this.#telling);
  }
}
