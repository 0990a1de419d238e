import { describe, expect, test } from "@jest/globals";
import { type MembershipEffect } from "./types.ts";
import { endpointOf } from "./testing/simulated-ring.ts";
import { alive, line, nothing, numberOf, OneNode } from "./testing/one-node.ts";
import { type PushPullNode } from "../../wire/gossip/messages.ts";

function started(...peers: readonly number[]): OneNode {
  const node = new OneNode();
  node.answered = true;
  node.take({ kind: "start", meta: nothing });
  return node.take({ kind: "peers", peers: peers.map(endpointOf) });
}

type Connect = Extract<MembershipEffect, { kind: "connect-stream" }>;

const joins = (node: OneNode) =>
  node.of("connect-stream").filter(({ message }) => message.type === "push-pull" && message.join);

const toOf = (streams: readonly Connect[]) => streams.map(({ to }) => numberOf(to)).sort((a, b) => a - b);

function answer(node: OneNode, { stream }: Connect, nodes: readonly PushPullNode[]): void {
  node.take({
    kind: "stream-message",
    stream,
    message: { type: "push-pull", join: true, nodes, userState: nothing },
  });
}

function refuse(node: OneNode, { stream }: Connect): void {
  node.take({ kind: "stream-closed", stream, because: "connection refused" });
}

const syncedOf = (node: OneNode) => node.of("synced").map(({ how }) => how);

describe("rule Join (memberlist.go)", () => {
  test("whoever is listed is joined at once, with our table and the flag for joining", () => {
    const node = started(1).pass(0);
    expect(joins(node)).toMatchObject([{ to: endpointOf(1), message: { nodes: [{ node: "me" }] } }]);
  });

  test("we ourselves are not, and nobody twice", () => {
    const node = started(0, 1, 1).pass(0);
    expect(toOf(joins(node))).toEqual([1]);
  });

  test("not more than four at a time, and the next when one has ended", () => {
    const node = started(1, 2, 3, 4, 5, 6).pass(0);
    const first = joins(node);
    expect(first).toHaveLength(4);
    if (first[0] !== undefined) refuse(node, first[0]);
    expect(joins(node.pass(0))).toHaveLength(1);
  });

  test("who lives in the table is not joined any more", () => {
    const node = started(1).pass(0);
    const [join] = joins(node);
    if (join !== undefined) answer(node, join, [line("a", 1), line("b", 2)]);
    node.take({ kind: "peers", peers: [1, 2].map(endpointOf) });
    expect(joins(node.pass(120_000))).toEqual([]);
  });
});

describe("synced", () => {
  test("nobody is listed: alone at once", () => {
    expect(syncedOf(started().pass(0))).toEqual(["alone"]);
  });

  test("nobody of the listed is there: alone as soon as all have refused, and not again", () => {
    const node = started(1, 2).pass(0);
    for (const join of joins(node)) refuse(node, join);
    expect(syncedOf(node.pass(0))).toEqual(["alone"]);
    expect(syncedOf(node.pass(300_000))).toEqual([]);
  });

  test("nobody answers at all: alone after two seconds", () => {
    const node = started(1);
    node.pass(1_999);
    expect(syncedOf(node)).toEqual([]);
    expect(syncedOf(node.pass(1))).toEqual(["alone"]);
  });

  test("nobody says who is listed: alone after five seconds", () => {
    const node = new OneNode();
    node.take({ kind: "start", meta: nothing });
    node.pass(4_999);
    expect(syncedOf(node)).toEqual([]);
    expect(syncedOf(node.pass(1))).toEqual(["alone"]);
  });

  test("with peers when all of a short list live or have been tried", () => {
    const node = started(1, 2).pass(0);
    const [first, second] = joins(node);
    if (first === undefined || second === undefined) throw new Error("two joins");
    answer(node, first, [line("x", numberOf(first.to))]);
    // It may have been started a moment ago, and know nothing of the ring that the other one is in.
    expect(syncedOf(node)).toEqual([]);
    refuse(node, second);
    expect(syncedOf(node.pass(0))).toEqual(["with-peers"]);
  });

  test("the members come before the news that they are all", () => {
    const node = started(1).pass(0);
    const [join] = joins(node);
    if (join !== undefined) answer(node, join, [line("a", 1)]);
    const kinds = node.effects.map(({ kind }) => kind);
    expect(kinds.indexOf("members")).toBeGreaterThanOrEqual(0);
    expect(kinds.indexOf("members")).toBeLessThan(kinds.indexOf("synced"));
  });

  test("of a long list more than half is enough", () => {
    const node = started(1, 2, 3, 4, 5).pass(0);
    const [join] = joins(node);
    if (join === undefined) throw new Error("no join");
    answer(node, join, [line("a", 1), line("b", 2), line("c", 3)]);
    expect(syncedOf(node)).toEqual(["with-peers"]);
  });

  test("one table and silence from the rest: with peers after three seconds", () => {
    const node = started(1, 2, 3, 4, 5, 6, 7, 8, 9).pass(0);
    const [join] = joins(node);
    if (join === undefined) throw new Error("no join");
    answer(node, join, [line("x", numberOf(join.to))]);
    expect(syncedOf(node.pass(2_999))).toEqual([]);
    expect(syncedOf(node.pass(1_001))).toEqual(["with-peers"]);
  });

  test("alone first, with peers when somebody comes", () => {
    const node = started().pass(0);
    node.accept({ type: "push-pull", join: true, nodes: [line("a", 1)], userState: nothing });
    expect(syncedOf(node)).toEqual(["with-peers"]);
  });
});

describe("rejoining (beyond memberlist)", () => {
  function joined(): OneNode {
    const node = started(1, 2).pass(0);
    for (const join of joins(node)) answer(node, join, [line("a", 1), line("b", 2)]);
    return node;
  }

  test("a listed peer that dies is called again, less and less often, and at least once a minute", () => {
    const node = joined().pass(10_000);
    node.hear({ type: "dead", node: "b", from: "a", incarnation: 1 });
    expect(toOf(joins(node.pass(1_000)))).toEqual([2]);
    node.pass(60_000);
    expect(joins(node).length).toBeGreaterThanOrEqual(3);
    expect(joins(node).length).toBeLessThanOrEqual(6);
    node.pass(600_000);
    expect(joins(node).length).toBeGreaterThanOrEqual(7);
    expect(joins(node).length).toBeLessThanOrEqual(13);
  });

  test("when it lives again it is not called, and begins anew when it dies again", () => {
    const node = joined();
    node.hear({ type: "dead", node: "b", from: "a", incarnation: 1 }).pass(60_000);
    node.hear(alive("b", 2, { incarnation: 2 }));
    expect(joins(node.pass(120_000))).toEqual([]);
    node.hear({ type: "dead", node: "b", from: "a", incarnation: 2 });
    node.pass(20_000);
    expect(joins(node).length).toBeGreaterThanOrEqual(2);
  });

  test("one call at a time, however many are dead", () => {
    const node = joined();
    const peers = Array.from({ length: 50 }, (_, index) => endpointOf(index + 1));
    node.take({ kind: "peers", peers });
    for (let second = 0; second < 60; second++) {
      node.pass(1_000);
      const open = node.state.streams.filter(({ purpose }) => purpose.kind === "join");
      expect(open.length).toBeLessThanOrEqual(1);
    }
  });

  test("who is no longer listed is not called", () => {
    const node = joined();
    node.hear({ type: "dead", node: "b", from: "a", incarnation: 1 });
    node.take({ kind: "peers", peers: [endpointOf(1)] });
    expect(joins(node.pass(120_000))).toEqual([]);
  });
});
