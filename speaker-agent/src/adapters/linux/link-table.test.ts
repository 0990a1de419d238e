import { describe, expect, test } from "@jest/globals";
import { formatIpAddress, type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { LinkTable, sameLinks } from "./link-table.ts";
import { type LinkAttributes } from "./rtnetlink-messages.ts";

const eth0: LinkAttributes = {
  index: 2,
  name: "eth0",
  type: undefined,
  mac: Uint8Array.of(2, 0, 0, 0, 0, 2),
  running: true,
  broadcast: true,
  multicast: true,
  noArp: false,
  loopback: false,
  master: undefined,
};
const ip = (text: string): IpAddress => {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};
const added = (index: number, text: string, prefixLength = 24) =>
  ({ kind: "address", index, address: ip(text), prefixLength }) as const;
const removed = (index: number, text: string, prefixLength = 24) =>
  ({ kind: "address-gone", index, address: ip(text), prefixLength }) as const;

describe("the table of links", () => {
  test("is sorted by index, the addresses of a link by value", () => {
    const table = new LinkTable();
    table.apply({ kind: "link", link: { ...eth0, index: 10, name: "eth8" } });
    table.apply({ kind: "link", link: eth0 });
    table.apply(added(2, "192.0.2.9"));
    table.apply(added(2, "192.0.2.1"));
    expect(table.links().map(({ name }) => name)).toEqual(["eth0", "eth8"]);
    expect(table.links()[0]?.addresses.map(({ address }) => formatIpAddress(address))).toEqual([
      "192.0.2.1",
      "192.0.2.9",
    ]);
  });

  test.each<[string, Partial<LinkAttributes>]>([
    ["name", { name: "lan0" }],
    ["type", { type: "bridge" }],
    ["mac", { mac: Uint8Array.of(2, 0, 0, 0, 0, 3) }],
    ["length of the mac", { mac: Uint8Array.of(2, 0, 0, 0, 0, 2, 0) }],
    ["running", { running: false }],
    ["broadcast", { broadcast: false }],
    ["multicast", { multicast: false }],
    ["noArp", { noArp: true }],
    ["loopback", { loopback: true }],
    ["master", { master: 7 }],
  ])("another %s is a change, told once", (_what, change) => {
    const table = new LinkTable();
    expect(table.apply({ kind: "link", link: eth0 })).toBe(true);
    expect(table.apply({ kind: "link", link: { ...eth0, mac: eth0.mac.slice() } })).toBe(false);
    expect(table.apply({ kind: "link", link: { ...eth0, ...change } })).toBe(true);
    expect(table.links()).toEqual([{ ...eth0, ...change, addresses: [] }]);
  });

  test("an address counts once, and is gone once", () => {
    const table = new LinkTable();
    table.apply({ kind: "link", link: eth0 });
    expect(table.apply(added(2, "192.0.2.1"))).toBe(true);
    expect(table.apply(added(2, "192.0.2.1"))).toBe(false);
    expect(table.apply(removed(2, "192.0.2.1", 32))).toBe(false);
    expect(table.apply(removed(2, "192.0.2.1"))).toBe(true);
    expect(table.apply(removed(3, "192.0.2.1"))).toBe(false);
  });

  test("an address may come before its link and goes with it", () => {
    const table = new LinkTable();
    table.apply(added(2, "192.0.2.1"));
    expect(table.links()).toEqual([]);
    table.apply({ kind: "link", link: eth0 });
    expect(table.links()[0]?.addresses).toHaveLength(1);
    expect(table.apply({ kind: "link-gone", index: 2 })).toBe(true);
    table.apply({ kind: "link", link: eth0 });
    expect(table.links()[0]?.addresses).toEqual([]);
  });

  test("two tables are the same when everything in them reads the same", () => {
    const link = { ...eth0, addresses: [{ address: ip("192.0.2.1"), prefixLength: 24 }] };
    expect(
      sameLinks([link], [{ ...link, addresses: [{ address: ip("192.0.2.1"), prefixLength: 24 }] }]),
    ).toBe(true);
    expect(sameLinks([link], [])).toBe(false);
    expect(sameLinks([link], [{ ...link, index: 3 }])).toBe(false);
    expect(
      sameLinks([link], [{ ...link, addresses: [{ address: ip("192.0.2.1"), prefixLength: 25 }] }]),
    ).toBe(false);
    expect(
      sameLinks([link], [{ ...link, addresses: [{ address: ip("192.0.2.2"), prefixLength: 24 }] }]),
    ).toBe(false);
  });
});
