import { describe, expect, test } from "@jest/globals";
import { type PushPullMessage, type PushPullNode } from "../../wire/gossip/messages.ts";
import { endpointOf } from "./testing/simulated-ring.ts";
import { alive, line, nothing, OneNode, protocolUpTo } from "./testing/one-node.ts";

function table(nodes: readonly PushPullNode[], more: Partial<PushPullMessage> = {}): PushPullMessage {
  return { type: "push-pull", join: false, nodes, userState: nothing, ...more };
}

describe("rule mergeState (state.go)", () => {
  test("the living are taken as they are", () => {
    const node = OneNode.among([]).accept(table([line("a", 1, { incarnation: 4 })]));
    expect(node.member("a")).toMatchObject({ state: "alive", incarnation: 4 });
  });

  test("who is dead for others is suspected here, by us", () => {
    const node = OneNode.among(["a", "b"]).quiet();
    node.accept(table([line("a", 1, { state: "dead" }), line("b", 2, { state: "suspect" })]));
    expect(node.others).toEqual(["a=suspect", "b=suspect"]);
    expect(node.spreading).toMatchObject([{ from: "me" }, { from: "me" }]);
  });

  test("who has left has left", () => {
    const node = OneNode.among(["a"]).accept(table([line("a", 1, { state: "left" })]));
    expect(node.others).toEqual(["a=left"]);
  });

  test("the dead we never knew stay unknown", () => {
    const node = OneNode.among([]).accept(
      table([line("a", 1, { state: "dead" }), line("b", 1, { state: "left" })]),
    );
    expect(node.others).toEqual([]);
  });
});

describe("rule handleConn (net.go)", () => {
  test("a table is answered with ours, and the stream is closed", () => {
    const node = OneNode.among(["a"]);
    node.userState = new Uint8Array([5]);
    node.accept(table([line("b", 2)], { join: true }));
    const [reply] = node.of("send-stream");
    expect(reply?.message).toMatchObject({ type: "push-pull", join: true, userState: new Uint8Array([5]) });
    expect(node.of("close-stream")).toEqual([{ kind: "close-stream", stream: "in-1" }]);
    expect(node.state.streams).toEqual([]);
  });

  test("our answer already refutes what their table says of us (beyond memberlist)", () => {
    const node = OneNode.among([]).accept(table([line("me", 0, { state: "dead", incarnation: 6 })]));
    const [reply] = node.of("send-stream");
    const message = reply?.message as PushPullMessage;
    expect(message.nodes).toMatchObject([{ node: "me", incarnation: 7, state: "alive" }]);
  });

  test("user state is handed on, an empty one is none", () => {
    const node = OneNode.among([]).accept(table([], { userState: new Uint8Array([9]) }));
    expect(node.of("user-state")).toEqual([{ kind: "user-state", payload: new Uint8Array([9]) }]);
    expect(node.accept(table([]), "in-2").of("user-state")).toEqual([]);
  });

  test("a ping over a stream is answered when it is for us", () => {
    const node = OneNode.among([]);
    node.accept({ type: "ping", sequence: 3, node: "me" });
    expect(node.of("send-stream")).toMatchObject([{ message: { type: "ack", sequence: 3 } }]);
    node.accept({ type: "ping", sequence: 3, node: "you" }, "in-2");
    expect(node.of("send-stream")).toEqual([]);
    expect(node.of("close-stream")).toHaveLength(1);
  });

  test("who says nothing within the timeout is cut off", () => {
    const node = OneNode.among([]);
    node.take({ kind: "stream-accepted", stream: "in-1", from: endpointOf(9) });
    node.pass(10_000);
    expect(node.of("close-stream")).toEqual([{ kind: "close-stream", stream: "in-1" }]);
  });

  test("so many at once and no more (rule maxPushPullRequests)", () => {
    const node = OneNode.among([]);
    for (let index = 0; index < 128; index++)
      node.take({ kind: "stream-accepted", stream: `in-${index}`, from: endpointOf(9) });
    expect(node.effects).toEqual([]);
    node.take({ kind: "stream-accepted", stream: "in-128", from: endpointOf(9) });
    expect(node.of("close-stream")).toEqual([{ kind: "close-stream", stream: "in-128" }]);
  });
});

describe("rule verifyProtocol (state.go)", () => {
  test("a table with somebody who cannot be understood is not taken, and that is said", () => {
    const versions = { ...protocolUpTo(5), protocol: { minimum: 3, maximum: 5, current: 4 } };
    const node = OneNode.among(["a"]).accept(table([line("b", 2, { versions }), line("c", 3)]));
    expect(node.others).toEqual(["a=alive"]);
    expect(node.transitions).toEqual(["me refused"]);
    expect(node.of("send-stream")).toHaveLength(1);
  });

  test("the dead do not narrow what is understood", () => {
    const versions = { ...protocolUpTo(5), protocol: { minimum: 3, maximum: 5, current: 2 } };
    const node = OneNode.among(["a"]).accept(
      table([line("b", 2, { versions, state: "dead" }), line("c", 3)]),
    );
    expect(node.others).toEqual(["a=alive", "c=alive"]);
  });

  test("versions of the application are compared, too", () => {
    const versions = { ...protocolUpTo(5), delegate: { minimum: 2, maximum: 4, current: 3 } };
    const node = OneNode.among([]).accept(table([line("b", 2, { versions })]));
    expect(node.transitions).toEqual(["me refused"]);
  });
});

describe("rule pushPull (state.go)", () => {
  test("tables are compared with somebody alive, once per interval", () => {
    const node = OneNode.among(["a"], { disableTcpPings: true });
    node.answered = true;
    node.passUntil("connect-stream");
    expect(node.of("connect-stream")).toMatchObject([
      { to: endpointOf(1), message: { type: "push-pull", join: false } },
    ]);
    const before = node.now;
    node.passUntil("connect-stream");
    expect(node.now - before).toBe(30_000);
  });

  test("nobody there: nothing to compare", () => {
    expect(OneNode.among([]).pass(100_000).of("connect-stream")).toEqual([]);
  });

  test("interval 0: never", () => {
    const node = OneNode.among(["a"], { pushPullIntervalMillis: 0 });
    node.answered = true;
    expect(node.pass(300_000).of("connect-stream")).toEqual([]);
  });

  test("their answer is merged; an answer that is none changes nothing", () => {
    const node = OneNode.among(["a"]);
    node.answered = true;
    const { stream } = node.passUntil("connect-stream");
    node.take({ kind: "stream-message", stream, message: table([line("b", 2)]) });
    expect(node.others).toEqual(["a=alive", "b=alive"]);
    const next = node.passUntil("connect-stream").stream;
    node.take({ kind: "stream-message", stream: next, message: { type: "error", message: "no" } });
    expect(node.others).toEqual(["a=alive", "b=alive"]);
    expect(node.state.streams).toEqual([]);
  });

  test("who takes us for dead hears at once that we live (beyond memberlist)", () => {
    const node = OneNode.among(["a"]);
    node.answered = true;
    const { stream } = node.passUntil("connect-stream");
    node.take({ kind: "stream-message", stream, message: table([line("me", 0, { state: "dead" })]) });
    expect(node.sent("alive")).toMatchObject([{ to: 1, node: "me", incarnation: 2 }]);
  });
});

describe("rule gossip (state.go)", () => {
  test("what spreads goes to three random members on each beat, and the dead of late are among them", () => {
    const node = OneNode.among(["a", "b"], { gossipNodes: 5 });
    node.hear({ type: "dead", node: "a", from: "b", incarnation: 1 }).pass(200);
    expect(node.of("send-datagram").map(({ to }) => to)).toContainEqual(endpointOf(1));
  });

  test("not to those who have left, nor to ourselves", () => {
    const node = OneNode.among(["a", "b"], { gossipNodes: 5 });
    node.hear({ type: "dead", node: "a", from: "a", incarnation: 1 });
    const to = Array.from({ length: 20 }, () =>
      node
        .pass(50)
        .sent("dead")
        .map((one) => one.to),
    ).flat();
    expect(new Set(to)).toEqual(new Set([2]));
  });

  test("each message is sent as often as retransmitLimit says, then silence", () => {
    const node = OneNode.among(["a", "b", "c", "d"]).quiet();
    node.answered = true;
    node.hear(alive("e", 5)).pass(20_000);
    expect(node.sent("alive")).toHaveLength(4);
    expect(node.state.broadcasts).toEqual([]);
  });

  test("a checksum is for whoever understands one", () => {
    const node = OneNode.among([])
      .hear(alive("a", 1, { versions: protocolUpTo(4) }))
      .pass(200);
    expect(node.of("send-datagram").map(({ checksum }) => checksum)).toContain(false);
    const newer = OneNode.among(["a"]).pass(200);
    expect(newer.of("send-datagram")[0]?.checksum).toBe(true);
  });
});
