import { describe, expect, test } from "@jest/globals";
import { formatIpPrefix } from "@steelyard/model/address";
import fc from "fast-check";
import { ip } from "../wire/testing/ip.ts";
import { buildCapability, MOST_LINKS, MOST_PREFIXES, sameCapability, whyCannotReach } from "./capability.ts";
import { type Link } from "./link.ts";
import { linkSelector } from "./select-links.ts";
import { addressed, link } from "./testing/links.ts";

const none = () => false;
const nowhere = { defaultRoute: { v4: false, v6: false } };

describe("buildCapability", () => {
  test("Ethernet links with their ways: neither loopback, nor tunnels, nor what is excluded", () => {
    const links = [
      link("lo", 1, { loopback: true }),
      link("tun0", 2, { mac: new Uint8Array(0) }),
      link("cali1", 3),
      link("eth1", 5, {
        ...nowhere,
        running: false,
        ...addressed("10.1.0.9/16", "fd00::9/64", "10.1.0.8/16"),
      }),
      link("eth0", 4),
    ];
    const { links: capable, complete } = buildCapability(links, (name) => name.startsWith("cali"));
    expect(complete).toBe(true);
    expect(capable.map((each) => ({ ...each, prefixes: each.prefixes.map(formatIpPrefix) }))).toEqual([
      {
        name: "eth0",
        mac: Uint8Array.of(2, 0, 0, 0, 0, 4),
        announcesV4: true,
        announcesV6: true,
        defaultV4: true,
        defaultV6: true,
        prefixes: [],
      },
      {
        name: "eth1",
        mac: Uint8Array.of(2, 0, 0, 0, 0, 5),
        announcesV4: false,
        announcesV6: false,
        defaultV4: false,
        defaultV6: false,
        prefixes: ["10.1.0.0/16", "fd00::/64"],
      },
    ]);
  });

  test("of too many links those that lead somewhere stay, and the rest is not denied", () => {
    const many = Array.from({ length: 200 }, (_, i) =>
      link(`v${String(i).padStart(3, "0")}`, 100 + i, { ...nowhere, mac: Uint8Array.of(2, 0, 0, 0, 1, i) }),
    );
    const capability = buildCapability([...many, link("wan", 9)], none);
    expect(capability.links).toHaveLength(MOST_LINKS);
    expect(capability.links[0]?.name).toBe("wan");
    expect(whyCannotReach(ip("192.0.2.1"), ["v199"], capability)).toBeUndefined();
    expect(whyCannotReach(ip("192.0.2.1"), ["nowhere"], capability)).toBeUndefined();
  });

  test("of too many subnets likewise", () => {
    const addresses = Array.from({ length: MOST_PREFIXES + 1 }, (_, i) => `10.${i}.0.1/16`);
    const capability = buildCapability([link("eth0", 10, { ...nowhere, ...addressed(...addresses) })], none);
    expect(capability.links[0]?.prefixes).toHaveLength(MOST_PREFIXES);
    expect(whyCannotReach(ip(`10.${MOST_PREFIXES}.0.9`), [], capability)).toBeUndefined();
  });

  test("is the same for the same links in another order, and after what does not matter", () => {
    const links = [link("eth1", 11, addressed("10.0.0.1/8")), link("eth0", 10)];
    const capability = buildCapability(links, none);
    const bound = addressed("10.0.0.1/8", "10.9.9.9/32");
    const same = buildCapability(
      [link("eth0", 20, { mac: Uint8Array.of(2, 0, 0, 0, 0, 10) }), link("eth1", 11, bound)],
      none,
    );
    expect(sameCapability(capability, same)).toBe(true);
  });

  test.each<[string, Partial<Link>]>([
    ["carrier", { running: false }],
    ["subnet", addressed("10.0.0.1/16")],
    ["default route", nowhere],
    ["MAC", { mac: Uint8Array.of(2, 0, 0, 0, 0, 99) }],
    ["name", { name: "eth9" }],
  ])("another %s is another capability", (_what, change) => {
    const before = link("eth0", 10, addressed("10.0.0.1/8"));
    expect(
      sameCapability(buildCapability([before], none), buildCapability([{ ...before, ...change }], none)),
    ).toBe(false);
  });
});

describe("whyCannotReach", () => {
  const capability = buildCapability(
    [
      link("eth0", 10, addressed("192.168.7.2/24")),
      link("eth1", 11, { ...nowhere, ...addressed("192.168.8.2/24"), running: false }),
      link("eth2", 12, { ...nowhere, addresses: [] }),
    ],
    none,
  );

  test.each<[string, readonly string[], string | undefined]>([
    ["192.168.7.40", [], undefined],
    ["203.0.113.7", [], undefined],
    ["203.0.113.7", ["eth2"], undefined],
    ["192.168.8.40", [], "cannot announce IPv4 addresses on interface eth1 at present"],
    ["192.168.8.40", ["eth1", "eth7"], "cannot announce IPv4 addresses on interface eth1 at present"],
    ["fd00::1", ["eth2"], "cannot announce IPv6 addresses on interface eth2 at present"],
    ["192.168.7.40", ["eth9", "eth8"], "has no interfaces eth8, eth9"],
    ["192.168.7.40", ["eth"], "has no interface eth"],
  ])("%s on %j: %s", (address, interfaces, why) => {
    expect(whyCannotReach(ip(address), interfaces, capability)).toBe(why);
  });

  test("no subnet and no default route", () => {
    const isolated = buildCapability([link("eth0", 10, { ...nowhere, ...addressed("10.1.4.9/24") })], none);
    expect(whyCannotReach(ip("10.1.60.200"), [], isolated)).toBe(
      "has no interface with the subnet of the address or an IPv4 default route",
    );
  });

  test("peers judge as the node judges itself", () => {
    const anyLink = fc.record({
      name: fc.constantFrom("eth0", "eth1", "br0", "lo"),
      index: fc.integer({ min: 1, max: 4 }),
      running: fc.boolean(),
      broadcast: fc.boolean(),
      noArp: fc.boolean(),
      type: fc.constantFrom(undefined, "bridge", "vrf", "openvswitch"),
      master: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      defaultRoute: fc.record({ v4: fc.boolean(), v6: fc.boolean() }),
      addresses: fc.subarray([
        { address: ip("10.0.0.1"), prefixLength: 24 },
        { address: ip("10.0.0.9"), prefixLength: 32 },
        { address: ip("fd00::1"), prefixLength: 64 },
        { address: ip("fe80::1"), prefixLength: 64 },
      ]),
    });
    const anyLinks = fc
      .uniqueArray(anyLink, { selector: ({ index }) => index })
      .map((all) =>
        all
          .filter(({ name }, at) => all.findIndex((other) => other.name === name) === at)
          .map(({ name, index, ...changes }) => link(name, index, { ...changes, loopback: name === "lo" })),
      );
    const anyList = fc.subarray(["eth0", "eth1", "br0", "eth7"]);
    const anyAddress = fc.constantFrom("10.0.0.9", "10.9.0.1", "fd00::9", "2001:db8::1").map(ip);
    fc.assert(
      fc.property(anyLinks, anyList, anyAddress, (links, interfaces, address) => {
        const own = linkSelector(links, none)(address, interfaces).links.length > 0;
        const asPeer = whyCannotReach(address, interfaces, buildCapability(links, none)) === undefined;
        expect(asPeer).toBe(own);
      }),
    );
  });
});
