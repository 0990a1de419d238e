import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromHex } from "../testing/hex.ts";
import { encodeUtf8 } from "../utf8.ts";
import { describeNotification, type NotificationContext } from "./describe-notification.ts";
import { encodeShutdownCommunication } from "./shutdown-communication.ts";

const context: NotificationContext = {
  direction: "received",
  localAsn: 65000,
  peerAsn: 65010,
  shownAsn: undefined,
};

function say(
  code: number,
  subcode: number,
  data: Uint8Array = new Uint8Array(0),
  more: Partial<NotificationContext> = {},
): string {
  return describeNotification({ kind: "notification", code, subcode, data }, { ...context, ...more });
}

function sent(code: number, subcode: number, data?: Uint8Array, more?: Partial<NotificationContext>): string {
  return say(code, subcode, data, { ...more, direction: "sent" });
}

describe("the AS number", () => {
  test("the router refuses ours", () => {
    const sentence =
      "the router refused AS 65000, which myASN (or localASN) names: it expects another AS from this node";
    expect(say(2, 2)).toBe(sentence);
    // FRR gives the number it refuses, of two bytes or four.
    expect(say(2, 2, fromHex("fde8"))).toBe(sentence);
    expect(say(2, 2, fromHex("0000fde8"))).toBe(sentence);
  });

  test("the router's own words are shown", () => {
    const words = "ASN in OPEN (65000) did not match ASN expected (65010)";
    expect(say(2, 2, encodeUtf8(words))).toContain(`; it says "${words}"`);
  });

  test.each([
    [65010, 65020, "the router says it is AS 65020, the BGPPeer expects 65010"],
    [65010, undefined, "the router's AS number is another, the BGPPeer expects 65010"],
    [
      "internal",
      65020,
      "the router says it is AS 65020, the BGPPeer expects this node's own, 65000 (dynamicASN: internal)",
    ],
    [
      "external",
      65000,
      "the router says it is AS 65000, the BGPPeer expects another than this node's own, 65000 (dynamicASN: external)",
    ],
  ] as const)("we refuse the router's: expected %s, shown %s", (peerAsn, shownAsn, sentence) => {
    expect(sent(2, 2, undefined, { peerAsn, shownAsn })).toBe(sentence);
  });
});

test.each([
  [1, 1, "", "the router could not read a message of this node: it does not begin with the marker"],
  [1, 2, "0013", "the router could not read a message of this node: its length of 19 bytes is impossible"],
  [1, 3, "09", "the router could not read a message of this node: its type 9 is not known"],
  [2, 0, "", "the router refused this node's OPEN: it is malformed"],
  [2, 1, "0003", "the router refused this node's OPEN: only BGP version 3 is spoken"],
  [2, 1, "0400", "the router refused this node's OPEN: only BGP version 4 is spoken"],
  [2, 1, "04", "the router refused this node's OPEN: only BGP version 4 is spoken"],
  [2, 1, "", "the router refused this node's OPEN: its BGP version is not spoken"],
  [2, 3, "", "the router refused this node's OPEN: the router ID (routerID) is the router's own, or none"],
  [2, 4, "", "the router refused this node's OPEN: it has an optional parameter that is not known"],
  [2, 6, "", "the router refused this node's OPEN: the hold time (holdTime) is not acceptable"],
  [
    2,
    7,
    "0104000200010506000100010002",
    "the router wants of this node what it does not offer: IPv6 unicast, IPv4 routes with a next hop of IPv6",
  ],
  [2, 7, "", "the router wants of this node what it does not offer: a capability, and does not say which"],
  [
    2,
    99,
    "",
    "the router refused this node's OPEN, for a reason with the number 2/99, which is not known here",
  ],
  [3, 3, "02", "the router cannot use an UPDATE of this node: AS_PATH is missing"],
  [3, 5, "4001020000", "the router cannot use an UPDATE of this node: the length of ORIGIN is wrong"],
  [3, 9, "c063020000", "the router cannot use an UPDATE of this node: path attribute 99 is malformed"],
  [3, 11, "", "the router cannot use an UPDATE of this node: AS_PATH is malformed"],
  [4, 0, "", "the router heard nothing from this node for the hold time"],
  [5, 3, "", "this node sent a message that the router did not expect in state Established"],
  [5, 0, "", "this node sent a message that the router did not expect"],
  [
    6,
    1,
    "000101000003e8",
    "the router got more than its limit of 1000 routes of IPv4 unicast from this node",
  ],
  [6, 1, "", "the router got more routes than its limit from this node"],
  [6, 2, "", "the router's administrator shut the session down"],
  [6, 3, "", "the router's configuration does not name this node any more, or its BGP is being stopped"],
  [6, 5, "", "the router rejected the connection: its configuration does not want this node now"],
  [6, 7, "", "both sides connected at the same time, and the router kept the other connection"],
  [6, 9, "0400", "the router heard nothing from this node for the hold time"],
  [6, 9, "06090609", "the router reset the session"],
  [6, 10, "", "the router ended the session because BFD is down"],
  [7, 1, "", "the router cannot use a ROUTE-REFRESH of this node: its length is impossible"],
  [8, 0, "", "this node took nothing from the router for the router's send hold time"],
  [99, 7, "", "the router ended the session for a reason with the number 99/7, which is not known here"],
])("received %i/%i %s", (code, subcode, data, sentence) => {
  expect(say(code, subcode, fromHex(data))).toBe(sentence);
});

test.each([
  [2, 7, "010400020001", "the router does not offer what this session needs: IPv6 unicast"],
  [2, 6, "", "the router's OPEN was refused: its hold time is not acceptable"],
  [3, 1, "", "an UPDATE of the router cannot be used: the list of path attributes is malformed"],
  [4, 0, "", "nothing was heard from the router for the hold time"],
  [6, 3, "", "the BGPPeer is gone, or does not select this node any more"],
])("sent %i/%i %s", (code, subcode, data, sentence) => {
  expect(sent(code, subcode, fromHex(data))).toBe(sentence);
});

describe("shutdown communication", () => {
  test("is quoted", () => {
    const data = encodeShutdownCommunication("Wartung – bis 3 Uhr");
    expect(say(6, 2, data)).toBe(
      'the router\'s administrator shut the session down; it says "Wartung – bis 3 Uhr"',
    );
    expect(say(6, 4, data)).toContain("Wartung");
    expect(sent(6, 2, data)).toBe("this node shut the session down");
  });

  test("is freed of what does not belong into a line of a log", () => {
    expect(say(6, 2, encodeShutdownCommunication("a\u0000\n\u001b[31mb\u202ec\u2028d"))).toContain(
      '"a[31mbcd"',
    );
    expect(say(6, 2, encodeShutdownCommunication(" \n "))).not.toContain("says");
  });

  test.each([
    ["is longer than its data", "05616263"],
    ["is one byte longer than its data", "04616263"],
    ["is no UTF-8", "02c328"],
    ["is empty", "00"],
  ])("is left out when it %s", (_why, data) => {
    expect(say(6, 2, fromHex(data))).toBe("the router's administrator shut the session down");
  });

  test("of ours is cut between characters where it is too long", () => {
    const data = encodeShutdownCommunication("ü".repeat(100));
    expect([data.length, data[0]]).toEqual([129, 128]);
    expect(encodeShutdownCommunication(`x${"ü".repeat(100)}`).length).toBe(128);
  });
});

test("every NOTIFICATION is one line of a sentence, and not a long one", () => {
  const anyData = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ maxLength: 300, unit: "binary" }).map(encodeUtf8),
  );
  const any = fc.tuple(
    fc.nat(12),
    fc.nat(14),
    anyData,
    fc.constantFrom("sent" as const, "received" as const),
  );
  fc.assert(
    fc.property(any, ([code, subcode, data, direction]) => {
      const sentence = say(code, subcode, data, { direction });
      expect(sentence).toMatch(/^[^\p{Cc}]+$/u);
      expect(sentence.length).toBeLessThan(3000);
    }),
    { numRuns: 1000 },
  );
});
