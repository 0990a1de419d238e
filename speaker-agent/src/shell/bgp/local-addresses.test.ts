import { describe, expect, test } from "@jest/globals";
import { parseIpPrefix } from "@steelyard/model/address";
import { ip } from "../../core/wire/testing/ip.ts";
import { type HostInterface } from "../../ports/router-watch.ts";
import { fallbackRouterId, type HostView, nextHopsOf, type SessionEnds } from "./local-addresses.ts";

function face(name: string, ...texts: readonly string[]): HostInterface {
  const addresses = texts.map((text) => {
    const [address = "", length] = text.split("/");
    if (!parseIpPrefix(`${address}/${length ?? ""}`).ok) throw new Error(text);
    return { address: ip(address), prefixLength: Number(length) };
  });
  return { name, running: true, addresses };
}

function host(...interfaces: readonly HostInterface[]): HostView {
  return { interfaces, isAnnounced: () => false };
}

function ends(local: string, remote: string, name?: string): SessionEnds {
  return { local: ip(local), remote: ip(remote), interface: name };
}

const eth0 = face("eth0", "192.0.2.10/24", "fe80::10/64", "2001:db8::10/64");

describe("nextHopsOf", () => {
  test("our end of an IPv4 session, and for IPv6 both addresses of its interface (RFC 2545)", () => {
    expect(nextHopsOf(ends("192.0.2.10", "192.0.2.1"), host(face("lo", "127.0.0.1/8"), eth0))).toEqual({
      IPv4: ip("192.0.2.10"),
      IPv6: { address: ip("2001:db8::10"), linkLocal: ip("fe80::10") },
    });
  });

  test("a router behind another one gets no link-local address", () => {
    expect(nextHopsOf(ends("2001:db8::10", "2001:db8:1::1"), host(eth0))).toEqual({
      IPv4: ip("192.0.2.10"),
      IPv6: { address: ip("2001:db8::10") },
    });
  });

  test("between link-local addresses there is no other, and the interface is the one of the peer", () => {
    const eth1 = face("eth1", "198.51.100.10/24", "fe80::10/64");
    expect(nextHopsOf(ends("fe80::10", "fe80::1", "eth1"), host(eth0, eth1))).toEqual({
      IPv4: ip("198.51.100.10"),
      IPv6: { address: ip("fe80::10") },
    });
  });

  test("a family without an address on that interface has none; the end of the connection always counts", () => {
    const eth1 = face("eth1", "198.51.100.10/24", "fe80::11/64");
    expect(nextHopsOf(ends("198.51.100.10", "198.51.100.1"), host(eth0, eth1))).toEqual({
      IPv4: ip("198.51.100.10"),
    });
    expect(nextHopsOf(ends("198.51.100.10", "198.51.100.1"), host())).toEqual({ IPv4: ip("198.51.100.10") });
  });

  test("a session from an address of the loopback interface does not offer those that every host has", () => {
    const lo = face("lo", "127.0.0.1/8", "::1/128", "198.51.100.7/32", "2001:db8:1::7/128");
    const onlyIpv4 = face("lo", "127.0.0.1/8", "::1/128", "198.51.100.7/32");
    const onlyIpv6 = face("lo", "127.0.0.1/8", "::1/128", "2001:db8:1::7/128");
    expect(nextHopsOf(ends("198.51.100.7", "192.0.2.1"), host(lo, eth0)).IPv6).toEqual({
      address: ip("2001:db8:1::7"),
    });
    expect(nextHopsOf(ends("198.51.100.7", "192.0.2.1"), host(onlyIpv4, eth0)).IPv6).toBeUndefined();
    expect(nextHopsOf(ends("2001:db8:1::7", "2001:db8::1"), host(onlyIpv6, eth0)).IPv4).toBeUndefined();
    const id = fallbackRouterId(ends("2001:db8:1::7", "2001:db8::1"), host(onlyIpv6, eth0), "node");
    expect(id).toBe(Number(ip("192.0.2.10").value));
  });

  test("an address that is announced, and so bound to the interface, is no way to this node", () => {
    const bound = face("eth0", "203.0.113.7/32", "192.0.2.10/24", "2001:db8::10/64", "2001:db8:f::7/128");
    const view = { interfaces: [bound], isAnnounced: () => true };
    expect(nextHopsOf(ends("2001:db8::10", "2001:db8::1"), view).IPv4).toEqual(ip("192.0.2.10"));
    const alone = face("eth0", "203.0.113.7/32", "2001:db8::10/64");
    expect(
      nextHopsOf(ends("2001:db8::10", "2001:db8::1"), { ...view, interfaces: [alone] }).IPv4,
    ).toBeUndefined();
    // As clouds give them.
    expect(nextHopsOf(ends("2001:db8::10", "2001:db8::1"), host(alone)).IPv4).toEqual(ip("203.0.113.7"));
  });
});

describe("fallbackRouterId", () => {
  test.each<[string, SessionEnds, HostView, number]>([
    ["our end of an IPv4 session", ends("192.0.2.10", "192.0.2.1"), host(), 0xc000_020a],
    ["an address of the interface", ends("2001:db8::10", "2001:db8::1"), host(eth0), 0xc000_020a],
    [
      "an address of any interface but the loopback's own",
      ends("2001:db8::11", "2001:db8::1"),
      host(face("lo", "127.0.0.1/8"), face("eth1", "2001:db8::11/64"), eth0),
      0xc000_020a,
    ],
    ["the CRC-32 of the node's name", ends("2001:db8::11", "2001:db8::1"), host(), 0x7899_4dab],
  ])("%s", (_, of, view, expected) => {
    expect(fallbackRouterId(of, view, "node-a")).toBe(expected);
  });
});
