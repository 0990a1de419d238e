import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { systemClock, systemRandom } from "@steelyard/client/clock";
import { type OwnAnnouncement, type AnnouncerReport } from "../../core/machines/announcer/types.ts";
import { ip } from "../../core/wire/testing/ip.ts";
import { NetioAnnouncer } from "../../shell/netio-announcer.ts";
import { AfPacketSockets } from "./af-packet-socket.ts";
import { UdpMulticastGroups } from "./multicast-groups.ts";
import { RouteNetlinkSockets } from "./route-netlink.ts";
import { Asker, macOf, skipDuplicateDetection } from "./testing/asking.ts";
import {
  describeInNamespaces,
  testWithBonds,
  testWithVlans,
  type TestNamespace,
} from "./testing/namespaces.ts";
import { eventually } from "./testing/veth.ts";

// The announcer on a real kernel, while what it announces on is renamed, pulled, enslaved and made anew.

const ADDRESSES = ["192.0.2.10", "2001:db8::10"] as const;
const silent = () => undefined;

class Announcer {
  report: AnnouncerReport | undefined;
  readonly errors: string[] = [];
  readonly #announcer: NetioAnnouncer;
  readonly #watch: { close(): void };
  #version = 0;

  constructor({ addon }: TestNamespace) {
    this.#announcer = new NetioAnnouncer(
      { nameHash: new Uint8Array(8), refreshInterval: 0 },
      {
        packetSockets: new AfPacketSockets(addon),
        multicastGroups: new UdpMulticastGroups(addon),
        clock: systemClock,
        random: systemRandom,
        log: {
          debug: silent,
          info: silent,
          warn: silent,
          error: (_fields, message) => this.errors.push(message),
        },
        onReport: (report) => (this.report = report),
        onObserved: silent,
      },
    );
    this.#watch = new RouteNetlinkSockets(addon, systemClock).watch(
      (links) => this.#announcer.updateLinks(links),
      (error) => this.errors.push(error.message),
    );
  }

  announce(...interfaces: readonly string[]): void {
    const announcements = ADDRESSES.map((address): OwnAnnouncement => ({
      address: ip(address),
      interfaces,
      epoch: 1,
      probe: false,
    }));
    const version = ++this.#version;
    this.#announcer.announce({
      version,
      nodeName: "a",
      announcements,
      probeOnly: [],
      excludeInterfaces: undefined,
    });
  }

  stop(): void {
    this.#watch.close();
    this.#announcer.stop();
  }
}

describeInNamespaces("the announcer while its links change", ([near, far]) => {
  let announcer: Announcer;

  /** A cable from `eth0` here to `eth0` there, with subnets of both families. */
  const plugIn = (): void => {
    skipDuplicateDetection(near, far);
    near.ip(`link add eth0 type veth peer name eth0 netns ${far.path()}`);
    giveAddresses("eth0");
    near.ip("link set eth0 up");
    far.ip("addr add 192.0.2.1/24 dev eth0");
    far.ip("link set eth0 up");
  };
  const giveAddresses = (name: string): void => {
    near.ip(`addr add 192.0.2.2/24 dev ${name}`);
    near.ip(`addr add 2001:db8::2/64 dev ${name} nodad`);
  };
  const takeAddresses = (name: string): void => {
    near.ip(`addr del 192.0.2.2/24 dev ${name}`);
    near.ip(`addr del 2001:db8::2/64 dev ${name}`);
  };

  beforeAll(() => {
    near.ip("link set lo up");
    plugIn();
    announcer = new Announcer(near);
    announcer.announce();
  });
  afterAll(() => announcer.stop());

  /** Both addresses are answered for with the MAC of this interface, when they are asked for there. */
  async function untilAnsweredWith(name: string, askedOn = "eth0"): Promise<void> {
    for (const address of ADDRESSES) {
      const asker = new Asker(far, askedOn, "192.0.2.1", address.includes(".") ? "arp" : "ipv6");
      const expected = `${address} is-at ${macOf(near, name)}`;
      // Until the announcer has heard of the change it may still answer with another MAC, or not at all.
      await eventually(() => {
        asker.ask(address);
        return asker.answers.at(-1) === expected;
      });
      asker.close();
    }
    await eventually(() => interfacesOf(announcer).every((names) => names === name));
    expect(interfacesOf(announcer)).toEqual([name, name]);
  }
  const interfacesOf = ({ report }: Announcer): readonly string[] =>
    report?.owned.map(({ interfaces }) => interfaces.join()) ?? [];
  const obstacles = (): readonly string[] =>
    announcer.report?.unannounceable.map(({ because }) => because) ?? [];

  test("answers on the link with the subnet", async () => {
    await untilAnsweredWith("eth0");
  });

  test("goes on answering when the link gets another name", async () => {
    near.ip("link set eth0 down");
    near.ip("link set eth0 name lan0");
    near.ip("link set lan0 up");
    // The kernel drops IPv6 addresses of a link that goes down.
    near.ip("addr replace 2001:db8::2/64 dev lan0 nodad");
    await untilAnsweredWith("lan0");
    near.ip("link set lan0 down");
    near.ip("link set lan0 name eth0");
    near.ip("link set eth0 up");
    near.ip("addr replace 2001:db8::2/64 dev eth0 nodad");
    await untilAnsweredWith("eth0");
  });

  test("says that the carrier is gone, and answers again when it is back", async () => {
    far.ip("link set eth0 down");
    await eventually(() => obstacles().length === 2 && obstacles()[0] === "interface eth0 is down");
    far.ip("link set eth0 up");
    await untilAnsweredWith("eth0");
  });

  test("moves to the bridge with the link that becomes its port, also when the link is what is listed", async () => {
    near.ip("link add br0 type bridge");
    near.ip("link set br0 up");
    near.ip("link set eth0 master br0");
    takeAddresses("eth0");
    giveAddresses("br0");
    await untilAnsweredWith("br0");
    announcer.announce("eth0");
    await untilAnsweredWith("br0");
    near.ip("link set eth0 nomaster");
    announcer.announce();
    near.ip("link del br0");
    giveAddresses("eth0");
    await untilAnsweredWith("eth0");
  });

  test("answers on a link that is made anew", async () => {
    near.ip("link del eth0");
    const nowhere =
      "no interface has the subnet of the address or an IPv4 default route; no interface has an IPv4 subnet";
    await eventually(() => obstacles()[0] === nowhere);
    plugIn();
    await untilAnsweredWith("eth0");
    expect(announcer.errors).toEqual([]);
  });

  testWithBonds("answers on a bond in the place of its members", async () => {
    near.ip("link add bond0 type bond mode active-backup");
    near.ip("link set eth0 down");
    near.ip("link set eth0 master bond0");
    near.ip("link set bond0 up");
    giveAddresses("bond0");
    await untilAnsweredWith("bond0");
    near.ip("link del bond0");
    giveAddresses("eth0");
    near.ip("link set eth0 up");
  });

  testWithVlans("answers on a VLAN of its own, and not on the link below", async () => {
    takeAddresses("eth0");
    for (const end of [near, far]) {
      end.ip("link add link eth0 name eth0.5 type vlan id 5");
      end.ip("link set eth0.5 up");
    }
    giveAddresses("eth0.5");
    await untilAnsweredWith("eth0.5", "eth0.5");
  });
});
