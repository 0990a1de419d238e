import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { readFileSync } from "node:fs";
import { UdpMulticastGroups } from "./multicast-groups.ts";
import { describeInNamespace } from "./testing/namespaces.ts";

describeInNamespace("UdpMulticastGroups beyond the contract", (namespace) => {
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
    namespace.ip("link del eth0");
  });

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

  test("are not limited by what one socket may hold", () => {
    const many = 4000;
    for (let suffix = 1; suffix <= many; suffix++) join(suffix);
    expect(joined()).toHaveLength(many);
    for (let suffix = 1; suffix < many; suffix++) groups.leave(index, group(suffix));
    expect(joined()).toEqual([many.toString(16).padStart(6, "0")]);
  });
});

function group(suffix: number): IpAddress {
  const parsed = parseIpAddress(`ff02::1:ff00:${suffix.toString(16)}`);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}
