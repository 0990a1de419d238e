import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { readFileSync } from "node:fs";
import { UdpMulticastGroups } from "./multicast-groups.ts";
import { describeInNamespace } from "./testing/namespaces.ts";

describeInNamespace("memberships in the kernel", (namespace) => {
  let groups: UdpMulticastGroups;
  let index = 0;
  beforeEach(() => {
    namespace.ip("link add eth0 type veth peer name peer0");
    namespace.ip("link set eth0 up");
    index = namespace.addon.interfaceIndex("eth0");
    groups = new UdpMulticastGroups(namespace.addon);
  });
  afterEach(() => {
    groups.close();
    if (isPresent()) namespace.ip("link del eth0");
  });

  const isPresent = (): boolean => interfaces().includes("eth0");
  const interfaces = (): string => namespace.inside(() => readFileSync("/proc/thread-self/net/dev", "utf8"));
  /** Groups with the solicited-node prefix that the kernel lists for eth0, by their last three bytes. */
  const joined = (): string[] =>
    namespace
      .inside(() => readFileSync("/proc/thread-self/net/igmp6", "utf8"))
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, name, group]) => name === "eth0" && group?.startsWith("ff0200000000000000000001ff00"))
      .map(([, , group]) => String(group).slice(-6))
      .sort();
  const join = (suffix: number): void => groups.join(index, group(suffix));

  test("are joined once and left once, however often one asks", () => {
    join(1);
    join(1);
    join(2);
    expect(joined()).toEqual(["000001", "000002"]);
    groups.leave(index, group(1));
    groups.leave(index, group(1));
    groups.leave(index, group(3));
    expect(joined()).toEqual(["000002"]);
  });

  test("end with close", () => {
    join(1);
    groups.close();
    expect(joined()).toEqual([]);
    join(2);
    expect(joined()).toEqual(["000002"]);
  });

  test("are not limited by what one socket may hold", () => {
    const many = 4000;
    for (let suffix = 1; suffix <= many; suffix++) join(suffix);
    expect(joined()).toHaveLength(many);
    for (let suffix = 1; suffix < many; suffix++) groups.leave(index, group(suffix));
    expect(joined()).toEqual([many.toString(16).padStart(6, "0")]);
  });

  test("may be left after the interface is gone", () => {
    join(1);
    namespace.ip("link del eth0");
    groups.leave(index, group(1));
    expect(isPresent()).toBe(false);
  });

  test("cannot be had on an interface that does not exist", () => {
    index = 4711;
    expect(() => join(1)).toThrow("setsockopt(IPV6_JOIN_GROUP): no such device (ENODEV)");
  });
});

function group(suffix: number): IpAddress {
  const parsed = parseIpAddress(`ff02::1:ff00:${suffix.toString(16)}`);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}
