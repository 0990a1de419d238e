import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { type AddressProblemCode } from "./address-problem.ts";
import { formatIpPrefix, parseIpPrefix, prefixRange } from "./ip-prefix.ts";
import { formatIpRange, parseIpRange, rangeSize, rangeToPrefixes } from "./ip-range.ts";
import { ipRanges } from "./testing/arbitraries.ts";

describe("entries of spec.addresses", () => {
  test.each([
    ["192.0.2.0/24", "192.0.2.0/24", 256n],
    // Host bits are cleared, as MetalLB does.
    ["192.0.2.17/28", "192.0.2.16/28", 16n],
    ["2001:DB8::1/64", "2001:db8::/64", 1n << 64n],
    ["0.0.0.0/0", "0.0.0.0/0", 1n << 32n],
    ["::/0", "::/0", 1n << 128n],
    ["192.0.2.1/32", "192.0.2.1/32", 1n],
    ["192.0.2.1-192.0.2.1", "192.0.2.1/32", 1n],
    ["192.168.7.40-192.168.7.49", "192.168.7.40-192.168.7.49", 10n],
    ["  192.0.2.4  -  192.0.2.7 ", "192.0.2.4/30", 4n],
    ["2001:db8::1-2001:db8::ff", "2001:db8::1-2001:db8::ff", 255n],
    ["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0", 1n << 128n],
  ] as const)("%j is %s with %s addresses", (text, canonical, size) => {
    const range = parseIpRange(text);
    expect(range.ok && formatIpRange(range.value)).toBe(canonical);
    expect(range.ok && rangeSize(range.value)).toBe(size);
  });

  const refused: Readonly<Record<AddressProblemCode, readonly string[]>> = {
    malformed: [
      "/24",
      "192.0.2.0/",
      "192.0.2.0/-1",
      "192.0.2.0/+1",
      "192.0.2.0/ 24",
      "192.0.2.0/24 ",
      " 192.0.2.0/24",
      "192.0.2.0/255.255.255.0",
      "192.0.2.0/24/24",
      "192.0.2.0/0x18",
      "192.0.2.0/2e1",
      "192.0.2/24",
      "::/-0",
      "-",
      "192.0.2.1-",
      "-192.0.2.1",
      "192.0.2.1-9",
      "192.0.2.1--192.0.2.9",
      "192.0.2.1-192.0.2.5-192.0.2.9",
      "192.0.2.0/28-192.0.2.9",
    ],
    "leading-zero": ["192.0.2.0/024", "::/064", "192.0.2.00/24", "192.0.2.1-192.0.2.09"],
    "out-of-range": ["192.0.2.0/33", "::/129", "192.0.2.0/999", "192.0.2.1-192.0.2.256"],
    zone: ["fe80::%eth0/64", "fe80::1-fe80::2%eth0"],
    "ipv4-mapped": ["::ffff:192.0.2.0/120", "::ffff:192.0.2.1-::ffff:192.0.2.9"],
    "not-a-range": ["192.0.2.1", "2001:db8::1", "", "public", "192.0.2.0 24"],
    "mixed-families": ["192.0.2.1-2001:db8::1", "::1-192.0.2.1"],
    reversed: ["192.0.2.9-192.0.2.1", "::2-::1"],
  };
  const rows = Object.entries(refused).flatMap(([code, texts]) => texts.map((text) => [text, code] as const));

  test.each(rows)("%j is refused as %s, by a message that names it", (text, code) => {
    const range = parseIpRange(text);
    expect(range.ok ? "accepted" : range.error.code).toBe(code);
    expect(range.ok ? "" : range.error.message).toContain(JSON.stringify(text));
  });

  test("a bare address is answered with how to write a range of one", () => {
    const range = parseIpRange("2001:db8::1");
    expect(range.ok ? "" : range.error.message).toMatch(/for one address write 2001:db8::1\/128$/);
  });
});

test("a prefix without a length is not guessed", () => {
  expect(parseIpPrefix("192.0.2.0")).toMatchObject({ ok: false, error: { code: "not-a-range" } });
});

describe("a range as prefixes", () => {
  test.each([
    // The example of the reference, section 2.2.
    [
      "40.0.0.150-40.0.0.200",
      ["40.0.0.150/31", "40.0.0.152/29", "40.0.0.160/27", "40.0.0.192/29", "40.0.0.200/32"],
    ],
    ["192.0.2.1-192.0.2.1", ["192.0.2.1/32"]],
    ["0.0.0.0/0", ["0.0.0.0/0"]],
    ["255.255.255.254-255.255.255.255", ["255.255.255.254/31"]],
    ["::-::2", ["::/127", "::2/128"]],
  ])("%s", (text, prefixes) => {
    const range = parseIpRange(text);
    expect(range.ok && rangeToPrefixes(range.value).map(formatIpPrefix)).toEqual(prefixes);
  });

  test("the widest range that is no prefix takes two prefixes per bit, not one per address", () => {
    const range = parseIpRange("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
    expect(range.ok && rangeToPrefixes(range.value)).toHaveLength(254);
  });

  test("they are in order, without gap or overlap, and together the range", () => {
    fc.assert(
      fc.property(ipRanges, (range) => {
        const parts = rangeToPrefixes(range).map(prefixRange);
        expect(parts[0]?.first).toBe(range.first);
        expect(parts.at(-1)?.last).toBe(range.last);
        for (const [index, part] of parts.slice(1).entries()) {
          expect(part.first).toBe((parts[index]?.last ?? -1n) + 1n);
        }
      }),
    );
  });
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(ipRanges, (range) => {
      // Texts with an IPv4-mapped address in them are refused on purpose.
      fc.pre(!formatIpRange(range).includes("::ffff:"));
      expect(parseIpRange(formatIpRange(range))).toEqual({ ok: true, value: range });
    }),
  );
});

test("any text gives a range or a problem, never an exception", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const range = parseIpRange(text);
      if (range.ok) expect(range.value.first).toBeLessThanOrEqual(range.value.last);
      else expect(range.error.message).not.toBe("");
    }),
  );
});
