import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type UserMessage } from "../../wire/gossip/messages.ts";
import { endpointOf } from "./testing/simulated-ring.ts";
import { nothing, OneNode } from "./testing/one-node.ts";
import { maxBroadcastBytes } from "./user-messages.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

const userSpreading = (node: OneNode) =>
  node.state.userBroadcasts.map(({ message }) => message as UserMessage);

/** What a node lets spread when it broadcasts these, one after the other. */
function wordsOf(
  node: OneNode,
  ...payloads: readonly (readonly [string, Uint8Array])[]
): readonly UserMessage[] {
  return payloads.map(([key, payload]) => {
    node.take({ kind: "broadcast", key, payload });
    const newest = [...node.state.userBroadcasts].sort((a, b) => b.id - a.id)[0];
    return newest?.message as UserMessage;
  });
}

describe("broadcasts of the application", () => {
  test("go out within 20 ms, and are not heard by ourselves", () => {
    const node = OneNode.among(["a"])
      .quiet()
      .take({ kind: "broadcast", key: "k", payload: bytes(1) });
    expect(node.of("user-message")).toEqual([]);
    expect(node.pass(20).sent("user")).not.toEqual([]);
  });

  test("are handed over and passed on by whoever hears them for the first time", () => {
    const [word] = wordsOf(OneNode.among(["a"]), ["k", bytes(1, 2)]);
    if (word === undefined) throw new Error("no word");
    const node = OneNode.among(["a"]).quiet().hear(word);
    expect(node.of("user-message")).toEqual([{ kind: "user-message", payload: bytes(1, 2) }]);
    expect(userSpreading(node)).toEqual([word]);
    expect(
      node
        .quiet()
        .hear(word)
        .effects.filter(({ kind }) => kind === "user-message"),
    ).toEqual([]);
    expect(userSpreading(node)).toEqual([]);
  });

  test("a later one of the same key takes the place of an earlier one, here and elsewhere", () => {
    const origin = OneNode.among(["a"]);
    const [first, second, other] = wordsOf(origin, ["k", bytes(1)], ["k", bytes(2)], ["l", bytes(3)]);
    if (first === undefined || second === undefined || other === undefined) throw new Error("three words");
    expect(userSpreading(origin)).toHaveLength(2);
    const node = OneNode.among(["a"]).quiet().hear(second, other, first);
    expect(node.of("user-message").map(({ payload }) => payload)).toEqual([bytes(2), bytes(3)]);
  });

  test("another start of the same node is another origin", () => {
    const before = OneNode.among(["a"]);
    const after = new OneNode({}, 2).take({ kind: "start", meta: nothing });
    const [late] = wordsOf(before, ["k", bytes(1)], ["k", bytes(2)]).slice(1);
    const [early] = wordsOf(after, ["k", bytes(3)]);
    if (late === undefined || early === undefined) throw new Error("two words");
    const node = OneNode.among(["a"]).hear(late, early);
    expect(node.of("user-message").map(({ payload }) => payload)).toEqual([bytes(2), bytes(3)]);
  });

  test("the longest fits into a datagram, a longer one is refused aloud", () => {
    const node = OneNode.among(["a"]).quiet();
    const most = maxBroadcastBytes(node.context.options);
    node.take({ kind: "broadcast", key: "k", payload: new Uint8Array(most) }).pass(20);
    expect(node.sent("user")).toHaveLength(1);
    node.quiet().take({ kind: "broadcast", key: "k", payload: new Uint8Array(most + 1) });
    expect(node.transitions).toEqual(["me refused"]);
    expect(userSpreading(node)).toEqual([]);
  });

  test("what is remembered of them has an end", () => {
    const origin = OneNode.among([]);
    const node = OneNode.among([]);
    for (let index = 0; index < 3_000; index++) {
      const [word] = wordsOf(origin.quiet(), [`k${index}`, bytes(1)]);
      if (word !== undefined) node.hear(word).quiet();
    }
    expect(node.state.heard.recent.size + node.state.heard.older.size).toBeLessThanOrEqual(1_024);
  });

  test("messages of other programs are nobody's here", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (payload) => {
        const node = OneNode.among(["a"]).quiet().hear({ type: "user", payload });
        if (payload[0] !== 0x53 || payload[1] !== 0x79) expect(node.effects).toEqual([]);
      }),
    );
  });
});

describe("rules SendBestEffort and SendReliable (memberlist.go)", () => {
  test("a short message goes in a datagram, and is heard once and by one", () => {
    const node = OneNode.among(["a", "b"])
      .quiet()
      .take({ kind: "send", to: "b", payload: bytes(4, 5) });
    const [datagram] = node.of("send-datagram");
    expect(datagram).toMatchObject({ to: endpointOf(2), checksum: true });
    const receiver = OneNode.among(["a"])
      .quiet()
      .hear(...(datagram?.messages ?? []));
    expect(receiver.of("user-message")).toEqual([{ kind: "user-message", payload: bytes(4, 5) }]);
    expect(userSpreading(receiver)).toEqual([]);
  });

  test("a long one over a stream that is closed when it has been sent", () => {
    const payload = new Uint8Array(5_000).fill(7);
    const node = OneNode.among(["a"]).quiet().take({ kind: "send", to: "a", payload });
    const [connect] = node.of("connect-stream");
    if (connect === undefined) throw new Error("no stream");
    node.take({ kind: "stream-connected", stream: connect.stream });
    expect(node.effects).toContainEqual({ kind: "close-stream", stream: connect.stream });
    const receiver = OneNode.among([]).accept(connect.message);
    expect(receiver.of("user-message")).toEqual([{ kind: "user-message", payload }]);
  });

  test("to nobody we know, or to the dead: lost", () => {
    const node = OneNode.among(["a"]).hear({ type: "dead", node: "a", from: "b", incarnation: 1 }).quiet();
    for (const to of ["a", "x"])
      expect(node.take({ kind: "send", to, payload: bytes(1) }).of("send-datagram")).toEqual([]);
  });
});
