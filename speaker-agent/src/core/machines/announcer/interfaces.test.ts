import { describe, expect, test } from "@jest/globals";
import { ip } from "../../wire/testing/ip.ts";
import { selectLinks, whyLinkCannotAnnounce } from "./interfaces.ts";
import { announce } from "./testing/drive.ts";
import { link } from "../../interfaces/testing/links.ts";
import { type Link } from "../../interfaces/link.ts";

const none = () => false;

describe("whyLinkCannotAnnounce (reference metallb.md, section 4.4)", () => {
  const onlyGlobal = [{ address: ip("2001:db8::5"), prefixLength: 64 }];

  test.each<[string, Partial<Link>, string | undefined, string | undefined]>([
    ["a good link", {}, undefined, undefined],
    ["down", { running: false }, "is down", "is down"],
    ["enslaved", { master: 3 }, "is a port of another interface", "is a port of another interface"],
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
    expect([whyLinkCannotAnnounce(one, "IPv4", none), whyLinkCannotAnnounce(one, "IPv6", none)]).toEqual([
      forIpv4,
      forIpv6,
    ]);
  });
});

describe("selectLinks", () => {
  const lo = link("lo", 1, { loopback: true });
  const links = [
    lo,
    link("eth1", 11),
    link("eth0", 10),
    link("cali7", 12),
    link("br0", 13, { running: false }),
  ];
  const notCali = (name: string) => name.startsWith("cali");

  test("without a list: all that qualify, by name", () => {
    const { links: selected, obstacles } = selectLinks(announce("192.0.2.10"), links, notCali);
    expect(selected.map(({ name }) => name)).toEqual(["eth0", "eth1"]);
    expect(obstacles).toEqual(["interface br0 is down"]);
  });

  test("names are exact: a list names neither patterns nor beginnings", () => {
    const { links: selected, obstacles } = selectLinks(
      announce("192.0.2.10", { interfaces: "eth,eth1,cali7,lo" }),
      links,
      notCali,
    );
    expect(selected.map(({ name }) => name)).toEqual(["eth1"]);
    expect(obstacles).toEqual([
      "interface eth does not exist",
      "interface cali7 is excluded by configuration",
      "interface lo is a loopback interface",
    ]);
  });

  test("the announcement is left as it is", () => {
    const frozen = Object.freeze(["eth9", "eth1", "eth0"]);
    const announcement = { ...announce("192.0.2.10"), interfaces: frozen };
    expect(selectLinks(announcement, Object.freeze(links), none).links.map(({ name }) => name)).toEqual([
      "eth0",
      "eth1",
    ]);
  });
});
