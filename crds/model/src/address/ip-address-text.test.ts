import { isIP } from "node:net";
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { type AddressProblemCode } from "./address-problem.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address-text.ts";
import { ipAddress } from "./ip-address.ts";
import { ipAddresses, ipv6Addresses } from "./testing/arbitraries.ts";

const MAPPED = 0xffffn;

describe("what is an address", () => {
  const accepted: readonly (readonly [text: string, canonical: string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8::ABCD", "2001:db8::abcd"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
    // Deprecated (RFC 4291, section 2.5.5.1), but it is an IPv6 address and nothing else.
    ["::1.2.3.4", "::102:304"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    // "::" may stand for one group, but one group is written out (RFC 5952, section 4.2.2).
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    // The longest run is shortened (section 4.2.3), and the first of two equal ones.
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["0:0:1::", "0:0:1::"],
  ];

  test.each(accepted)("%s is read and written as %s", (text, canonical) => {
    const address = parseIpAddress(text);
    expect(address.ok && formatIpAddress(address.value)).toBe(canonical);
    expect(address.ok && address.value.family).toBe(text.includes(":") ? "IPv6" : "IPv4");
    expect(Object.isFrozen(address.ok && address.value)).toBe(true);
  });

  const refused: Readonly<Record<AddressProblemCode, readonly string[]>> = {
    malformed: [
      "",
      " ",
      ".",
      ":",
      ":::",
      "abc",
      "192.0.2",
      "192.0.513",
      "3221225985",
      "0xc0000201",
      "0xc0.0.2.1",
      "192.0.2.0x1",
      "192.0.2.1.1",
      "1.2.3.",
      ".1.2.3",
      "1..2.3",
      "192.0.2.-1",
      "192.0.2.+1",
      "192.0.2.1e0",
      " 192.0.2.1",
      "192.0.2.1 ",
      "192.0.2.1\n",
      "192. 0.2.1",
      "192.0.2.1/24",
      "192.0.2.1:80",
      "192.0.2.0001",
      "192.0.2.1000",
      "١.2.3.4",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8",
      "1:2:3:4::5:6:7:8",
      "1::2::3",
      "1:::2",
      "1:",
      ":1",
      "::1:",
      ":1::",
      "1:2:3:4:5:6:7:",
      "12345::",
      "00001::",
      "g::",
      "::-1",
      "::+1",
      "::0x1",
      "[::1]",
      "::1 ",
      " ::1",
      "::1\n",
      "::1/64",
      "2001:DB8::１",
      "::192.0.2.256",
      "::192.0.2.01",
      "::192.0.2",
      "192.0.2.1::",
      "::1.2.3.4:5",
      "1.2.3.4::5",
      "1::2.3.4.5::",
      "1:2:3:4:5:6:7:192.0.2.1",
    ],
    "leading-zero": ["192.0.2.01", "010.1.1.1", "00.0.0.0", "192.000.2.1"],
    "out-of-range": ["192.0.2.256", "999.0.0.1", "256.256.256.256"],
    zone: ["fe80::1%eth0", "fe80::1%", "::1%1", "%"].filter((text) => text.includes(":")),
    "ipv4-mapped": ["::ffff:192.0.2.1", "::ffff:c000:201", "0:0:0:0:0:FFFF:c000:201", "::ffff:0:0"],
    "not-a-range": [],
    "mixed-families": [],
    reversed: [],
  };
  const rows = Object.entries(refused).flatMap(([code, texts]) => texts.map((text) => [text, code] as const));

  test.each(rows)("%j is refused as %s, by a message that names it", (text, code) => {
    const address = parseIpAddress(text);
    expect(address.ok ? "accepted" : address.error.code).toBe(code);
    expect(address.ok ? "" : address.error.message).toContain(JSON.stringify(text));
  });

  test("an IPv4-mapped address is answered with the address to write instead", () => {
    const address = parseIpAddress("::ffff:c000:201");
    expect(address.ok ? "" : address.error.message).toContain("write 192.0.2.1");
  });

  test("a message quotes only the beginning of a text that is too long", () => {
    const address = parseIpAddress("x".repeat(1_000_000));
    expect(address.ok ? "" : address.error.message.length).toBeLessThan(120);
  });
});

describe("properties", () => {
  test("what is written is read back, except for what only bytes can bring in", () => {
    fc.assert(
      fc.property(ipAddresses, (address) => {
        const isMapped = address.family === "IPv6" && address.value >> 32n === MAPPED;
        const back = parseIpAddress(formatIpAddress(address));
        if (isMapped) expect(back).toMatchObject({ ok: false, error: { code: "ipv4-mapped" } });
        else expect(back).toEqual({ ok: true, value: address });
      }),
    );
  });

  test("an IPv4-mapped address is written in its mixed form (RFC 5952, section 5)", () => {
    expect(formatIpAddress(ipAddress("IPv6", (MAPPED << 32n) | 0xc000_0201n))).toBe("::ffff:192.0.2.1");
  });

  test("IPv6 is written as WHATWG URLs write it, whose serializer is a second implementation of RFC 5952", () => {
    fc.assert(
      fc.property(ipv6Addresses, (address) => {
        fc.pre(address.value >> 32n !== MAPPED);
        const text = formatIpAddress(address);
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
    );
  });

  test("it accepts what inet_pton accepts, but for zones and IPv4-mapped addresses", () => {
    fc.assert(
      fc.property(damagedTexts, (text) => {
        const address = parseIpAddress(text);
        if (!address.ok && ["zone", "ipv4-mapped"].includes(address.error.code)) return;
        expect(address.ok ? (address.value.family === "IPv4" ? 4 : 6) : 0).toBe(isIP(text));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Texts of addresses in which up to three characters are replaced, put in or taken out. */
const damagedTexts = fc
  .tuple(
    fc.oneof(ipAddresses.map(formatIpAddress), fc.constantFrom("1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "1::8")),
    fc.array(
      fc.tuple(
        fc.nat(45),
        fc.nat(1),
        fc.constantFrom("", ":", "::", ".", "0", "9", "a", "F", "g", "-", " ", "%"),
      ),
      {
        maxLength: 3,
      },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((damaged, [at, cut, put]) => damaged.slice(0, at) + put + damaged.slice(at + cut), text),
  );
