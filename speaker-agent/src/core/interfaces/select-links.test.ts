import { describe, expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { type InterfaceExclusion } from "./interface-exclusion.ts";
import { type Link } from "./link.ts";
import { linkSelector } from "./select-links.ts";
import { addressed, link } from "./testing/links.ts";

const none: InterfaceExclusion = () => false;
const nowhere = { defaultRoute: { v4: false, v6: false } };

function select(address: string, interfaces: readonly string[], links: readonly Link[], excluded = none) {
  const selection = linkSelector(links, excluded)(ip(address), interfaces);
  return { links: selection.links.map(({ name }) => name), obstacles: selection.obstacles };
}

describe("without a list", () => {
  const lan = link("eth0", 10, addressed("192.168.7.2/24", "fd07::2/64"));
  const side = link("eth1", 11, { ...addressed("192.168.8.2/24"), ...nowhere });

  test("the link with the subnet, and not the one with the default route", () => {
    expect(select("192.168.8.40", [], [lan, side])).toEqual({ links: ["eth1"], obstacles: [] });
    expect(select("192.168.7.40", [], [lan, side])).toEqual({ links: ["eth0"], obstacles: [] });
  });

  test("every link that has the subnet, sorted by name", () => {
    const second = link("eth9", 5, addressed("192.168.7.3/16"));
    expect(select("192.168.7.40", [], [second, lan]).links).toEqual(["eth0", "eth9"]);
  });

  test("on no subnet: the links with a default route of the family", () => {
    const onlyV6 = { defaultRoute: { v4: false, v6: true } };
    expect(select("203.0.113.9", [], [lan, side]).links).toEqual(["eth0"]);
    expect(select("2001:db8::9", [], [side, link("eth2", 12, onlyV6)]).links).toEqual(["eth2"]);
  });

  test("a pulled cable does not make the subnet another segment's", () => {
    expect(select("192.168.8.40", [], [lan, { ...side, running: false }])).toEqual({
      links: [],
      obstacles: ["interface eth1 is down"],
    });
  });

  test("an address bound to a link does not vouch for itself, nor does the loopback, nor an excluded link", () => {
    const links = [
      link("lo", 1, { ...addressed("10.0.0.1/8"), loopback: true }),
      link("eth1", 11, { ...addressed("10.1.2.3/32", "192.168.8.2/24"), ...nowhere }),
      link("docker0", 12, addressed("10.1.0.1/16")),
    ];
    expect(select("10.1.2.3", [], links, (name) => name === "docker0")).toEqual({
      links: [],
      obstacles: [
        "no interface has the subnet of the address or an IPv4 default route; the subnets of this node are 192.168.8.0/24 on eth1",
      ],
    });
  });

  test("a port that kept its addresses stands for its bridge", () => {
    const port = { ...lan, master: 20 };
    const bridge = link("br0", 20, { type: "bridge", ...nowhere });
    expect(select("192.168.7.40", [], [port, bridge])).toEqual({ links: ["br0"], obstacles: [] });
  });

  test("a node without any subnet says so; of many, the first few are shown", () => {
    expect(select("10.0.0.1", [], [link("eth0", 10, nowhere)]).obstacles).toEqual([
      "no interface has the subnet of the address or an IPv4 default route; no interface has an IPv4 subnet",
    ]);
    const many = Array.from({ length: 9 }, (_, i) =>
      link(`eth${i}`, 10 + i, { ...addressed(`192.168.${i}.1/24`), ...nowhere }),
    );
    expect(select("10.0.0.1", [], many).obstacles[0]).toMatch(/192\.168\.5\.0\/24 on eth5 and more$/);
  });
});

describe("with a list", () => {
  const links = [
    link("lo", 1, { loopback: true }),
    link("eth1", 11, nowhere),
    link("eth0", 10),
    link("cali7", 12),
    link("br0", 13, { running: false }),
  ];

  test("exactly the listed names, wherever they lead", () => {
    expect(select("192.0.2.10", ["eth1"], links)).toEqual({ links: ["eth1"], obstacles: [] });
  });

  test("names are neither patterns nor beginnings; each says what is in its way", () => {
    const notCali = (name: string) => name.startsWith("cali");
    expect(select("192.0.2.10", ["eth", "eth1", "cali7", "lo", "br0"], links, notCali)).toEqual({
      links: ["eth1"],
      obstacles: [
        "interface eth does not exist",
        "interface br0 is down",
        "interface cali7 is excluded by configuration",
        "interface lo is a loopback interface",
      ],
    });
  });

  test("two ports of one bond are one link", () => {
    const ports = [link("eth0", 10, { master: 20 }), link("eth1", 11, { master: 20 })];
    const bond = link("bond0", 20, { type: "bond" });
    expect(select("192.0.2.10", ["eth1", "eth0"], [...ports, bond])).toEqual({
      links: ["bond0"],
      obstacles: [],
    });
  });

  test("the list and the links are left as they are", () => {
    const frozen = Object.freeze(["eth9", "eth1", "eth0"]);
    expect(select("192.0.2.10", frozen, Object.freeze(links)).links).toEqual(["eth0", "eth1"]);
  });
});
