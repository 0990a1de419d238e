import { expect, test } from "@jest/globals";
import { ALL_NODES, isLinkLocal, isMulticast, multicastMac, solicitedNodeGroup } from "./ipv6-multicast.ts";
import { toHex } from "./testing/hex.ts";
import { ip } from "./testing/ip.ts";

test.each([
  // The example of RFC 4291, section 2.7.1.
  ["4037::1:800:200e:8c6c", "ff02::1:ff0e:8c6c", "3333ff0e8c6c"],
  ["2001:db8::1", "ff02::1:ff00:1", "3333ff000001"],
  ["2001:db8::ffff:ffff", "ff02::1:ffff:ffff", "3333ffffffff"],
])("%s is asked for in %s", (address, group, mac) => {
  expect(solicitedNodeGroup(ip(address))).toEqual(ip(group));
  expect(toHex(multicastMac(ip(group)))).toBe(mac);
});

test("all nodes", () => {
  expect(ALL_NODES).toEqual(ip("ff02::1"));
});

test.each([
  ["ff02::1", true],
  ["ff00::", true],
  ["feff::1", false],
  ["::", false],
  ["224.0.0.1", false],
])("isMulticast %s: %s", (address, expected) => {
  expect(isMulticast(ip(address))).toBe(expected);
});

test.each([
  ["fe80::1", true],
  ["febf::1", true],
  ["fec0::1", false],
  ["fe7f::1", false],
  ["169.254.0.1", false],
])("isLinkLocal %s: %s", (address, expected) => {
  expect(isLinkLocal(ip(address))).toBe(expected);
});
