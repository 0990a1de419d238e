import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ip } from "../wire/testing/ip.ts";
import { type AnnouncerCandidate, rankAnnouncers } from "./rank-announcers.ts";

const sha256 = (text: string): Uint8Array => createHash("sha256").update(text).digest();

function candidate(node: string, preference = 0, exclusion?: string): AnnouncerCandidate {
  return { node, preference, exclusion };
}

const three = ["node-a", "node-b", "node-c"].map((node) => candidate(node));

function orderFor(candidates: readonly AnnouncerCandidate[], address: string): readonly string[] {
  return rankAnnouncers(candidates, ip(address), sha256).ranking.map(({ node }) => node);
}

describe("rankAnnouncers (reference metallb.md, section 4.2)", () => {
  test.each([
    ["10.0.0.1", ["node-b", "node-a", "node-c"]],
    ["192.168.1.240", ["node-a", "node-c", "node-b"]],
    ["2001:db8::1", ["node-b", "node-a", "node-c"]],
    ["fd00::10", ["node-c", "node-a", "node-b"]],
  ])("hash vector %s", (address, expected) => {
    expect(orderFor(three, address)).toEqual(expected);
  });

  test("preference comes before hash", () => {
    const candidates = [candidate("node-a", 10), candidate("node-b"), candidate("node-c", 60)];
    expect(orderFor(candidates, "10.0.0.1")).toEqual(["node-c", "node-a", "node-b"]);
  });

  test("every node is in one of the two lists, with a reason", () => {
    const candidates = [
      candidate("node-c", 0, "is not Ready"),
      candidate("node-b", 5),
      candidate("node-a", 0, "is away"),
    ];
    expect(rankAnnouncers(candidates, ip("10.0.0.1"), sha256)).toEqual({
      ranking: [{ node: "node-b", score: 5, because: "preference 5, then hash 2acae885" }],
      excluded: [
        { node: "node-a", because: "is away" },
        { node: "node-c", because: "is not Ready" },
      ],
    });
  });

  test("the order in which candidates are named does not matter, nor does who else was there", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(names, fc.nat(), (nodes, seed) => {
        const order = orderFor(
          nodes.map((node) => candidate(node)),
          "192.0.2.10",
        );
        const shuffled = [
          ...nodes.slice(seed % nodes.length),
          ...nodes.slice(0, seed % nodes.length),
        ].reverse();
        expect(
          orderFor(
            shuffled.map((node) => candidate(node)),
            "192.0.2.10",
          ),
        ).toEqual(order);
        // When the owner leaves, everybody moves up by one and nobody else changes places.
        const rest = nodes.filter((node) => node !== order[0]);
        expect(
          orderFor(
            rest.map((node) => candidate(node)),
            "192.0.2.10",
          ),
        ).toEqual(order.slice(1));
      }),
    );
  });
});
