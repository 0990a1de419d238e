import { describe, expect, test } from "@jest/globals";
import { ip, ips, poolOf, texts } from "../testing/pools.ts";
import { AddressBook } from "./address-book.ts";
import { type Sharing } from "./sharing.ts";

const http: Sharing = { key: "k", backend: "", ports: ["TCP/80"] };
const dns: Sharing = { key: "k", backend: "", ports: ["UDP/53"] };
const https: Sharing = { key: "k", backend: "", ports: ["TCP/443"] };
const pool = poolOf("edge", ["192.0.2.8/30", "192.0.2.0/30"]);
const address = ip("192.0.2.9");

function bookOf(holders: Readonly<Record<string, Sharing | undefined>>, held = "192.0.2.9"): AddressBook {
  const book = new AddressBook();
  for (const [key, sharing] of Object.entries(holders))
    book.observe(key, ips(held), { sharing, isForeign: false });
  return book;
}

function lowest(book: AddressBook, sharing: Sharing | undefined): readonly string[] {
  const found = book.lowestUsable(pool, "IPv4", sharing);
  return found === undefined ? [] : texts([found]);
}

describe("the lowest usable address", () => {
  test("is one that is shared by the same key, when it is lower than every free one", () => {
    const book = bookOf({ "shop/web": http });
    book.observe("shop/first", ips("192.0.2.8"));
    expect(lowest(book, dns)).toEqual(["192.0.2.9"]);
    expect(lowest(book, http)).toEqual(["192.0.2.10"]);
    expect(lowest(book, undefined)).toEqual(["192.0.2.10"]);
  });

  test("is the free one when that is lower, in the order of the entries", () => {
    expect(lowest(bookOf({ "shop/web": http }), dns)).toEqual(["192.0.2.8"]);
    const book = bookOf({ "shop/web": http }, "192.0.2.0");
    expect(lowest(book, dns)).toEqual(["192.0.2.8"]);
  });

  test("must suit all who share the address", () => {
    const book = bookOf({ "shop/web": http, "shop/dns": dns });
    book.observe("shop/first", ips("192.0.2.8"));
    expect(lowest(book, dns)).toEqual(["192.0.2.10"]);
    expect(lowest(book, https)).toEqual(["192.0.2.9"]);
  });

  test("follows what a holder shares by", () => {
    const book = bookOf({ "shop/web": undefined });
    book.observe("shop/first", ips("192.0.2.8"));
    expect(lowest(book, dns)).toEqual(["192.0.2.10"]);
    const facts = { sharing: http, isForeign: false };
    expect(book.observe("shop/web", [address], facts)).toEqual({ freed: true });
    expect(lowest(book, dns)).toEqual(["192.0.2.9"]);
    book.observe("shop/web", [address]);
    expect(lowest(book, dns)).toEqual(["192.0.2.10"]);
  });
});

describe("of those who hold an address and do not get along", () => {
  test("the first keeps it; those who get along with it stay", () => {
    const book = bookOf({ "shop/a": http, "shop/b": http, "shop/c": dns });
    expect(book.rivalOf("shop/a", address)).toBeUndefined();
    const refusal = { rule: "port", port: "TCP/80" };
    expect(book.rivalOf("shop/b", address)).toEqual({ address, holder: "shop/a", refusal });
    expect(book.rivalOf("shop/c", address)).toBeUndefined();
  });

  test("the one goes that changed, not the one that was there last", () => {
    const book = bookOf({ "shop/a": http, "shop/b": dns });
    book.observe("shop/a", [address], { sharing: { ...http, key: "other" }, isForeign: false });
    expect(book.rivalOf("shop/a", address)?.holder).toBe("shop/b");
    expect(book.rivalOf("shop/b", address)).toBeUndefined();
  });

  test("nobody goes when a change still gets along", () => {
    const book = bookOf({ "shop/a": http, "shop/b": dns });
    book.observe("shop/a", [address], { sharing: https, isForeign: false });
    expect([book.rivalOf("shop/a", address), book.rivalOf("shop/b", address)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("one that is leaving anyway does not count", () => {
    const book = bookOf({ "shop/a": http, "shop/b": http });
    book.reserve("shop/a", ips("192.0.2.10"));
    expect(book.rivalOf("shop/b", address)).toBeUndefined();
  });

  test("a single one has no rival, and neither has one that does not hold it", () => {
    const book = bookOf({ "shop/a": http });
    expect([book.rivalOf("shop/a", address), book.rivalOf("shop/x", address)]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("who keeps a Service away from an address", () => {
  test("is named with the rule, the first by name", () => {
    const book = bookOf({ "shop/z": http, "shop/a": http });
    const refusal = { rule: "port", port: "TCP/80" };
    expect(book.whyNotUsable(address, "shop/new", http)).toEqual({ address, holder: "shop/a", refusal });
    expect(book.whyNotUsable(address, "shop/new", dns)).toBeUndefined();
    expect(book.whyNotUsable(ip("192.0.2.10"), "shop/new", undefined)).toBeUndefined();
  });

  test("is never the Service itself", () => {
    expect(bookOf({ "shop/a": undefined }).whyNotUsable(address, "shop/a", undefined)).toBeUndefined();
  });
});

describe("of a Service without a sharing key", () => {
  const silent = { ...http, key: undefined };

  test("is known what would stand in the way of sharing with it", () => {
    const book = bookOf({ "shop/a": silent });
    const refusal = { rule: "no-key", of: "theirs", besides: { rule: "port", port: "TCP/80" } };
    expect(book.whyNotUsable(address, "shop/new", http)).toEqual({ address, holder: "shop/a", refusal });
    book.observe("shop/a", [address], { sharing: { ...silent, ports: [] }, isForeign: false });
    expect(book.whyNotUsable(address, "shop/new", http)?.refusal).toEqual({ rule: "no-key", of: "theirs" });
  });

  test("nothing else matters: it neither frees anything by other ports nor loses its place", () => {
    const book = bookOf({ "shop/a": silent, "shop/b": silent });
    const facts = { sharing: { ...silent, ports: ["TCP/443"] }, isForeign: false };
    expect(book.observe("shop/a", [address], facts)).toEqual({ freed: false });
    expect(book.rivalOf("shop/a", address)).toBeUndefined();
    expect(lowest(book, silent)).toEqual(["192.0.2.8"]);
  });
});

describe("a Service that cannot share by its own key", () => {
  const local = { ...http, backend: "pods" };
  const unshared = (book: AddressBook, sharing: Sharing | undefined) =>
    book.unsharedIn(pool, "IPv4", "shop/new", sharing);

  test("is told the lowest such address of the pool, with its holder and the rule", () => {
    const book = bookOf({ "shop/a": http });
    book.observe("shop/b", ips("192.0.2.10"), { sharing: http, isForeign: false });
    book.observe("shop/c", ips("198.51.100.1"), { sharing: http, isForeign: false });
    expect(unshared(book, http)).toEqual({
      address,
      holder: "shop/a",
      refusal: { rule: "port", port: "TCP/80" },
    });
    expect(unshared(book, { ...local, ports: [] })?.refusal).toEqual({ rule: "backend" });
  });

  test.each([
    { name: "it has no key", sharing: { ...http, key: undefined } },
    { name: "nobody has its key", sharing: { ...http, key: "j" } },
    { name: "it may share", sharing: dns },
  ])("is told nothing when $name", ({ sharing }) => {
    expect(unshared(bookOf({ "shop/a": http }), sharing)).toBeUndefined();
  });
});
