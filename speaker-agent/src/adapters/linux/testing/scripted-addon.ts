import type {
  BatchSocket,
  NetlinkSocketRequest,
  SteelyardAddon,
  SystemError,
} from "../../../../native/addon.d.ts";

interface ScriptedSocket {
  readonly request: NetlinkSocketRequest;
  readonly sent: Uint8Array[];
  closed: boolean;
}

/** Netlink sockets whose kernel is the test. */
export class ScriptedNetlink {
  readonly sockets: ScriptedSocket[] = [];
  /** Thrown by the next opening. */
  refusal: Error | undefined;

  /** The part of the addon that netlink needs; anything else is a fault of the test. */
  readonly addon = {
    openNetlinkSocket: (request) => {
      const { refusal } = this;
      this.refusal = undefined;
      if (refusal) throw refusal;
      const socket = { request, sent: [], closed: false };
      this.sockets.push(socket);
      return socket as unknown as BatchSocket;
    },
    setFilter: () => undefined,
    send: (socket, frames) => void scripted(socket).sent.push(...frames),
    close: (socket) => void (scripted(socket).closed = true),
  } as Pick<SteelyardAddon, "openNetlinkSocket" | "setFilter" | "send" | "close"> as SteelyardAddon;

  get open(): readonly ScriptedSocket[] {
    return this.sockets.filter((socket) => !socket.closed);
  }

  /** The open socket that listens for events, and the one for requests. */
  get events(): ScriptedSocket {
    return this.#openWhere((socket) => socket.request.groups.length > 0);
  }
  get requests(): ScriptedSocket {
    return this.#openWhere((socket) => socket.request.groups.length === 0);
  }

  deliver({ request }: ScriptedSocket, datagram: Uint8Array): void {
    request.slab.set(datagram);
    request.lengths[0] = datagram.length;
    request.onBatch(1);
  }

  fail({ request }: ScriptedSocket, code: string): void {
    const error: SystemError = Object.assign(new Error(`recvmmsg: ${code}`), {
      code,
      errno: 1,
      syscall: "recvmmsg",
    });
    request.onError(error);
  }

  /** Header fields of the newest request. */
  lastRequest(): { type: number; sequence: number } {
    const bytes = Buffer.from(this.requests.sent.at(-1) ?? []);
    return { type: bytes.readUInt16LE(4), sequence: bytes.readUInt32LE(8) };
  }

  #openWhere(isIt: (socket: ScriptedSocket) => boolean): ScriptedSocket {
    const found = this.open.filter(isIt);
    if (found.length !== 1 || found[0] === undefined)
      throw new Error(`${String(found.length)} such sockets are open`);
    return found[0];
  }
}

function scripted(socket: BatchSocket): ScriptedSocket {
  return socket as unknown as ScriptedSocket;
}
