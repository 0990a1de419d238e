import { type Instant } from "@steelyard/model/foundation";
import { seededRandom } from "@steelyard/model/testing";
import { type Link } from "../../../interfaces/link.ts";
import { encodeEthernet, ETHERTYPE_IPV6 } from "../../../wire/ethernet.ts";
import { multicastMac } from "../../../wire/ipv6-multicast.ts";
import { encodeIpv6, type Ipv6Packet } from "../../../wire/ipv6.ts";
import { ndpPacket } from "../../../wire/ndp-packet.ts";
import { type RouterDiscoveryMessage } from "../../../wire/router-advertisement.ts";
import { ip } from "../../../wire/testing/ip.ts";
import { discoveryMessageIn } from "../heard-routers.ts";
import { stepRouterDiscovery } from "../step.ts";
import {
  initialRouterDiscoveryState,
  type RouterDiscoveryEffect,
  type RouterDiscoveryInput,
  type RouterDiscoveryState,
} from "../types.ts";

/** Runs the machine on a clock of its own; sockets open at once, unless `refuse` says otherwise. */
export class Drive {
  now = 1_000 as Instant;
  state: RouterDiscoveryState = initialRouterDiscoveryState;
  readonly effects: RouterDiscoveryEffect[] = [];
  /** What was sent, with its time. */
  readonly sent: { readonly at: number; readonly message: RouterDiscoveryMessage }[] = [];
  refuse: string | undefined;
  #dueAt: Instant | undefined;
  readonly #random = seededRandom(7);

  give(input: RouterDiscoveryInput): void {
    const { state, effects } = stepRouterDiscovery(this.state, input, {
      now: this.now,
      random: this.#random,
    });
    this.state = state;
    for (const effect of effects) this.#perform(effect);
  }

  watch(...interfaces: readonly string[]): void {
    this.give({ kind: "watch", interfaces });
  }

  links(...links: readonly Link[]): void {
    this.give({ kind: "links", links });
  }

  hear(interfaceIndex: number, ...packets: readonly Ipv6Packet[]): void {
    this.give({ kind: "frames", interfaceIndex, protocol: "ipv6", frames: packets.map(frameOf) });
  }

  /** Lets time pass, with the timers that fall into it. */
  pass(millis: number): void {
    const end = this.now + millis;
    for (let rounds = 0; this.#dueAt !== undefined && this.#dueAt <= end; rounds++) {
      if (rounds > 100_000) throw new Error("the machine does not come to rest");
      this.now = Math.max(this.now, this.#dueAt) as Instant;
      this.#dueAt = undefined;
      this.give({ kind: "timer" });
    }
    this.now = end as Instant;
  }

  /** What was reported last, as `eth0 fe80::1`. */
  get routers(): readonly string[] {
    const reports = this.effects.filter((effect) => effect.kind === "routers");
    return (reports.at(-1)?.routers ?? []).map(
      (router) => `${router.interface} ${suffix(router.address.value)}`,
    );
  }

  /** When messages of that kind were sent since `from`, in milliseconds after it. */
  sentSince(from: number, kind: RouterDiscoveryMessage["kind"]): readonly number[] {
    return this.sent
      .filter(({ at, message }) => at >= from && message.kind === kind)
      .map(({ at }) => at - from);
  }

  #perform(effect: RouterDiscoveryEffect): void {
    this.effects.push(effect);
    if (effect.kind === "arm") this.#dueAt = effect.at;
    else if (effect.kind === "open-socket") this.#open(effect.interfaceIndex);
    else if (effect.kind === "send") this.#record(effect.frames);
  }

  #open(interfaceIndex: number): void {
    const place = { interfaceIndex, protocol: "ipv6" } as const;
    if (this.refuse === undefined) return this.give({ kind: "socket-opened", ...place });
    this.give({ kind: "socket-error", ...place, during: "open", code: this.refuse, verdict: "never" });
  }

  #record(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      const message = discoveryMessageIn(frame);
      if (message === undefined) throw new Error("what was sent is no message of router discovery");
      this.sent.push({ at: this.now, message });
    }
  }
}

/** An advertisement of a router with the address fe80::<last>. */
export function advertisement(last: number, lifetimeSeconds = 30): Ipv6Packet {
  const payload = new Uint8Array(16);
  payload.set([134, 0, 0, 0, 64, 0, lifetimeSeconds >> 8, lifetimeSeconds & 0xff]);
  return ndpPacket(payload, ip(`fe80::${last.toString(16)}`), ip("ff02::1"));
}

function frameOf(packet: Ipv6Packet): Uint8Array {
  return encodeEthernet({
    destination: multicastMac(packet.destination),
    source: Uint8Array.of(2, 0, 0, 0, 1, 1),
    etherType: ETHERTYPE_IPV6,
    payload: encodeIpv6(packet),
  });
}

function suffix(value: bigint): string {
  return `fe80::${(value & 0xffffn).toString(16)}`;
}
