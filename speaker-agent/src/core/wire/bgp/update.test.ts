import { describe, expect, test } from "@jest/globals";
import { formatIpPrefix, type IpPrefix, parseIpPrefix } from "@steelyard/model/address";
import { toHex } from "../testing/hex.ts";
import { ip } from "../testing/ip.ts";
import { decodeBgpMessage, encodeBgpMessage } from "./codec.ts";
import { type BgpPathAttributes, type BgpUpdateMessage } from "./messages.ts";
import { wireMessage } from "./testing/wire-message.ts";

const four = { fourByteAsn: true };
const two = { fourByteAsn: false };

function prefix(text: string): IpPrefix {
  const parsed = parseIpPrefix(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function update(changes: Partial<BgpUpdateMessage>): BgpUpdateMessage {
  return {
    kind: "update",
    withdrawn: [],
    announced: [],
    attributes: undefined,
    endOfRib: undefined,
    ...changes,
  };
}

const attributes: BgpPathAttributes = {
  origin: "igp",
  asPath: [65000],
  nextHop: { address: ip("192.0.2.1") },
  localPref: undefined,
  communities: [],
};
const global = { address: ip("2001:db8::1") };

describe("bytes and values, both ways", () => {
  test.each<[string, string, BgpUpdateMessage]>([
    [
      "plain routes of IPv4",
      "02 0000 0014 400101 00 400206 02 01 0000fde8 400304 c0000201 20 0a000001 18 0a0101 00",
      update({ announced: ["10.0.0.1/32", "10.1.1.0/24", "0.0.0.0/0"].map(prefix), attributes }),
    ],
    [
      "everything we can say",
      "02 0000 0045 400101 02 40020a 02 02 0000fde8 fffffffe 400304 c0000201 400504 00000064 c00808 fde80001 ffffff01 " +
        "c02018 0000fde8 00000001 00000002 ffffffff 00000000 ffffffff 20 0a000001",
      update({
        announced: [prefix("10.0.0.1/32")],
        attributes: {
          ...attributes,
          origin: "incomplete",
          asPath: [65000, 4294967294],
          localPref: 100,
          communities: [
            { size: "standard", global: 65000, local: 1 },
            { size: "standard", global: 65535, local: 0xff01 },
            { size: "large", global: 65000, local1: 1, local2: 2 },
            { size: "large", global: 0xffffffff, local1: 0, local2: 0xffffffff },
          ],
        },
      }),
    ],
    [
      "routes of IPv6, inside an AS",
      "02 0000 0037 800e26 0002 01 10 20010db8000000000000000000000001 00 80 20010db8000000000000000000000010" +
        "400101 00 400200 400504 00000000",
      update({
        announced: [prefix("2001:db8::10/128")],
        attributes: { ...attributes, asPath: [], nextHop: global, localPref: 0 },
      }),
    ],
    [
      "routes of IPv6 with a next hop of two addresses",
      "02 0000 0038 800e2e 0002 01 20 20010db8000000000000000000000001 fe80000000000000000000000000000a 00 40 20010db800000000" +
        "400101 00 400200",
      update({
        announced: [prefix("2001:db8::/64")],
        attributes: { ...attributes, asPath: [], nextHop: { ...global, linkLocal: ip("fe80::a") } },
      }),
    ],
    [
      "routes of IPv4 with a next hop of IPv6 (RFC 8950)",
      "02 0000 002a 800e1a 0001 01 10 fe80000000000000000000000000000a 00 20 0a000001 400101 00 400206 02 01 0000fde8",
      update({
        announced: [prefix("10.0.0.1/32")],
        attributes: { ...attributes, nextHop: { address: ip("fe80::a") } },
      }),
    ],
    [
      "withdrawn routes of IPv4",
      "02 0009 20 0a000001 18 0a0101 0000",
      update({ withdrawn: ["10.0.0.1/32", "10.1.1.0/24"].map(prefix) }),
    ],
    [
      "withdrawn routes of IPv6",
      "02 0000 0012 800f0f 0002 01 40 20010db800000000 00 08 20",
      update({ withdrawn: ["2001:db8::/64", "::/0", "2000::/8"].map(prefix) }),
    ],
    ["the end of IPv4", "02 0000 0000", update({ endOfRib: "IPv4" })],
    ["the end of IPv6", "02 0000 0006 800f03 0002 01", update({ endOfRib: "IPv6" })],
  ])("%s", (_what, hex, value) => {
    const bytes = wireMessage(hex);
    expect(decodeBgpMessage(bytes, four)).toEqual({
      ok: true,
      value: { message: value, repaired: undefined },
    });
    expect(toHex(encodeBgpMessage(value, four))).toBe(toHex(bytes));
  });

  test("with AS numbers of two bytes the long ones follow in an attribute of their own", () => {
    const hex =
      "02 0000 0021 400101 00 400206 02 02 fde8 5ba0 400304 c0000201 c0110a 02 02 0000fde8 00010000 00";
    const value = update({
      announced: [prefix("0.0.0.0/0")],
      attributes: { ...attributes, asPath: [65000, 65536] },
    });
    expect(toHex(encodeBgpMessage(value, two))).toBe(toHex(wireMessage(hex)));
    expect(decodeBgpMessage(wireMessage(hex), two)).toMatchObject({ ok: true, value: { message: value } });
  });
});

const ORIGIN = "400101 00";
const PATH = "400206 02 01 0000fde8";
const NEXT_HOP = "400304 c0000201";
const ROUTE = "20 0a000001";

/** An UPDATE of attributes and plain routes, with the length between them. */
function message(attributeHex: string, routes: string = ROUTE, withdrawn = ""): Uint8Array {
  const length = (hex: string) => (hex.replaceAll(" ", "").length / 2).toString(16).padStart(4, "0");
  return wireMessage(
    `02 ${length(withdrawn)} ${withdrawn} ${length(attributeHex)} ${attributeHex} ${routes}`,
  );
}

function decoded(bytes: Uint8Array, options = four) {
  const result = decodeBgpMessage(bytes, options);
  if (!result.ok) throw new Error(result.error.message);
  const { message: value, repaired } = result.value;
  if (value.kind !== "update") throw new Error("no UPDATE");
  return {
    withdrawn: value.withdrawn.map(formatIpPrefix),
    announced: value.announced.map(formatIpPrefix),
    attributes: value.attributes,
    endOfRib: value.endOfRib,
    repaired,
  };
}

describe("decoded only", () => {
  test("everything in one message, in whatever order", () => {
    const reach = "800e16 0002 01 10 20010db8000000000000000000000001 00 00";
    const unreach = "900f0004 0002 01 00";
    const all = decoded(message(`${NEXT_HOP} ${PATH} ${unreach} ${reach} ${ORIGIN}`, ROUTE, "08 0b"));
    expect(all).toMatchObject({
      withdrawn: ["11.0.0.0/8", "::/0"],
      announced: ["10.0.0.1/32", "::/0"],
      attributes: { nextHop: { address: ip("192.0.2.1") } },
      repaired: undefined,
    });
  });

  test("bits behind a prefix's length mean nothing", () => {
    expect(decoded(message(`${ORIGIN} ${PATH} ${NEXT_HOP}`, "09 0aff")).announced).toEqual(["10.128.0.0/9"]);
  });

  test.each([
    ["a set", "40020e 01 03 00000001 00000002 00000003", [1, 2, 3]],
    ["sequence, set, sequence", "400212 02 01 00000001 01 01 00000002 02 01 00000003", [1, 2, 3]],
    ["a confederation's part, which is its own affair", "40020c 03 01 0000fde8 02 01 00000007", [7]],
    ["nothing", "400200", []],
  ])("a path of %s", (_what, path, asPath) => {
    expect(decoded(message(`${ORIGIN} ${path} ${NEXT_HOP}`)).attributes?.asPath).toEqual(asPath);
  });

  test.each([
    ["as long: it is the path", "02 02 5ba0 5ba0", "02 02 00010000 00010001", [65536, 65537]],
    [
      "shorter: the path in front stays",
      "02 03 0001 5ba0 5ba0",
      "02 02 00010000 00010001",
      [1, 65536, 65537],
    ],
    ["longer: it does not count", "02 01 5ba0", "02 02 00010000 00010001", [23456]],
    [
      "with a set, which counts as one",
      "02 01 0001 01 02 5ba0 0002",
      "01 02 00010000 00000002",
      [1, 65536, 2],
    ],
  ])("AS4_PATH that is %s (RFC 6793, section 4.2.3)", (_what, path, path4, asPath) => {
    const attribute = (head: string, value: string) =>
      `${head}${(value.replaceAll(" ", "").length / 2).toString(16).padStart(2, "0")} ${value}`;
    const bytes = message(`${ORIGIN} ${attribute("4002", path)} ${NEXT_HOP} ${attribute("c011", path4)}`);
    expect(decoded(bytes, two)).toMatchObject({ attributes: { asPath }, repaired: undefined });
  });

  test("AS4_PATH from who knows numbers of four bytes is dropped unseen", () => {
    const bytes = message(`${ORIGIN} ${PATH} ${NEXT_HOP} c01103 ffffff c01201 ff`);
    expect(decoded(bytes)).toMatchObject({ attributes: { asPath: [65000] }, repaired: undefined });
  });

  test.each([
    ["an unknown optional attribute", "c0ff03 010203"],
    ["an unknown optional attribute of no length", "80c800"],
    [
      "MED, aggregation, reflection and extended communities",
      "800404 00000001 400600 c00708 0000fde8 0a000001 800904 0a000001 800a04 0a000001 c01008 0002fde800000001",
    ],
    ["a partial one", "e00804 fde80001"],
  ])("%s is no fault", (_what, more) => {
    expect(decoded(message(`${ORIGIN} ${PATH} ${NEXT_HOP} ${more}`))).toMatchObject({
      announced: ["10.0.0.1/32"],
      repaired: undefined,
    });
  });

  test("routes of families that we do not speak of are passed over", () => {
    const foreign = "800e0c 0019 46 04 c0000201 00 020000";
    expect(decoded(message(`${foreign} ${ORIGIN} ${PATH}`, ""))).toMatchObject({
      announced: [],
      withdrawn: [],
      attributes: undefined,
      endOfRib: undefined,
      repaired: undefined,
    });
    expect(decoded(message("800f03 0019 46", ""))).toMatchObject({
      endOfRib: undefined,
      repaired: undefined,
    });
  });

  test("the end of IPv4 said in the long way", () => {
    expect(decoded(message("800f03 0001 01", "")).endOfRib).toBe("IPv4");
  });
});

describe("treated as withdrawn (RFC 7606)", () => {
  const all = `${ORIGIN} ${PATH} ${NEXT_HOP}`;
  const faults: readonly (readonly [string, string])[] = [
    ["ORIGIN is missing", `${PATH} ${NEXT_HOP}`],
    ["AS_PATH is missing", `${ORIGIN} ${NEXT_HOP}`],
    ["NEXT_HOP is missing", `${ORIGIN} ${PATH}`],
    ["3 is no value of ORIGIN", `400101 03 ${PATH} ${NEXT_HOP}`],
    ["0 bytes is no length of ORIGIN", `400100 ${PATH} ${NEXT_HOP}`],
    ["2 bytes is no length of ORIGIN", `400102 0000 ${PATH} ${NEXT_HOP}`],
    ["the flags of ORIGIN are wrong", `c00101 00 ${PATH} ${NEXT_HOP}`],
    ["AS_PATH is malformed", `${ORIGIN} 400206 05 01 0000fde8 ${NEXT_HOP}`],
    ["AS_PATH is malformed", `${ORIGIN} 400206 00 01 0000fde8 ${NEXT_HOP}`],
    ["AS_PATH is malformed", `${ORIGIN} 400202 02 00 ${NEXT_HOP}`],
    ["AS_PATH is malformed", `${ORIGIN} 400206 02 02 0000fde8 ${NEXT_HOP}`],
    ["AS_PATH is malformed", `${ORIGIN} 400207 02 01 0000fde8 02 ${NEXT_HOP}`],
    ["AS_PATH is malformed", `${ORIGIN} 400206 02 01 00000000 ${NEXT_HOP}`],
    ["5 bytes is no length of NEXT_HOP", `${ORIGIN} ${PATH} 400305 c000020100`],
    ["3 bytes is no length of MULTI_EXIT_DISC", `${all} 800403 000000`],
    ["5 bytes is no length of LOCAL_PREF", `${all} 400505 0000000000`],
    ["the flags of LOCAL_PREF are wrong", `${all} c00504 00000000`],
    ["0 bytes is no length of COMMUNITIES", `${all} c00800`],
    ["6 bytes is no length of COMMUNITIES", `${all} c00806 000000000000`],
    ["the flags of COMMUNITIES are wrong", `${all} 400804 fde80001`],
    ["16 bytes is no length of LARGE_COMMUNITY", `${all} c02010 ${"00".repeat(16)}`],
    ["4 bytes is no length of EXTENDED_COMMUNITIES", `${all} c01004 00000000`],
    ["the lengths of the path attributes contradict each other", `${all} c0ff05 00`],
    ["the lengths of the path attributes contradict each other", `${all} c0ff`],
    ["the lengths of the path attributes contradict each other", `${all} d0ff00`],
    ["the flags of MP_REACH_NLRI are wrong", `c00e16 0002 01 10 ${"20".repeat(16)} 00 00 ${all}`],
  ];

  test.each(faults)("%s: %s", (because, hex) => {
    const seen = decoded(message(hex, ROUTE, "08 0b"));
    expect(seen.repaired).toEqual({ how: "treat-as-withdraw", because });
    expect([seen.announced, seen.attributes]).toEqual([[], undefined]);
    expect(seen.withdrawn.slice(0, 1)).toEqual(["11.0.0.0/8"]);
    expect(seen.withdrawn).toContain("10.0.0.1/32");
  });

  // Section 5.2: who cannot see a route that is announced cannot be sure to have seen all.
  test.each(faults.slice(3))("ends the session where nothing is announced: %s, %s", (_because, hex) => {
    if (hex.includes("0e16")) return;
    const result = decodeBgpMessage(message(hex, "", "08 0b"), four);
    expect(result).toMatchObject({ ok: false, error: { notification: { code: 3 } } });
  });

  test("routes of IPv6 too", () => {
    const reach = "800e16 0002 01 10 20010db8000000000000000000000001 00 00";
    const seen = decoded(message(`${reach} 400101 07 ${PATH}`, ""));
    expect([seen.withdrawn, seen.repaired?.how]).toEqual([["::/0"], "treat-as-withdraw"]);
  });
});

describe("the attribute alone is dropped", () => {
  const all = `${ORIGIN} ${PATH} ${NEXT_HOP}`;
  test.each([
    ["1 bytes is no length of ATOMIC_AGGREGATE", `${all} 400601 00`, four],
    ["7 bytes is no length of AGGREGATOR", `${all} c00707 00000000000000`, four],
    ["path attribute 1 is there twice", `${all} 400101 07`, four],
    ["path attribute 8 is there twice", `${all} c00804 fde80001 c00803 000000`, four],
    ["AS4_PATH is malformed", `${ORIGIN} 400204 02 01 fde8 ${NEXT_HOP} c01102 0200`, two],
    [
      "7 bytes is no length of AS4_AGGREGATOR",
      `${ORIGIN} 400204 02 01 fde8 ${NEXT_HOP} c01207 00000000000000`,
      two,
    ],
  ])("%s: %s", (because, hex, options) => {
    const seen = decoded(message(hex), options);
    expect(seen.repaired).toEqual({ how: "attribute-discard", because });
    expect(seen).toMatchObject({
      announced: ["10.0.0.1/32"],
      attributes: { origin: "igp", asPath: [65000] },
    });
  });

  test("the graver of two faults counts", () => {
    const seen = decoded(message(`${all} 400601 00 800403 000000`));
    expect(seen.repaired?.how).toBe("treat-as-withdraw");
  });
});

// Genuine: ExaBGP 4.2.21 where `next-hop self` has no address of the family.
describe("an update of ExaBGP without a next hop", () => {
  test("of IPv4 is treated as withdrawn", () => {
    const seen = decoded(message("400101 00 400206 0201 0000fdf2", "08 0a 18 cb0071 20 c6336407"));
    expect(seen.withdrawn).toEqual(["10.0.0.0/8", "203.0.113.0/24", "198.51.100.7/32"]);
    expect(seen.repaired).toEqual({ how: "treat-as-withdraw", because: "NEXT_HOP is missing" });
  });

  // RFC 7606, section 7.11: who cannot be sure of the next hop's length cannot find the routes behind it.
  test("of IPv6 ends the session", () => {
    const reach = "800e10 0002 01 04 00000000 00 30 20010db80001";
    const result = decodeBgpMessage(message(`400101 00 400206 0201 0000fdf2 ${reach}`, ""), four);
    expect(result).toMatchObject({ ok: false, error: { notification: { code: 3, subcode: 9 } } });
  });
});

describe("ends the session", () => {
  const reach = (value: string) =>
    `800e${(value.replaceAll(" ", "").length / 2).toString(16).padStart(2, "0")} ${value}`;
  const hop = "20010db8000000000000000000000001";

  test.each<[string, Uint8Array, number, string]>([
    ["withdrawn routes longer than the message", wireMessage("02 0005 08 0b 0000"), 1, ""],
    ["attributes longer than the message", wireMessage("02 0000 0005 400101 00"), 1, ""],
    ["no room for the length of the attributes", wireMessage("02 0002 08 0b"), 1, ""],
    ["a withdrawn prefix of 33 bits", message("", "", "21 0a00000100"), 10, ""],
    ["a withdrawn prefix cut short", message("", "", "20 0a0000"), 10, ""],
    ["an announced prefix of 33 bits", message(`${ORIGIN} ${PATH} ${NEXT_HOP}`, "21 0a00000100"), 10, ""],
    ["an announced prefix cut short", message(`${ORIGIN} ${PATH} ${NEXT_HOP}`, "18 0a00"), 10, ""],
    ["an unknown attribute that is well known", message(`${ORIGIN} 406302 0102`), 2, "4063020102"],
    [
      "MP_REACH twice",
      message(`${reach(`0002 01 10 ${hop} 00 00`)} ${reach(`0002 01 10 ${hop} 00 00`)}`),
      1,
      "",
    ],
    ["MP_UNREACH twice", message("800f03 0002 01 800f03 0002 01", ""), 1, ""],
    ["MP_UNREACH of two bytes", message("800f02 0002", ""), 9, "800f020002"],
    [
      "MP_UNREACH with a prefix of 129 bits",
      message(`800f15 0002 01 81 ${"00".repeat(17)}`, ""),
      9,
      `800f15000201 81${"00".repeat(17)}`,
    ],
    ["MP_REACH without a next hop's length", message(reach("0002 01"), ""), 9, "800e03000201"],
    ["MP_REACH with a next hop cut short", message(reach("0002 01 10 2001"), ""), 9, "800e060002011020 01"],
    [
      "MP_REACH without the reserved byte",
      message(reach(`0002 01 10 ${hop}`), ""),
      9,
      `800e1400020110${hop}`,
    ],
    [
      "MP_REACH with a next hop of 8 bytes",
      message(reach("0001 01 08 0000000000000000 00"), ""),
      9,
      "800e0d00010108000000000000000000",
    ],
    [
      "IPv6 with a next hop of IPv4",
      message(reach("0002 01 04 c0000201 00"), ""),
      9,
      "800e0900020104c000020100",
    ],
    [
      "MP_REACH with a prefix cut short",
      message(reach(`0002 01 10 ${hop} 00 10 20`), ""),
      9,
      `800e1700020110${hop}001020`,
    ],
    ["wrong flags, with nothing announced", message("c00101 00", ""), 4, "c0010100"],
    ["a wrong length, with nothing announced", message("400102 0000", ""), 5, "4001020000"],
    ["a wrong ORIGIN, with nothing announced", message("400101 09", ""), 6, "40010109"],
    ["a wrong path, with nothing announced", message("400201 00", ""), 11, ""],
  ])("%s", (_what, bytes, subcode, data) => {
    const result = decodeBgpMessage(bytes, four);
    expect(result).toMatchObject({ ok: false, error: { notification: { code: 3, subcode } } });
    expect(result.ok ? "" : toHex(result.error.notification.data)).toBe(data.replaceAll(" ", ""));
  });
});
