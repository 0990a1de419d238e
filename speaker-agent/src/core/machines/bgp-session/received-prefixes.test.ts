import { expect, test } from "@jest/globals";
import { formatIpPrefix, ipAddress, type IpPrefix, ipPrefix } from "@steelyard/model/address";
import fc from "fast-check";
import { anyFamily, anyPrefix } from "../../wire/bgp/testing/any-message.ts";

import { countReceived, nothingReceived, receivePrefixes } from "./received-prefixes.ts";

/** So many prefixes of /24. */
function prefixes(count: number): readonly IpPrefix[] {
  return Array.from({ length: count }, (_, index) => ipPrefix(ipAddress("IPv4", BigInt(index) << 8n), 24));
}

const somePrefixes = fc.array(
  anyFamily.chain((family) => anyPrefix(family)),
  { maxLength: 30 },
);

test("up to 8192 prefixes the count is that of a set", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(somePrefixes, somePrefixes), { maxLength: 10 }), (updates) => {
      const model = new Set<string>();
      let received = nothingReceived;
      const name = (prefix: IpPrefix) => `${prefix.network.family} ${formatIpPrefix(prefix)}`;
      for (const [withdrawn, announced] of updates) {
        received = receivePrefixes(received, withdrawn, announced);
        for (const prefix of withdrawn) model.delete(name(prefix));
        for (const prefix of announced) model.add(name(prefix));
      }
      const { IPv4, IPv6 } = countReceived(received);
      expect(IPv4 + IPv6).toBe(model.size);
    }),
  );
});

test("neither a repetition nor the withdrawal of what was never announced changes the count", () => {
  const some = prefixes(1000);
  const once = receivePrefixes(nothingReceived, [], some);
  expect(receivePrefixes(once, [], some)).toBe(once);
  expect(receivePrefixes(once, prefixes(2000).slice(1000), [])).toBe(once);
  expect(countReceived(once)).toEqual({ IPv4: 1000, IPv6: 0 });
});

test("a full table costs the memory of 8192 prefixes, and is estimated to five percent", () => {
  const table = prefixes(300_000);
  let received = nothingReceived;
  for (let index = 0; index < table.length; index += 1000)
    received = receivePrefixes(received, [], table.slice(index, index + 1000));
  expect(received.IPv4.size).toBeLessThanOrEqual(8192);
  expect(countReceived(received).IPv4 / table.length).toBeCloseTo(1, 1);
  expect(Math.abs(countReceived(received).IPv4 / table.length - 1)).toBeLessThan(0.05);

  // Half of it is withdrawn again, and with it prefixes that nobody knew of.
  for (let index = 0; index < 150_000; index += 1000)
    received = receivePrefixes(received, table.slice(index, index + 1000), []);
  expect(Math.abs(countReceived(received).IPv4 / 150_000 - 1)).toBeLessThan(0.05);
});

test("what was counted before stays as it was", () => {
  const before = receivePrefixes(nothingReceived, [], prefixes(100));
  receivePrefixes(before, prefixes(50), []);
  expect(countReceived(before).IPv4).toBe(100);
});
