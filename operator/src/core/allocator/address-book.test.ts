import { describe, expect, test } from "@jest/globals";
import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import fc from "fast-check";
import { ip, ips, poolOf, texts } from "../testing/pools.ts";
import { AddressBook } from "./address-book.ts";

const pool = poolOf("edge", ["192.0.2.0/30", "2001:db8::/64"]);

describe("the address book", () => {
  test("holds an address while a status shows it or it is reserved, and says when it becomes free", () => {
    const book = new AddressBook();
    expect(book.reserve("shop/web", ips("192.0.2.0"))).toEqual({ freed: false });
    expect(book.observe("shop/web", ips("192.0.2.0"))).toEqual({ freed: false });
    expect(book.reserve("shop/web", [])).toEqual({ freed: false });
    expect(book.holdersOf(ip("192.0.2.0"))).toEqual(["shop/web"]);
    expect(book.observe("shop/web", [])).toEqual({ freed: true });
    expect(book.holdersOf(ip("192.0.2.0"))).toEqual([]);
  });

  test("does not give an address away that is being taken from somebody", () => {
    const book = new AddressBook();
    book.observe("shop/web", ips("192.0.2.0"));
    book.reserve("shop/web", ips("192.0.2.1"));
    expect(book.lowestUsable(pool, "IPv4", undefined)).toEqual(ip("192.0.2.2"));
  });

  test("keeps a shared address until its last holder is gone, though others may join before", () => {
    const book = new AddressBook();
    book.observe("shop/b", ips("192.0.2.0"));
    book.observe("shop/a", ips("192.0.2.0"));
    expect(book.holdersOf(ip("192.0.2.0"))).toEqual(["shop/a", "shop/b"]);
    expect(book.countHeld(pool, "IPv4")).toBe(1n);
    expect(book.forget("shop/a")).toEqual({ freed: true });
    expect(book.countHeld(pool, "IPv4")).toBe(1n);
    expect(book.forget("shop/b")).toEqual({ freed: true });
  });

  test("does not mistake the IPv6 address of the same number for the IPv4 one", () => {
    const book = new AddressBook();
    book.observe("shop/web", [{ family: "IPv6", value: ip("192.0.2.0").value }]);
    expect(book.holdersOf(ip("192.0.2.0"))).toEqual([]);
  });

  test("agrees with a plain list of who has what, under any history", () => {
    const some = fc.subarray([
      ...ips("192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::", "2001:db8::1"),
    ]);
    const key = fc.constantFrom("shop/a", "shop/b", "shop/c");
    const step = fc.record({ key, what: fc.constantFrom("observe", "reserve", "forget"), addresses: some });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const book = new AddressBook();
        const plain = new Map<string, { observed: readonly string[]; reserved: readonly string[] }>();
        for (const { key, what, addresses } of steps) {
          const own = plain.get(key) ?? { observed: [], reserved: [] };
          if (what === "observe") plain.set(key, { ...own, observed: texts(addresses) });
          else if (what === "reserve") plain.set(key, { ...own, reserved: texts(addresses) });
          else plain.delete(key);
          if (what === "observe") book.observe(key, addresses);
          else if (what === "reserve") book.reserve(key, addresses);
          else book.forget(key);
        }
        const held = new Set(
          [...plain.values()].flatMap(({ observed, reserved }) => [...observed, ...reserved]),
        );
        const v4 = [...held].filter((text) => text.includes("."));
        expect(book.countHeld(pool, "IPv4")).toBe(BigInt(v4.length));
        expect(book.countHeld(pool, "IPv6")).toBe(BigInt(held.size - v4.length));
        const free = ["192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3"].find((text) => !held.has(text));
        const lowest = book.lowestUsable(pool, "IPv4", undefined);
        expect(lowest && formatIpAddress(lowest)).toBe(free);
      }),
    );
  });

  test("counts nothing in a pool without addresses", () => {
    expect(new AddressBook().countHeld({ ranges: [], avoidBuggyIps: false }, "IPv4")).toBe(0n);
  });
});

describe("a pool with avoidBuggyIPs", () => {
  const avoiding = (...ranges: readonly string[]) => poolOf("wide", ranges, { avoidBuggyIps: true });

  test("is passed through in its order, over what ends in .0 and .255", () => {
    const book = new AddressBook();
    const narrow = avoiding("192.0.2.253-192.0.3.1", "192.0.2.0/31");
    const given: (IpAddress | undefined)[] = [];
    for (let index = 0; index < 5; index++) {
      const address = book.lowestUsable(narrow, "IPv4", undefined);
      given.push(address);
      if (address !== undefined) book.reserve(`shop/s${index}`, [address]);
    }
    expect(given).toEqual([...ips("192.0.2.253", "192.0.2.254", "192.0.3.1", "192.0.2.1"), undefined]);
  });

  test("does not count those, whoever holds them", () => {
    const book = new AddressBook();
    book.observe("shop/a", ips("192.0.2.254", "192.0.2.255", "192.0.3.0"));
    book.observe("shop/b", ips("192.0.3.0"));
    const pool = avoiding("192.0.2.0/23");
    expect(book.countHeld(pool, "IPv4")).toBe(1n);
    book.forget("shop/b");
    expect(book.countHeld(pool, "IPv4")).toBe(1n);
    book.forget("shop/a");
    expect(book.countHeld(pool, "IPv4")).toBe(0n);
  });

  test("costs what it holds and not what it could hold, be it all of IPv4 and IPv6", () => {
    const book = new AddressBook();
    const everything = avoiding("0.0.0.0/0", "::/0");
    for (let index = 0; index < 1_000; index++) {
      const free = [
        book.lowestUsable(everything, "IPv4", undefined),
        book.lowestUsable(everything, "IPv6", undefined),
      ];
      book.reserve(
        `shop/s${index}`,
        free.filter((one) => one !== undefined),
      );
    }
    // 254 to a /24: three are full, the fourth is not.
    expect(book.lowestUsable(everything, "IPv4", undefined)).toEqual(ip("0.0.3.239"));
    expect(book.countHeld(everything, "IPv4")).toBe(1_000n);
  });
});
