import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { type BfdControlPacket, decodeBfdPacket, encodeBfdPacket } from "../../core/wire/bfd.ts";
import { ip } from "../../core/wire/testing/ip.ts";
import {
  type BfdEcho,
  type BfdEchoOptions,
  type BfdListener,
  type BfdListenOptions,
  type BfdPacket,
  type BfdSender,
  type BfdSenderOptions,
  type BfdSockets,
} from "../../ports/bfd-sockets.ts";
import { SocketError } from "../../ports/socket-address.ts";

/** A control packet as a router sends it that knows nothing of us. */
export const routerPacket: BfdControlPacket = {
  diagnostic: 0,
  state: "down",
  poll: false,
  final: false,
  controlPlaneIndependent: true,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 4711,
  yourDiscriminator: 0,
  desiredMinTx: 300_000,
  requiredMinRx: 300_000,
  requiredMinEchoRx: 50_000,
};

/** Sockets that note what is done with them and deliver what a test tells them to. */
export class ScriptedBfdSockets implements BfdSockets {
  readonly listeners = new Map<BfdListenOptions, (packet: BfdPacket) => void>();
  readonly senders = new Set<BfdSenderOptions>();
  readonly sent: { readonly to: string; readonly packet: BfdControlPacket }[] = [];
  readonly echoes = new Map<BfdEchoOptions, (payload: Uint8Array) => void>();
  echoesSent = 0;
  /** Returns each echo packet at once. */
  returnsEcho = false;
  /** What the kernel refuses, by errno. */
  refuses: { listen?: string; open?: string; send?: string } = {};
  opened = 0;

  listen(options: BfdListenOptions, onPacket: (packet: BfdPacket) => void): Result<BfdListener, SocketError> {
    if (this.refuses.listen !== undefined) return err(refused("listen", this.refuses.listen));
    this.listeners.set(options, onPacket);
    return ok({ close: () => this.listeners.delete(options) });
  }

  openSender(options: BfdSenderOptions): Result<BfdSender, SocketError> {
    this.opened += 1;
    if (this.refuses.open !== undefined) return err(refused("open", this.refuses.open));
    this.senders.add(options);
    const send = (bytes: Uint8Array): SocketError | undefined => {
      if (this.refuses.send !== undefined) return refused("send", this.refuses.send);
      const packet = decodeBfdPacket(bytes);
      if (packet.ok) this.sent.push({ to: formatIpAddress(options.remote), packet: packet.value });
      return undefined;
    };
    return ok({ port: 50_000, send, close: () => this.senders.delete(options) });
  }

  openEcho(options: BfdEchoOptions, onReturned: (payload: Uint8Array) => void): Result<BfdEcho, SocketError> {
    this.echoes.set(options, onReturned);
    const send = (payload: Uint8Array): undefined => {
      this.echoesSent += 1;
      if (this.returnsEcho) onReturned(payload);
    };
    return ok({ send, close: () => this.echoes.delete(options) });
  }

  /** Delivers a packet to whoever listens for its kind. */
  deliver(
    from: string,
    change: Partial<BfdControlPacket>,
    how: Partial<Omit<BfdPacket, "bytes">> & { readonly kind?: string; readonly device?: string } = {},
  ): void {
    const { kind = "single-hop", device, ...arrival } = how;
    const remote: IpAddress = ip(from);
    for (const [{ hops, family, device: bound }, onPacket] of [...this.listeners])
      if (hops.kind === kind && family === remote.family && bound === device)
        onPacket({
          bytes: encodeBfdPacket({ ...routerPacket, ...change }),
          remote,
          local: ip(remote.family === "IPv4" ? "10.0.0.1" : "fe80::1"),
          interfaceIndex: 2,
          ttl: 255,
          ...arrival,
        });
  }

  /** Of the session whose packets go there. */
  discriminatorTowards(to: string): number {
    return this.sent.findLast((each) => each.to === to)?.packet.myDiscriminator ?? 0;
  }
}

function refused(what: string, code: string): SocketError {
  return new SocketError(`${what} ${code}`, { code });
}
