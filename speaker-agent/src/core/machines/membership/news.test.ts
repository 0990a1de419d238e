import { describe, expect, test } from "@jest/globals";
import { MAX_META_BYTES } from "../../wire/gossip/messages.ts";
import { endpointOf } from "./testing/simulated-ring.ts";
import { alive, nothing, OneNode, protocolUpTo } from "./testing/one-node.ts";

const suspect = (node: string, from: string, incarnation = 1) =>
  ({ type: "suspect", node, from, incarnation }) as const;
const dead = (node: string, from: string, incarnation = 1) =>
  ({ type: "dead", node, from, incarnation }) as const;

describe("rule aliveNode (state.go)", () => {
  test("a node never heard of is a member at once, and is passed on", () => {
    const node = OneNode.among([])
      .quiet()
      .hear(alive("a", 1, { meta: new Uint8Array([7]) }));
    expect(node.others).toEqual(["a=alive"]);
    expect(node.of("members")).toHaveLength(1);
    expect(node.spreading).toMatchObject([{ type: "alive", node: "a" }]);
    expect(node.transitions).toEqual(["a alive"]);
  });

  test("an incarnation that is not newer is no news", () => {
    const node = OneNode.among(["a"]).quiet();
    node.hear(alive("a", 1, { meta: new Uint8Array([1]) }));
    expect(node.member("a").meta).toEqual(nothing);
    expect(node.spreading).toEqual([]);
    node.hear(alive("a", 1, { incarnation: 2, meta: new Uint8Array([1]) }));
    expect(node.member("a")).toMatchObject({ incarnation: 2, meta: new Uint8Array([1]) });
    expect(node.spreading).toHaveLength(1);
  });

  test("a suspect that says with a newer incarnation that it lives is alive", () => {
    const node = OneNode.among(["a", "b"]).hear(suspect("a", "b"));
    expect(node.others).toEqual(["a=suspect", "b=alive"]);
    node.hear(alive("a", 1));
    expect(node.member("a").state).toBe("suspect");
    node.hear(alive("a", 1, { incarnation: 2 }));
    expect(node.member("a").state).toBe("alive");
    node.answered = true;
    node.pass(120_000);
    expect(node.transitions).not.toContain("a dead");
  });

  test("a dead node comes back with a newer incarnation only", () => {
    const node = OneNode.among(["a"]).hear(dead("a", "b"));
    node.hear(alive("a", 1));
    expect(node.member("a").state).toBe("dead");
    node.hear(alive("a", 1, { incarnation: 2 }));
    expect(node.member("a").state).toBe("alive");
  });

  test("protocol versions that make no sense are not let in", () => {
    const nonsense = { ...protocolUpTo(5), protocol: { minimum: 3, maximum: 2, current: 2 } };
    const zero = { ...protocolUpTo(5), protocol: { minimum: 0, maximum: 5, current: 2 } };
    const node = OneNode.among([]).hear(
      alive("a", 1, { versions: nonsense }),
      alive("b", 2, { versions: zero }),
    );
    expect(node.others).toEqual([]);
  });

  test("neither are nameless nodes, nor those with more of their own than fits", () => {
    const node = OneNode.among([]);
    node.hear(alive("", 1), alive("b", 2, { meta: new Uint8Array(MAX_META_BYTES + 1) }));
    expect(node.others).toEqual([]);
  });

  test("a node that does not say its port has ours", () => {
    const node = OneNode.among([]).hear(alive("a", 1, { endpoint: { ...endpointOf(1), port: 0 } }));
    expect(node.member("a").endpoint).toEqual(endpointOf(1));
  });

  test("our own name with our incarnation and other contents is from before a restart: refuted", () => {
    const node = OneNode.among(["a"]).quiet();
    node.hear(alive("me", 0, { meta: new Uint8Array([1]) }));
    expect(node.spreading).toMatchObject([{ type: "alive", node: "me", incarnation: 2, meta: nothing }]);
    node.hear(alive("me", 0, { incarnation: 9 }));
    expect(node.spreading).toMatchObject([{ incarnation: 10 }]);
  });

  test("our own word that comes back is nothing new", () => {
    const node = OneNode.among(["a"]).quiet().hear(alive("me", 0));
    expect(node.spreading).toEqual([]);
    expect(node.state.awareness).toBe(0);
  });
});

describe("rule aliveNode, its conflict branch (state.go)", () => {
  test("two nodes of one name: the first is kept, and it is said once a minute", () => {
    const node = OneNode.among(["a"]);
    node.hear(alive("a", 2, { incarnation: 5 }), alive("a", 2, { incarnation: 6 }));
    expect(node.member("a")).toMatchObject({ endpoint: endpointOf(1), incarnation: 1 });
    expect(node.transitions).toEqual(["a conflict"]);
    node.answered = true;
    node.pass(61_000);
    expect(node.hear(alive("a", 2, { incarnation: 7 })).transitions).toEqual(["a conflict"]);
  });

  test("somebody with our name is not us", () => {
    const node = OneNode.among([]).hear(alive("me", 5, { incarnation: 50 }));
    expect(node.member("me")).toMatchObject({ endpoint: endpointOf(0), incarnation: 1 });
    expect(node.transitions).toEqual(["me conflict"]);
  });

  test("who has left may come back anywhere, with any incarnation", () => {
    const node = OneNode.among(["a"])
      .hear(dead("a", "a", 4))
      .hear(alive("a", 2));
    expect(node.member("a")).toMatchObject({ endpoint: endpointOf(2), state: "alive", incarnation: 1 });
  });

  test("who has failed may do so after a while", () => {
    const node = OneNode.among(["a"]).hear(dead("a", "b"));
    node.hear(alive("a", 2, { incarnation: 2 }));
    expect(node.member("a").state).toBe("dead");
    node.pass(5_000);
    node.hear(alive("a", 2, { incarnation: 2 }));
    expect(node.member("a")).toMatchObject({ endpoint: endpointOf(2), state: "alive" });
  });
});

describe("rule suspectNode (state.go)", () => {
  test("an unknown node, an old incarnation, a dead node: no suspicion", () => {
    const node = OneNode.among(["a"]).hear(suspect("x", "b"), suspect("a", "b", 0));
    expect(node.others).toEqual(["a=alive"]);
    node.hear(dead("a", "b"), suspect("a", "b"));
    expect(node.others).toEqual(["a=dead"]);
  });

  test("a suspicion is passed on, and ends in death when nobody refutes it in time", () => {
    const node = OneNode.among(["a", "b"]).quiet().hear(suspect("a", "b"));
    expect(node.spreading).toMatchObject([{ type: "suspect", node: "a", from: "b" }]);
    // Three nodes: nobody is left to confirm, so the least timeout counts.
    node.pass(3_999);
    expect(node.member("a").state).toBe("suspect");
    node.pass(1);
    expect(node.member("a").state).toBe("dead");
    expect(node.spreading).toContainEqual(dead("a", "me"));
  });

  test("we ourselves refute it, with a greater incarnation than the accusation, and blame ourselves", () => {
    const node = OneNode.among(["a"])
      .quiet()
      .hear(suspect("me", "a", 41));
    expect(node.member("me")).toMatchObject({ state: "alive", incarnation: 42 });
    expect(node.spreading).toMatchObject([{ type: "alive", node: "me", incarnation: 42 }]);
    expect(node.state.awareness).toBe(1);
  });
});

describe("rule Confirm (suspicion.go)", () => {
  const names = ["a", "b", "c", "d", "e", "f"];

  test("others that suspect it as well shorten the time, each once, and are passed on", () => {
    const node = OneNode.among(names).quiet();
    const { suspicions } = node.hear(suspect("a", "b")).state;
    expect(suspicions.get("a")).toMatchObject({ wanted: 2, deadline: node.now + 24_000 });
    node.quiet().hear(suspect("a", "b"));
    expect(node.spreading).toEqual([]);
    const startedAt = suspicions.get("a")?.startedAt ?? 0;
    node.hear(suspect("a", "c"));
    expect(node.spreading).toEqual([suspect("a", "c")]);
    expect(node.state.suspicions.get("a")?.deadline).toBe(startedAt + 11_381);
    node.hear(suspect("a", "d"));
    expect(node.state.suspicions.get("a")?.deadline).toBe(startedAt + 4_000);
  });

  test("more than wanted changes nothing", () => {
    const node = OneNode.among(names).hear(suspect("a", "b"), suspect("a", "c"), suspect("a", "d"));
    node.quiet().hear(suspect("a", "e"));
    expect(node.spreading).toEqual([]);
  });
});

describe("rule deadNode (state.go)", () => {
  test("the dead are passed on, once", () => {
    const node = OneNode.among(["a", "b"]).quiet().hear(dead("a", "b"));
    expect(node.others).toEqual(["a=dead", "b=alive"]);
    expect(node.spreading).toEqual([dead("a", "b")]);
    expect(node.quiet().hear(dead("a", "b")).spreading).toEqual([]);
  });

  test("who declares itself dead has left", () => {
    const node = OneNode.among(["a"]).hear(dead("a", "a"));
    expect(node.others).toEqual(["a=left"]);
    expect(node.transitions).toEqual(["a left"]);
  });

  test("an old incarnation and an unknown node are no news", () => {
    const node = OneNode.among(["a"]).hear(dead("a", "b", 0), dead("x", "b"));
    expect(node.others).toEqual(["a=alive"]);
  });

  test("we ourselves refute it", () => {
    const node = OneNode.among(["a"])
      .quiet()
      .hear(dead("me", "a", 3));
    expect(node.member("me")).toMatchObject({ state: "alive", incarnation: 4 });
    expect(node.spreading).toMatchObject([{ type: "alive", node: "me", incarnation: 4 }]);
  });
});

describe("rule UpdateNode (memberlist.go)", () => {
  test("new bytes of our own are said with a new incarnation", () => {
    const node = OneNode.among(["a"])
      .quiet()
      .take({ kind: "meta", meta: new Uint8Array([3]) });
    expect(node.spreading).toMatchObject([{ node: "me", incarnation: 2, meta: new Uint8Array([3]) }]);
    expect(node.of("members")).toHaveLength(1);
  });
});

test("an incarnation never wraps around", () => {
  const node = OneNode.among(["a"]).hear(suspect("me", "a", 0xffff_ffff));
  expect(node.member("me").incarnation).toBe(0xffff_ffff);
});

test("an incarnation alone is nothing the others need to hear of", () => {
  const node = OneNode.among(["a"]).hear(alive("a", 1, { incarnation: 2 }));
  expect(node.of("members")).toEqual([]);
});
