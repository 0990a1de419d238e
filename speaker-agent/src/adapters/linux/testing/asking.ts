import { formatIpAddress } from "@steelyard/model/address";
import { decodeNeighborAnswer } from "../../../core/wire/neighbor-answers.ts";
import { questionFrame } from "../../../core/wire/neighbor-questions.ts";
import { formatMac } from "../../../core/wire/mac-address.ts";
import { ip } from "../../../core/wire/testing/ip.ts";
import { AfPacketSockets } from "../af-packet-socket.ts";
import { type TestNamespace } from "./namespaces.ts";
import { acceptAll } from "./veth.ts";

/** A station on a segment that asks who has an address, by ARP or neighbour discovery, and remembers who answered. */
export class Asker {
  /** `192.0.2.10 is-at 02:00:00:00:00:01`, in order. */
  readonly answers: string[] = [];
  readonly #send: (frame: Uint8Array) => void;
  readonly #close: () => void;
  readonly #from: { readonly mac: Uint8Array; readonly addresses: Readonly<Record<"IPv4" | "IPv6", string>> };

  /** `address` is the IPv4 address it asks from; for IPv6 it takes its link-local one. */
  constructor(namespace: TestNamespace, name: string, address: string, protocol: "arp" | "ipv6") {
    const described = namespace.ip(`-o addr show dev ${name}`);
    const linkLocal = /inet6 (fe80::[0-9a-f:]+)\/64/.exec(described)?.[1] ?? "fe80::1";
    const mac = macOf(namespace, name);
    this.#from = {
      mac: Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16)),
      addresses: { IPv4: address, IPv6: linkLocal },
    };
    const interfaceIndex = namespace.addon.interfaceIndex(name);
    const socket = new AfPacketSockets(namespace.addon).open(
      { interfaceIndex, protocol, filter: acceptAll },
      { onFrames: (frames) => this.#hear(frames), onError: () => undefined },
    );
    this.#send = (frame) => socket.send([frame]);
    this.#close = () => socket.close();
  }

  ask(target: string): void {
    const { mac, addresses } = this.#from;
    const address = ip(target);
    this.#send(questionFrame({ mac, from: ip(addresses[address.family]), target: address }));
  }

  close(): void {
    this.#close();
  }

  #hear(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      const answer = decodeNeighborAnswer(frame);
      if (!answer.ok) continue;
      this.answers.push(`${formatIpAddress(answer.value.address)} is-at ${formatMac(answer.value.mac)}`);
    }
  }
}

/** Of an interface, as text. */
export function macOf(namespace: TestNamespace, name: string): string {
  return /link\/ether (\S+)/.exec(namespace.ip(`-o link show dev ${name}`))?.[1] ?? "";
}

/** Link-local addresses of links made from here on are good at once, without asking for duplicates first. */
export function skipDuplicateDetection(...namespaces: readonly TestNamespace[]): void {
  for (const namespace of namespaces) namespace.sysctl("ipv6/conf/default/accept_dad", "0");
}
