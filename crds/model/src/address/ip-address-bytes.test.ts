import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { ipAddressFromBytes, ipAddressToBytes } from "./ip-address-bytes.ts";
import { formatIpAddress } from "./ip-address-text.ts";
import { compareIpAddresses, ipAddress, sameIpAddress } from "./ip-address.ts";
import { ipAddresses } from "./testing/arbitraries.ts";

test("bytes are in network order", () => {
  expect(ipAddressToBytes(ipAddress("IPv4", 0xc000_0201n))).toEqual(new Uint8Array([192, 0, 2, 1]));
  const loopback = ipAddressFromBytes(new Uint8Array([...Array<number>(15).fill(0), 1]));
  expect(loopback && formatIpAddress(loopback)).toBe("::1");
});

test("to bytes and back is the same address", () => {
  fc.assert(
    fc.property(ipAddresses, (address) => {
      expect(ipAddressFromBytes(ipAddressToBytes(address))).toEqual(address);
    }),
  );
});

test.each([0, 1, 3, 5, 8, 15, 17])("%i bytes are no address", (length) => {
  expect(ipAddressFromBytes(new Uint8Array(length))).toBeUndefined();
});

test.each([
  ["IPv4", -1n],
  ["IPv4", 1n << 32n],
  ["IPv6", 1n << 128n],
] as const)("an %s address cannot have the number %s", (family, value) => {
  expect(() => ipAddress(family, value)).toThrow(RangeError);
});

test("IPv4 sorts before IPv6 and lower numbers before higher ones, as numbers", () => {
  const sorted = [
    ipAddress("IPv4", 9n),
    ipAddress("IPv4", 10n),
    ipAddress("IPv4", 0xffff_ffffn),
    ipAddress("IPv6", 0n),
    ipAddress("IPv6", 1n << 100n),
  ];
  expect([...sorted].reverse().sort(compareIpAddresses)).toEqual(sorted);
});

test("the same number in two families is two addresses", () => {
  expect(sameIpAddress(ipAddress("IPv4", 1n), ipAddress("IPv6", 1n))).toBe(false);
  expect(sameIpAddress(ipAddress("IPv6", 1n), ipAddress("IPv6", 1n))).toBe(true);
});
