import { describe, expect, test } from "@jest/globals";
import { endpointOf } from "./testing/simulated-ring.ts";
import { nothing, OneNode } from "./testing/one-node.ts";

const accusation = { type: "suspect", node: "a", from: "b", incarnation: 1 } as const;

/** A ring of three in which `b` suspects `a`; it would be dead after four seconds. Nobody is probed meanwhile. */
function suspecting(): OneNode {
  const node = OneNode.among(["a", "b"]).quiet();
  node.state = { ...node.state, nextProbeAt: (node.now + 60_000) as typeof node.state.nextProbeAt };
  return node.hear(accusation);
}

describe("the last word (beyond memberlist)", () => {
  test("a suspect is asked itself, once, shortly before it is taken for dead", () => {
    const node = suspecting().pass(3_499);
    expect(node.sent("ping")).toEqual([]);
    node.pass(1);
    expect(node.sent("ping")).toMatchObject([{ node: "a", to: 1, replyTo: endpointOf(0) }]);
    expect(node.sent("suspect")).toContainEqual({ ...accusation, from: "me", to: 1 });
    node.pass(499);
    expect(node.sent("ping")).toEqual([]);
    expect(node.member("a").state).toBe("suspect");
    expect(node.pass(1).member("a").state).toBe("dead");
  });

  test("it answers: it lives, and that is no news for the others", () => {
    const node = suspecting().pass(3_500);
    const [ping] = node.sent("ping");
    node.quiet().hear({ type: "ack", sequence: ping?.sequence ?? 0, payload: nothing });
    expect(node.member("a")).toMatchObject({ state: "alive", incarnation: 1 });
    expect(node.transitions).toEqual(["a alive"]);
    expect(node.spreading).toEqual([]);
    expect(node.state.suspicions.size).toBe(0);
  });

  test("confirmations that leave no time for an answer do not cut it short", () => {
    const node = OneNode.among(["a", "b", "c", "d", "e"]).quiet();
    node.state = { ...node.state, nextProbeAt: (node.now + 60_000) as typeof node.state.nextProbeAt };
    node.hear(accusation).pass(10_000);
    node.hear({ ...accusation, from: "c" }, { ...accusation, from: "d" }).pass(0);
    expect(node.sent("ping")).toHaveLength(1);
    expect(node.pass(499).member("a").state).toBe("suspect");
    expect(node.pass(1).member("a").state).toBe("dead");
  });
});
