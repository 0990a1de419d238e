import { describe, expect, test } from "@jest/globals";
import { type IpAddressPoolResource } from "@steelyard/model/resources";
import { AddressBook } from "../allocator/index.ts";
import { ips, poolOf } from "../testing/pools.ts";
import { planPoolStatus } from "./plan-pool-status.ts";
import { PoolHolders } from "./pool-holders.ts";
import { poolUsage } from "./pool-usage.ts";

const metadata = { name: "edge", namespace: "metallb-system", resourceVersion: "3" };
const raw = (status?: IpAddressPoolResource["status"]): IpAddressPoolResource => ({
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata,
  spec: { addresses: [], autoAssign: true, avoidBuggyIPs: false },
  ...(status && { status }),
});

describe("the counters of a pool", () => {
  const pool = poolOf("edge", ["192.0.2.0/30", "2001:db8::/126"]);
  const book = new AddressBook();
  book.observe("shop/a", ips("192.0.2.1", "2001:db8::1"));
  book.observe("shop/b", ips("192.0.2.1"));
  book.observe("shop/c", ips("203.0.113.1"));
  const counters = { assignedIPv4: 1, assignedIPv6: 1, availableIPv4: 3, availableIPv6: 3 };

  const holders = new PoolHolders();
  holders.set("shop/a", ["edge", "edge"]);
  holders.set("shop/b", ["edge"]);

  test("count a shared address once and its Services each", () => {
    expect(poolUsage(pool, book, holders)).toEqual({
      IPv4: { assigned: 1n, capacity: 4n },
      IPv6: { assigned: 1n, capacity: 4n },
      services: 2,
    });
  });

  test("are written when they differ, also when somebody else changed them, and only then", () => {
    const usage = poolUsage(pool, book, holders);
    expect(planPoolStatus(raw(), usage)).toEqual(counters);
    expect(planPoolStatus(raw({ ...counters, assignedIPv4: 99 }), usage)).toEqual(counters);
    expect(planPoolStatus(raw(counters), usage)).toBeUndefined();
    expect(planPoolStatus(raw({ ...counters, conditions: [] }), usage)).toBeUndefined();
  });

  test("stop at what a JSON number can carry", () => {
    const usage = poolUsage(poolOf("edge", ["2001:db8::/64"]), new AddressBook(), holders);
    expect(planPoolStatus(raw(), usage)?.availableIPv6).toBe(9007199254740991);
  });
});
