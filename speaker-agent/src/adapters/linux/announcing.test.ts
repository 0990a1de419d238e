import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { systemClock } from "@steelyard/client";
import { RecordingLog } from "@steelyard/client/testing";
import { formatIpAddress } from "@steelyard/model/address";
import { announce } from "../../core/machines/announcer/testing/drive.ts";
import { describeFrame } from "../../core/machines/announcer/testing/describe-frame.ts";
import { client, CLIENT_MAC } from "../../core/machines/announcer/testing/station.ts";
import { type AnnouncerReport, type OwnAnnouncement } from "../../core/machines/announcer/types.ts";
import { type WireCheckReport } from "../../core/machines/wire-check/types.ts";
import { formatMac } from "../../core/wire/mac-address.ts";
import { ip } from "../../core/wire/testing/ip.ts";
import { type PacketProtocol, type PacketSocket } from "../../ports/packet-socket.ts";
import { NetioAnnouncer } from "../../shell/netio-announcer.ts";
import { NetioWireCheck } from "../../shell/netio-wire-check.ts";
import { AfPacketSockets } from "./af-packet-socket.ts";
import { UdpMulticastGroups } from "./multicast-groups.ts";
import { RouteNetlinkSockets } from "./route-netlink.ts";
import { describeInNamespaces } from "./testing/namespaces.ts";
import { acceptAll, eventually } from "./testing/veth.ts";

// What only kernels can show: one that holds an address, and links that are renamed, moved, taken away and made anew.

const NODE_MAC = "02:00:00:00:00:0a";
const random = { fraction: () => 0 };
const log = new RecordingLog();

describeInNamespaces("the announcer and the wire check", ([node, other]) => {
  const reports: AnnouncerReport[] = [];
  const checks: WireCheckReport[] = [];
  const heard: string[] = [];
  const stations = new Map<PacketProtocol, PacketSocket>();
  let announcer: NetioAnnouncer;
  let check: NetioWireCheck;
  let links: { close(): void };
  let version = 0;

  /** `near` in the node's namespace and `far` in the other's, where a kernel with 192.0.2.1 and 2001:db8::1 lives. */
  const plug = (details = ""): void => {
    node.ip(
      `link add near address ${NODE_MAC}${details} type veth peer name far address ${formatMac(CLIENT_MAC)}`,
    );
    node.ip(`link set far netns ${other.path()}`);
    node.sysctl("ipv6/conf/near/accept_dad", "0");
    other.ip("link set far up");
    node.ip("link set near up");
    node.ip("addr add 192.0.2.2/24 dev near");
    other.ip("addr add 192.0.2.1/24 dev far");
    other.ip("addr add 2001:db8::1/64 dev far nodad");
    for (const station of stations.values()) station.close();
    const far = other.addon.interfaceIndex("far");
    for (const protocol of ["arp", "ipv6"] as const) stations.set(protocol, listenAt(far, protocol));
  };

  const listenAt = (interfaceIndex: number, protocol: PacketProtocol): PacketSocket =>
    new AfPacketSockets(other.addon).open(
      { interfaceIndex, protocol, filter: acceptAll },
      {
        onFrames: (frames) => void heard.push(...frames.map((bytes) => describeFrame(bytes))),
        // The other end of a cable that is taken away is down.
        onError: () => undefined,
      },
    );

  const put = (...announcements: readonly OwnAnnouncement[]): void => {
    const snapshot = { nodeName: "a", announcements, probeOnly: [], excludeInterfaces: undefined };
    announcer.announce({ version: ++version, ...snapshot });
  };

  const owned = () => reports.at(-1)?.owned.map(({ address }) => formatIpAddress(address)) ?? [];
  const held = () => reports.at(-1)?.held.map(({ address }) => formatIpAddress(address)) ?? [];
  const interfaces = () => reports.at(-1)?.owned[0]?.interfaces;

  /** Asks until it is answered from this MAC; the socket may just be on its way from one link to the other. */
  const isAnsweredBy = async (address: string, mac: string): Promise<void> => {
    const answer = `${mac} > ${formatMac(CLIENT_MAC)}: arp reply ${address} is-at ${mac}`;
    heard.length = 0;
    await eventually(() => {
      stations.get("arp")?.send([client.arp(address)]);
      return heard.some((line) => line.startsWith(answer));
    });
  };

  beforeAll(() => {
    plug();
    const packetSockets = new AfPacketSockets(node.addon);
    const routeNetlink = new RouteNetlinkSockets(node.addon, systemClock);
    const common = { packetSockets, clock: systemClock, random, log };
    announcer = new NetioAnnouncer(
      { nameHash: new Uint8Array(8), refreshInterval: 0 },
      {
        ...common,
        routeNetlink,
        multicastGroups: new UdpMulticastGroups(node.addon),
        onReport: (report) => reports.push(report),
        onObserved: () => undefined,
      },
    );
    check = new NetioWireCheck(
      { interval: 400, excludeInterfaces: undefined },
      { ...common, onReport: (report) => checks.push(report) },
    );
    announcer.start();
    links = routeNetlink.watch(
      (seen) => check.updateLinks(seen),
      () => undefined,
    );
  });

  afterAll(() => {
    announcer.stop();
    check.stop();
    links.close();
    for (const station of stations.values()) station.close();
  });

  test("an address that another kernel has is held, and announced once that kernel has given it up", async () => {
    other.ip("addr add 192.0.2.10/24 dev far");
    other.ip("addr add 2001:db8::10/64 dev far nodad");
    put(
      announce("192.0.2.10", { interfaces: "near", probe: true }),
      announce("192.0.2.11", { interfaces: "near", probe: true }),
      announce("2001:db8::10", { interfaces: "near", probe: true }),
      announce("2001:db8::11", { interfaces: "near", probe: true }),
    );
    await eventually(() => held().length === 2 && owned().length === 2);
    expect([held(), owned()]).toEqual([
      ["192.0.2.10", "2001:db8::10"],
      ["192.0.2.11", "2001:db8::11"],
    ]);
    expect(reports.at(-1)?.held.map(({ mac }) => formatMac(mac))).toEqual(
      [CLIENT_MAC, CLIENT_MAC].map(formatMac),
    );
    other.ip("addr del 192.0.2.10/24 dev far");
    other.ip("addr del 2001:db8::10/64 dev far");
    await eventually(() => owned().length === 4);
    expect(held()).toEqual([]);
  });

  test("another kernel finds out by duplicate address detection that an address is taken", async () => {
    put(announce("2001:db8::10", { interfaces: "near" }));
    await eventually(() => owned().includes("2001:db8::10"));
    other.ip("addr add 2001:db8::10/64 dev far");
    await eventually(() => other.ip("-6 addr show dev far dadfailed").includes("2001:db8::10"));
    other.ip("addr del 2001:db8::10/64 dev far");
  });

  test("the wire check believes another kernel: it is reachable, foreign, or not there", async () => {
    const about = (address: string, owner: string) => ({ address: ip(address), owner, interfaces: ["near"] });
    check.updateNodes([
      { node: "b", macs: [CLIENT_MAC] },
      { node: "c", macs: [Uint8Array.of(2, 0, 0, 0, 0, 0xc0)] },
    ]);
    check.verify([about("192.0.2.1", "b"), about("2001:db8::1", "b")]);
    await eventually(() => checks.at(-1)?.checked.Reachable === 1);
    check.updateNodes([{ node: "c", macs: [Uint8Array.of(2, 0, 0, 0, 0, 0xc0)] }]);
    check.verify([about("192.0.2.1", "c"), about("192.0.2.77", "c"), about("2001:db8::1", "c")]);
    await eventually(() => checks.at(-1)?.checks.length === 3);
    expect(
      checks.at(-1)?.checks.map(({ address, verdict }) => `${formatIpAddress(address)} ${verdict}`),
    ).toEqual(["192.0.2.1 ForeignHost", "192.0.2.77 NobodyAnswers", "2001:db8::1 ForeignHost"]);
    check.verify([]);
  });

  test("an interface that is renamed goes on answering, by the name it has now", async () => {
    put(announce("192.0.2.10"));
    await eventually(() => interfaces()?.join() === "near");
    node.ip("link set near down");
    node.ip("link set near name wan0");
    node.ip("link set wan0 up");
    await isAnsweredBy("192.0.2.10", NODE_MAC);
    await eventually(() => interfaces()?.join() === "wan0");
    node.ip("link set wan0 down");
    node.ip("link set wan0 name near");
    node.ip("link set near up");
    await isAnsweredBy("192.0.2.10", NODE_MAC);
  });

  test("an interface that is made anew is answered on, with another index or with the one it had", async () => {
    node.ip("link del near");
    plug(" index 71");
    await isAnsweredBy("192.0.2.10", NODE_MAC);
    node.ip("link del near");
    plug(" index 71");
    await isAnsweredBy("192.0.2.10", NODE_MAC);
  });

  test("an interface that becomes the port of a bridge is answered on through the bridge", async () => {
    const bridgeMac = "02:00:00:00:00:b0";
    node.ip(`link add br0 address ${bridgeMac} type bridge`);
    node.ip("link set near master br0");
    node.ip("link set br0 up");
    node.ip("addr flush dev near");
    node.ip("addr add 192.0.2.2/24 dev br0");
    await isAnsweredBy("192.0.2.10", bridgeMac);
    await eventually(() => interfaces()?.join() === "br0");
  });
});
