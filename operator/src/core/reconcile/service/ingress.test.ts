import { describe, expect, test } from "@jest/globals";
import { type LoadBalancerIngress } from "@steelyard/model/resources";
import { AddressBook } from "../../allocator/index.ts";
import { builtOf, ips, poolOf, texts } from "../../testing/pools.ts";
import { serviceOf } from "../../testing/services.ts";
import { addressesToObserve, nextIngress } from "./ingress.ts";

const key = "shop/web";
const built = builtOf([poolOf("edge", ["192.0.2.0/24", "2001:db8::/64"])]);
const marked = { "metallb.io/ip-allocated-from-pool": "edge" };

function observed(
  parts: Parameters<typeof serviceOf>[1],
  options: { known?: readonly string[]; lbClasses?: readonly string[] } = {},
): readonly string[] {
  const held = new AddressBook();
  held.observe(key, ips(...(options.known ?? [])));
  const situation = { built, held, lbClasses: options.lbClasses ?? [] };
  return texts(addressesToObserve(key, serviceOf(key, parts), situation));
}

describe("which addresses of a status are ours", () => {
  test("those a pool gives out, with or without our mark", () => {
    const ingress = [{ ip: "192.0.2.1" }, { ip: "10.0.0.1" }];
    expect(observed({ ingress })).toEqual(["192.0.2.1"]);
    expect(observed({ ingress, annotations: marked })).toEqual(["192.0.2.1"]);
  });

  test("those we know, though no pool contains them any more", () => {
    expect(observed({ ingress: [{ ip: "203.0.113.1" }] }, { known: ["203.0.113.1"] })).toEqual([
      "203.0.113.1",
    ]);
  });

  test("those in no pool, if the mark must mean them", () => {
    const ingress = [{ ip: "203.0.113.1" }];
    expect(observed({ ingress })).toEqual([]);
    expect(observed({ ingress, annotations: marked })).toEqual(["203.0.113.1"]);
  });

  test("the lost half of a dual-stack pair, but not a node's address beside it", () => {
    const ingress = [{ ip: "192.0.2.1" }, { ip: "10.0.0.1" }, { ip: "2001:db8:dead::1" }];
    expect(observed({ ingress, annotations: marked })).toEqual(["192.0.2.1", "2001:db8:dead::1"]);
  });

  test("neither host names nor nonsense", () => {
    expect(
      observed({ ingress: [{ hostname: "lb.example" }, { ip: "nonsense" }], annotations: marked }),
    ).toEqual([]);
  });

  test("of a Service of another class none is ours, but all are in use", () => {
    const parts = {
      ingress: [{ ip: "192.0.2.1" }, { ip: "10.0.0.1" }],
      spec: { loadBalancerClass: "rival" },
    };
    expect(observed(parts)).toEqual(["192.0.2.1", "10.0.0.1"]);
  });
});

describe("the next ingress list", () => {
  const vip = (ip: string): LoadBalancerIngress => ({ ip, ipMode: "VIP" });
  const host = { hostname: "lb.example" };
  test.each<{
    name: string;
    existing: readonly LoadBalancerIngress[];
    own: readonly string[];
    wanted: readonly string[];
    next: readonly LoadBalancerIngress[];
  }>([
    {
      name: "gets new addresses before what others wrote",
      existing: [host],
      own: [],
      wanted: ["192.0.2.1"],
      next: [{ ip: "192.0.2.1" }, host],
    },
    {
      name: "puts the second family behind the first",
      existing: [vip("192.0.2.1"), host],
      own: ["192.0.2.1"],
      wanted: ["192.0.2.1", "2001:db8::"],
      next: [vip("192.0.2.1"), { ip: "2001:db8::" }, host],
    },
    {
      name: "loses only what is ours",
      existing: [vip("10.0.0.1"), vip("192.0.2.1"), host],
      own: ["192.0.2.1"],
      wanted: [],
      next: [vip("10.0.0.1"), host],
    },
    {
      name: "replaces one address by another",
      existing: [vip("203.0.113.1"), host],
      own: ["203.0.113.1"],
      wanted: ["192.0.2.1"],
      next: [{ ip: "192.0.2.1" }, host],
    },
    {
      name: "knows an address in another spelling",
      existing: [vip("2001:DB8:0::")],
      own: ["2001:db8::"],
      wanted: ["2001:db8::"],
      next: [vip("2001:DB8:0::")],
    },
  ])("$name", ({ existing, own, wanted, next }) => {
    expect(nextIngress(existing, ips(...own), ips(...wanted))).toEqual(next);
  });

  test("is the very same list when nothing changes", () => {
    const existing = [vip("192.0.2.1"), host];
    expect(nextIngress(existing, ips("192.0.2.1"), ips("192.0.2.1"))).toBe(existing);
  });
});
