import { afterEach, describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { ManualClock } from "@steelyard/model/testing";
import { announce } from "../../core/machines/announcer/testing/drive.ts";
import { describeFrame } from "../../core/machines/announcer/testing/describe-frame.ts";
import { link } from "../../core/interfaces/testing/links.ts";
import { client, CLIENT_MAC } from "../../core/machines/announcer/testing/station.ts";
import {
  type AnnouncerConfig,
  type Observation,
  type OwnAnnouncement,
} from "../../core/machines/announcer/types.ts";
import { decodeEthernet } from "../../core/wire/ethernet.ts";
import { sameMac } from "../../core/wire/mac-address.ts";
import { NetioAnnouncer } from "../../shell/netio-announcer.ts";
import { MemoryHost } from "./memory-host.ts";
import { MemorySegment } from "./memory-segment.ts";

// The worker's announcer on what only a whole segment shows: neighbours, switches, a second interface, a bridge.

const ETH0 = 10;

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

class Node {
  readonly host = new MemoryHost();
  readonly announcer: NetioAnnouncer;
  readonly observed: Observation[] = [];
  readonly #name: string;
  #version = 0;

  constructor(name: string, lastByte: number, segment: MemorySegment, clock: ManualClock) {
    this.#name = name;
    this.host.links.add(link("eth0", ETH0, { mac: Uint8Array.of(2, 0, 0, 0, 0, lastByte) }), segment);
    const { packetSockets, routeNetlink, multicastGroups } = this.host;
    this.announcer = new NetioAnnouncer(configOf(name), {
      packetSockets,
      multicastGroups,
      clock,
      random: { fraction: () => 0.5 },
      log: silent,
      onReport: () => undefined,
      onObserved: (observation) => this.observed.push(observation),
    });
    routeNetlink.watch((links) => this.announcer.updateLinks(links));
  }

  announce(...announcements: readonly OwnAnnouncement[]): void {
    this.#version += 1;
    const snapshot = {
      version: this.#version,
      nodeName: this.#name,
      announcements,
      probeOnly: [],
      excludeInterfaces: undefined,
    };
    this.announcer.announce(snapshot);
  }
}

/** A station without a name has no hash, and so makes no claims. */
function configOf(name: string): AnnouncerConfig {
  return { nameHash: new Uint8Array(8 * name.length).fill(name.charCodeAt(0)), refreshInterval: 0 };
}

/** A segment with nodes a (MAC …:0a) and b (…:0b), and a client (…:0c). */
class World {
  readonly clock = new ManualClock({ startMillis: 1000 });
  readonly segment: MemorySegment;
  readonly a: Node;
  readonly b: Node;
  readonly #client = {
    groups: new Set<string>(),
    receive: (frame: Uint8Array) => void this.#heard.push(frame),
  };
  readonly #heard: Uint8Array[] = [];

  constructor(options: { snooping?: boolean } = {}) {
    this.segment = new MemorySegment(options);
    this.a = new Node("a", 0x0a, this.segment, this.clock);
    this.b = new Node("b", 0x0b, this.segment, this.clock);
    this.segment.attach(this.#client);
  }

  /** What the client hears in answer to one frame of its own. */
  async ask(frame: Uint8Array): Promise<readonly string[]> {
    this.segment.transmit(this.#client, frame);
    return this.hear();
  }

  /** What the client has heard since the last time; all that is under way arrives first. */
  async hear(): Promise<readonly string[]> {
    await settled();
    return this.#heard.splice(0).map((frame) => describeFrame(frame));
  }

  stop(): void {
    this.a.announcer.stop();
    this.b.announcer.stop();
  }
}

/** Frames and link tables travel by microtasks: when the event loop turns, none is left. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const address = "192.0.2.10";
const isAtA =
  "02:00:00:00:00:0a > 02:00:00:00:00:0c: arp reply 192.0.2.10 is-at 02:00:00:00:00:0a, to 192.0.2.1 at 02:00:00:00:00:0c";
const isAtB = isAtA.replaceAll("00:0a", "00:0b");

describe("announcers on a segment", () => {
  const worlds: World[] = [];
  afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

  async function world(options: { snooping?: boolean } = {}): Promise<World> {
    const made = new World(options);
    worlds.push(made);
    await settled();
    return made;
  }

  test("only the owner answers, and only what is announced", async () => {
    const here = await world();
    here.a.announce(announce(address));
    here.b.announce();
    await here.hear();
    expect(await here.ask(client.arp(address))).toEqual([isAtA]);
    expect(await here.ask(client.arp("192.0.2.11"))).toEqual([]);
  });

  test("another node takes over: it tells the segment, and the first one is silent", async () => {
    const here = await world();
    here.a.announce(announce(address));
    await here.hear();
    here.a.announce();
    here.b.announce(announce(address));
    expect(await here.hear()).toEqual([
      "02:00:00:00:00:0b > ff:ff:ff:ff:ff:ff: arp request 192.0.2.10 is-at 02:00:00:00:00:0b, to 192.0.2.10 at 00:00:00:00:00:00 (gratuitous) epoch 1",
      "02:00:00:00:00:0b > ff:ff:ff:ff:ff:ff: arp reply 192.0.2.10 is-at 02:00:00:00:00:0b, to 192.0.2.10 at 02:00:00:00:00:0b (gratuitous) epoch 1",
    ]);
    expect(await here.ask(client.arp(address))).toEqual([isAtB]);
  });

  test("two nodes that announce one address hear each other's claims", async () => {
    const here = await world();
    here.a.announce(announce(address, { epoch: 4 }), announce("2001:db8::10", { epoch: 4 }));
    here.b.announce(announce(address, { epoch: 5 }), announce("2001:db8::10", { epoch: 5 }));
    await here.hear();
    const heardBy = ({ observed }: Node) =>
      observed.map((each) => `${formatIpAddress(each.address)} epoch ${each.claim?.epoch}`);
    expect(heardBy(here.a)).toEqual([`${address} epoch 5`, "2001:db8::10 epoch 5"]);
    expect(heardBy(here.b)).toEqual([`${address} epoch 4`, "2001:db8::10 epoch 4"]);
  });

  test("nobody announces beside a host that answers the probe, and the address is ours once it is gone", async () => {
    const here = await world();
    // A kernel with the address: here another announcer that is not known as one, and whose frames bear no claim.
    const stranger = new Node("", 0x99, here.segment, here.clock);
    await settled();
    stranger.announce(announce(address), announce("2001:db8::10"));
    here.clock.advance(6000);
    await here.hear();
    here.a.announce(announce(address, { probe: true }), announce("2001:db8::10", { probe: true }));
    await settled();
    here.clock.advance(300);
    await here.hear();
    expect(await here.ask(client.arp(address))).toEqual([isAtA.replaceAll("0a", "99")]);
    stranger.announce();
    for (let second = 0; second < 8; second += 1) {
      here.clock.advance(500);
      await settled();
    }
    await here.hear();
    expect(await here.ask(client.arp(address))).toEqual([isAtA]);
  });

  test("a switch that snoops delivers solicitations, because the group is joined, and no longer once it is left", async () => {
    const here = await world({ snooping: true });
    here.a.announce(announce("2001:db8::10"));
    await here.hear();
    expect(await here.ask(client.ndp("2001:db8::10"))).toEqual([
      "02:00:00:00:00:0a > 02:00:00:00:00:0c: 2001:db8::10 > fe80::c neighbor advertisement 2001:db8::10 [solicited override] target-link-layer-address 02:00:00:00:00:0a",
    ]);
    expect(here.a.host.multicastGroups.joinedOn(ETH0)).toEqual(["ff02::1:ff00:10"]);
    here.a.announce();
    await here.hear();
    expect(here.a.host.multicastGroups.joinedOn(ETH0)).toEqual([]);
  });

  test("a link that comes back announces anew; a new interface does so from its own MAC", async () => {
    const here = await world();
    here.a.announce(announce(address));
    here.clock.advance(6000);
    await here.hear();
    here.a.host.links.change(ETH0, { running: false });
    expect(await here.ask(client.arp(address))).toEqual([]);
    here.a.host.links.change(ETH0, { running: true });
    expect(await here.hear()).toHaveLength(2);
    expect(await here.ask(client.arp(address))).toEqual([isAtA]);
    here.a.host.links.add(link("eth1", 11, { mac: Uint8Array.of(2, 0, 0, 0, 0, 0x1a) }), here.segment);
    const news = await here.hear();
    expect(news).toHaveLength(2);
    expect(news[0]).toMatch(/^02:00:00:00:00:1a > /);
  });

  test("an interface that becomes the port of a bridge gives way to the bridge", async () => {
    const here = await world();
    here.a.announce(announce(address));
    await here.hear();
    here.a.host.links.change(ETH0, { master: 12 });
    here.a.host.links.add(link("br0", 12, { mac: Uint8Array.of(2, 0, 0, 0, 0, 0xb0) }), here.segment);
    await here.hear();
    const [answer, ...others] = await here.ask(client.arp(address));
    expect([answer?.slice(0, 17), others]).toEqual(["02:00:00:00:00:b0", []]);
  });

  test("whatever happens, every frame on the segment bears the MAC of a host that is on it", async () => {
    const here = await world();
    here.a.announce(announce(address));
    here.b.announce(announce("2001:db8::10"));
    here.clock.advance(3000);
    await here.ask(client.ndpProbe("2001:db8::10"));
    const known = [0x0a, 0x0b].map((last) => Uint8Array.of(2, 0, 0, 0, 0, last));
    expect(here.segment.traffic.length).toBeGreaterThan(8);
    for (const bytes of here.segment.traffic) {
      const frame = decodeEthernet(bytes);
      expect(frame.ok && [...known, CLIENT_MAC].some((mac) => sameMac(mac, frame.value.source))).toBe(true);
    }
  });
});
