import { describe, expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { announcingLink, whyLinkCannotAnnounce } from "./announcing-links.ts";
import { type Link } from "./link.ts";
import { link } from "./testing/links.ts";

const none = () => false;

describe("whyLinkCannotAnnounce (reference metallb.md, section 4.4)", () => {
  const onlyGlobal = [{ address: ip("2001:db8::5"), prefixLength: 64 }];

  test.each<[string, Partial<Link>, string | undefined, string | undefined]>([
    ["a good link", {}, undefined, undefined],
    ["down", { running: false }, "is down", "is down"],
    [
      "a port of who knows what",
      { master: 3 },
      "is a port of another interface",
      "is a port of another interface",
    ],
    ["NOARP", { noArp: true }, "has no address resolution (NOARP)", "has no address resolution (NOARP)"],
    ["loopback", { loopback: true }, "is a loopback interface", "is a loopback interface"],
    [
      "a tunnel's address",
      { mac: new Uint8Array(4) },
      "is not an Ethernet interface",
      "is not an Ethernet interface",
    ],
    ["no broadcast", { broadcast: false }, "cannot broadcast", undefined],
    ["no address", { addresses: [] }, undefined, "has no IPv6 link-local address"],
    ["global addresses only", { addresses: onlyGlobal }, undefined, "has no IPv6 link-local address"],
  ])("%s", (_name, changes, forIpv4, forIpv6) => {
    const one = link("eth0", 10, changes);
    const why = (family: "IPv4" | "IPv6") => whyLinkCannotAnnounce(one, family, [one], none);
    expect([why("IPv4"), why("IPv6")]).toEqual([forIpv4, forIpv6]);
  });

  test("excluded by its own name", () => {
    const one = link("eth0", 10);
    expect(whyLinkCannotAnnounce(one, "IPv4", [one], (name) => name === "eth0")).toBe(
      "is excluded by configuration",
    );
  });
});

describe("ports and masters", () => {
  const master = (type: string | undefined, changes: Partial<Link> = {}) =>
    link("master", 20, { type, ...changes });
  const port = link("eth0", 10, { master: 20 });
  const outcome = (over: Link, excluded = "") => {
    const links = [port, over];
    return [
      announcingLink(port, links).name,
      whyLinkCannotAnnounce(port, "IPv4", links, (name) => name === excluded),
    ];
  };

  test.each(["bridge", "bond", "team", "hsr"])("a port of a %s announces on its master", (type) => {
    expect(outcome(master(type))).toEqual(["master", undefined]);
  });

  test.each<[string, Link, string | undefined, string]>([
    ["down", master("bridge", { running: false }), undefined, "is a port of master, which is down"],
    ["excluded", master("bridge"), "master", "is a port of master, which is excluded by configuration"],
  ])("what is in the master's way is in the port's: %s", (_name, over, excluded, why) => {
    expect(outcome(over, excluded)).toEqual(["master", why]);
  });

  test("a VRF groups links that keep their own wire", () => {
    expect(outcome(master("vrf", { noArp: true }))).toEqual(["eth0", undefined]);
  });

  test("another kind of master is named: an Open vSwitch takes the frames itself", () => {
    expect(outcome(master("openvswitch"))).toEqual(["eth0", "is a port of master"]);
  });

  test("a bond in a bridge: the bridge", () => {
    const links = [
      link("eth0", 10, { master: 11 }),
      link("bond0", 11, { type: "bond", master: 12 }),
      link("br0", 12, { type: "bridge" }),
    ];
    expect(links.map((each) => announcingLink(each, links).name)).toEqual(["br0", "br0", "br0"]);
  });

  test("links that are each other's master, as only a lost event could show, come to an end", () => {
    const links = [
      link("a", 10, { type: "bridge", master: 11 }),
      link("b", 11, { type: "bridge", master: 10 }),
    ];
    expect(whyLinkCannotAnnounce(link("a", 10, { master: 11 }), "IPv4", links, none)).toBeDefined();
  });
});
