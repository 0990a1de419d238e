import { describe, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { MemorySegment } from "../adapters/memory/memory-segment.ts";
import { link } from "../core/interfaces/testing/links.ts";
import { client } from "../core/machines/announcer/testing/station.ts";
import {
  type AnnouncementSnapshot,
  type AnnouncerReport,
  type Observation,
} from "../core/machines/announcer/types.ts";
import { decodeArp } from "../core/wire/arp.ts";
import { decodeEthernet } from "../core/wire/ethernet.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { type MulticastGroups } from "../ports/multicast-groups.ts";
import { PacketSocketError, type PacketSockets } from "../ports/packet-socket.ts";
import { NetioAnnouncer, type NetioAnnouncerDeps } from "./netio-announcer.ts";

const INDEX = 2;

const config = {
  nameHash: Uint8Array.from("hash-a..", (letter) => letter.charCodeAt(0)),
  refreshInterval: 0,
};

function snapshot(version: number, addresses: readonly string[]): AnnouncementSnapshot {
  const announcements = addresses.map((text) => ({
    address: ip(text),
    interfaces: [],
    epoch: 1,
    probe: false,
  }));
  return { version, nodeName: "a", announcements, probeOnly: [], excludeInterfaces: undefined };
}

/** A node on a segment with one client; every change of the simulated host arrives in a later turn. */
function setUp(replace: (host: MemoryHost) => Partial<NetioAnnouncerDeps> = () => ({})) {
  const host = new MemoryHost();
  const segment = new MemorySegment();
  host.links.add(link("eth0", INDEX), segment);
  const received: Uint8Array[] = [];
  const station = { groups: new Set<string>(), receive: (frame: Uint8Array) => received.push(frame) };
  segment.attach(station);
  const clock = new ManualClock();
  const log = new RecordingLog();
  const reports: AnnouncerReport[] = [];
  const observed: Observation[] = [];
  const announcer = new NetioAnnouncer(config, {
    packetSockets: host.packetSockets,
    multicastGroups: host.multicastGroups,
    clock,
    random: { fraction: () => 0.5 },
    log,
    onReport: (report) => reports.push(report),
    onObserved: (observation) => observed.push(observation),
    ...replace(host),
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const start = async (): Promise<void> => {
    host.routeNetlink.watch((links) => announcer.updateLinks(links));
    await turn();
  };
  /** The ARP answers to a question, as "<address> is-at <mac>". */
  const ask = async (target: string): Promise<string[]> => {
    // What was sent unasked is still under way.
    await turn();
    received.length = 0;
    segment.transmit(station, client.arp(target));
    await turn();
    return received.flatMap(describeReply);
  };
  return { host, clock, log, reports, observed, announcer, start, turn, ask };
}

function describeReply(bytes: Uint8Array): string[] {
  const frame = decodeEthernet(bytes);
  const packet = frame.ok ? decodeArp(frame.value.payload) : frame;
  if (!packet.ok || packet.value.operation !== "reply") return [];
  const { senderAddress, senderMac } = packet.value;
  return [`${senderAddress.value.toString(16)} is-at ${Buffer.from(senderMac).toString("hex")}`];
}

const ANSWER = ["c000020a is-at 020000000002"];

describe("the announcer in its shell", () => {
  test("answers what it is told to announce, and nothing before and nothing else", async () => {
    const { announcer, start, ask } = setUp();
    await start();
    expect(await ask("192.0.2.10")).toEqual([]);
    announcer.announce(snapshot(1, ["192.0.2.10"]));
    expect(await ask("192.0.2.10")).toEqual(ANSWER);
    expect(await ask("192.0.2.11")).toEqual([]);
    announcer.announce(snapshot(2, []));
    expect(await ask("192.0.2.10")).toEqual([]);
  });

  test("joins and leaves the solicited-node groups of what it announces", async () => {
    const { announcer, host, start } = setUp();
    await start();
    announcer.announce(snapshot(1, ["2001:db8::10"]));
    expect(host.multicastGroups.joinedOn(INDEX)).toEqual(["ff02::1:ff00:10"]);
    announcer.announce(snapshot(2, []));
    expect(host.multicastGroups.joinedOn(INDEX)).toEqual([]);
  });

  test("repeats gratuitous frames by the clock", async () => {
    const { announcer, clock, reports, start } = setUp();
    await start();
    announcer.announce(snapshot(1, ["192.0.2.10"]));
    clock.advance(10_000);
    // Two frames per round, at 0, 1.1, 2.2, 3.3 and 4.4 s.
    expect(reports.at(-1)?.counters).toMatchObject([{ gratuitous: 10 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("reports the first change at once and of a burst only the last", async () => {
    const { announcer, clock, reports, start } = setUp();
    await start();
    clock.advance(1000);
    reports.length = 0;
    announcer.announce(snapshot(1, ["192.0.2.10"]));
    clock.advance(0);
    expect(reports.map((report) => report.snapshotVersion)).toEqual([1]);
    for (let version = 2; version <= 9; version++) announcer.announce(snapshot(version, []));
    clock.advance(19);
    expect(reports).toHaveLength(1);
    clock.advance(1);
    expect(reports.map((report) => report.snapshotVersion)).toEqual([1, 9]);
  });

  test("a socket that cannot be opened is tried again, and answers then", async () => {
    let refusals = 0;
    const { announcer, clock, start, ask } = setUp((host) => ({
      packetSockets: refusing(host.packetSockets, () => ++refusals <= 1),
    }));
    await start();
    announcer.announce(snapshot(1, ["192.0.2.10"]));
    expect(await ask("192.0.2.10")).toEqual([]);
    clock.advance(1000);
    expect(refusals).toBe(2);
    expect(await ask("192.0.2.10")).toEqual(ANSWER);
  });

  test("a link that comes back is answered on again", async () => {
    const { announcer, host, start, turn, ask } = setUp();
    await start();
    announcer.announce(snapshot(1, ["192.0.2.10"]));
    host.links.change(INDEX, { running: false });
    await turn();
    host.links.change(INDEX, { running: true });
    await turn();
    expect(await ask("192.0.2.10")).toEqual(ANSWER);
  });

  test("a group that cannot be joined is a warning, and the address is announced all the same", async () => {
    const stubborn: MulticastGroups = {
      join: () => {
        throw new Error("no buffer space");
      },
      leave: () => undefined,
      close: () => undefined,
    };
    const { announcer, log, reports, clock, start } = setUp(() => ({ multicastGroups: stubborn }));
    await start();
    announcer.announce(snapshot(1, ["2001:db8::10"]));
    clock.advance(0);
    expect(log.at("warn")).toEqual(["join-group of a solicited-node group failed"]);
    expect(reports.at(-1)?.owned).toMatchObject([{ interfaces: ["eth0"] }]);
  });

  test("logs what becomes of an address", async () => {
    const { announcer, log, start } = setUp();
    await start();
    announcer.announce(snapshot(1, ["192.0.2.10"]));
    announcer.announce(snapshot(2, []));
    expect(log.at("info")).toEqual(["address announced", "address withdrawn"]);
    expect(log.entries[0]?.fields).toMatchObject({ ip: "192.0.2.10", interfaces: ["eth0"] });
  });

  test("a fault of ours is not taken for one of the kernel", async () => {
    const broken: PacketSockets = {
      open: () => {
        throw new TypeError("openPacketSocket: filter must be a Uint32Array");
      },
    };
    const { announcer, start } = setUp(() => ({ packetSockets: broken }));
    await start();
    expect(() => announcer.announce(snapshot(1, ["192.0.2.10"]))).toThrow("filter must be a Uint32Array");
  });

  test("after stop nothing is answered, joined, reported or armed", async () => {
    const { announcer, host, clock, reports, start, turn, ask } = setUp();
    await start();
    announcer.announce(snapshot(1, ["192.0.2.10", "2001:db8::10"]));
    announcer.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(host.multicastGroups.joinedOn(INDEX)).toEqual([]);
    expect(await ask("192.0.2.10")).toEqual([]);
    const before = reports.length;
    announcer.announce(snapshot(2, ["192.0.2.11"]));
    host.links.change(INDEX, { name: "wan0" });
    await turn();
    expect([reports.length, clock.pendingTimers]).toEqual([before, 0]);
  });
});

function refusing(sockets: PacketSockets, refuses: () => boolean): PacketSockets {
  return {
    open: (options, events) => {
      if (refuses()) throw new PacketSocketError("too many open files", { code: "EMFILE", verdict: "later" });
      return sockets.open(options, events);
    },
  };
}
