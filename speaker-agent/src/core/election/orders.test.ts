import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ip } from "../wire/testing/ip.ts";
import { metallbOrder } from "./metallb-order.ts";
import { spreadOrder } from "./spread-order.ts";
import { type Candidate } from "./types.ts";

const sha256 = (text: string): Uint8Array => createHash("sha256").update(text).digest();

function candidates(...nodes: readonly string[]): readonly Candidate[] {
  return nodes.map((node) => ({ node, preference: 0, interfaces: [] }));
}

const orders = {
  metallb: (list: readonly Candidate[], key: string) =>
    metallbOrder(list, ip(key), sha256).map(({ node }) => node),
  spread: (list: readonly Candidate[], key: string) => spreadOrder(list, ip(key)).map(({ node }) => node),
};

describe("MetalLB's order (reference metallb.md, section 4.2)", () => {
  test.each([
    ["10.0.0.1", ["node-b", "node-a", "node-c"]],
    ["192.168.1.240", ["node-a", "node-c", "node-b"]],
    ["2001:db8::1", ["node-b", "node-a", "node-c"]],
    ["fd00::10", ["node-c", "node-a", "node-b"]],
  ])("hash vector %s", (key, expected) => {
    expect(orders.metallb(candidates("node-a", "node-b", "node-c"), key)).toEqual(expected);
  });
});

describe("the spreading order", () => {
  // Agents of two versions share a ring during a roll-out, so the numbers are part of the protocol.
  test.each([
    ["10.0.0.1", ["node-c", "node-a", "node-b"]],
    ["192.168.1.240", ["node-a", "node-c", "node-b"]],
    ["2001:db8::1", ["node-c", "node-a", "node-b"]],
  ])("is the same in every version: %s", (key, expected) => {
    expect(orders.spread(candidates("node-a", "node-b", "node-c"), key)).toEqual(expected);
  });

  test("gives each of 100 nodes its share of 10 000 neighbouring addresses", () => {
    const list = candidates(...Array.from({ length: 100 }, (_, index) => `node-${index}`));
    const owned = new Map<string, number>();
    for (let index = 0; index < 10_000; index += 1) {
      const [first = ""] = orders.spread(list, `10.0.${index >> 8}.${index & 255}`);
      owned.set(first, (owned.get(first) ?? 0) + 1);
    }
    // Binomial: 100 on average, standard deviation 10.
    expect(Math.min(...owned.values())).toBeGreaterThan(60);
    expect(Math.max(...owned.values())).toBeLessThan(140);
    expect(owned.size).toBe(100);
  });

  test("gives the addresses of a lost node to all others alike", () => {
    const list = candidates(...Array.from({ length: 11 }, (_, index) => `node-${index}`));
    const heirs = new Map<string, number>();
    for (let index = 0; index < 5000; index += 1) {
      const [first, second = ""] = orders.spread(list, `10.0.${index >> 8}.${index & 255}`);
      if (first === "node-3") heirs.set(second, (heirs.get(second) ?? 0) + 1);
    }
    expect(heirs.size).toBe(10);
    // About 45 each, standard deviation 6.5.
    expect(Math.min(...heirs.values())).toBeGreaterThan(20);
    expect(Math.max(...heirs.values())).toBeLessThan(75);
  });
});

describe.each(Object.entries(orders))("%s order", (_name, order) => {
  test("preference comes first", () => {
    const list = candidates("a", "b", "c", "d").map((each) =>
      each.node === "c" ? { ...each, preference: 10 } : each,
    );
    expect(order(list, "10.0.0.1")[0]).toBe("c");
  });

  test("neither the order of candidates matters, nor who else is one", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(names, fc.nat(), (nodes, seed) => {
        const first = seed % nodes.length;
        const expected = order(candidates(...nodes), "192.0.2.10");
        const shuffled = [...nodes.slice(first), ...nodes.slice(0, first)].reverse();
        expect(order(candidates(...shuffled), "192.0.2.10")).toEqual(expected);
        const without = nodes.filter((node) => node !== expected[0]);
        expect(order(candidates(...without), "192.0.2.10")).toEqual(expected.slice(1));
      }),
    );
  });
});
