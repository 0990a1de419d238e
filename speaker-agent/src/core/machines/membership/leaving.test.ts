import { describe, expect, test } from "@jest/globals";
import { alive, line, nothing, OneNode } from "./testing/one-node.ts";

describe("rule Leave (memberlist.go)", () => {
  test("we say of ourselves that we are dead, as often as any broadcast, and then have left", () => {
    const node = OneNode.among(["a", "b", "c"]).quiet().take({ kind: "leave" });
    expect(node.spreading).toEqual([{ type: "dead", node: "me", from: "me", incarnation: 1 }]);
    expect(node.of("left")).toEqual([]);
    const before = node.now;
    node.pass(500);
    expect(node.sent("dead")).toHaveLength(4);
    expect(node.of("left")).toHaveLength(1);
    expect(node.now - before).toBe(500);
  });

  test("nobody there: left at once", () => {
    expect(OneNode.among([]).take({ kind: "leave" }).of("left")).toHaveLength(1);
  });

  test("nobody to say it to in time: left after a second", () => {
    const node = OneNode.among(["a"], { gossipNodes: 0, probeIntervalMillis: 60_000 });
    expect(node.take({ kind: "leave" }).pass(999).of("left")).toEqual([]);
    expect(node.pass(1).of("left")).toHaveLength(1);
  });

  test("our own earlier word does not bring us back", () => {
    const node = OneNode.among(["a"]).take({ kind: "leave" });
    node.hear(alive("me", 0, { incarnation: 5 }), { type: "suspect", node: "me", from: "a", incarnation: 5 });
    expect(node.member("me").state).toBe("left");
  });

  test("meanwhile and afterwards pings are answered, but nobody is probed or joined", () => {
    const node = OneNode.among(["a"]).take({ kind: "leave" });
    for (const millis of [0, 10_000]) {
      node.pass(millis).hear({ type: "ping", sequence: 4, node: "me" });
      expect(node.sent("ack")).toHaveLength(1);
    }
    expect(node.pass(60_000).effects).toEqual([]);
  });

  test("saying goodbye twice is saying it once", () => {
    const node = OneNode.among([]).take({ kind: "leave" }).take({ kind: "leave" });
    expect(node.effects).toEqual([]);
  });

  test("who was started anew refutes the goodbye of its earlier run", () => {
    const node = OneNode.among([]);
    node.accept({
      type: "push-pull",
      join: true,
      nodes: [line("me", 0, { state: "left", incarnation: 8 })],
      userState: nothing,
    });
    expect(node.member("me")).toMatchObject({ state: "alive", incarnation: 9 });
  });
});
