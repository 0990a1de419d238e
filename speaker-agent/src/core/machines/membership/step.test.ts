import { describe, expect, test } from "@jest/globals";
import { type Instant } from "@steelyard/model/foundation";
import fc from "fast-check";
import { type GossipMessage, OWN_VERSIONS, type StreamMessage } from "../../wire/gossip/messages.ts";
import { stepMembership } from "./step.ts";
import { alive, line, nothing, OneNode, protocolUpTo } from "./testing/one-node.ts";
import { endpointOf } from "./testing/simulated-ring.ts";
import { type MembershipInput, type MembershipPhase } from "./types.ts";

const inputs: Readonly<Record<MembershipInput["kind"], MembershipInput>> = {
  start: { kind: "start", meta: nothing },
  peers: { kind: "peers", peers: [endpointOf(3)] },
  datagram: { kind: "datagram", from: endpointOf(1), messages: [{ type: "ping", sequence: 1, node: "me" }] },
  unreachable: { kind: "unreachable", to: endpointOf(1) },
  "stream-accepted": { kind: "stream-accepted", stream: "in-7", from: endpointOf(1) },
  "stream-connected": { kind: "stream-connected", stream: "out-7" },
  "stream-message": {
    kind: "stream-message",
    stream: "in-7",
    message: { type: "ping", sequence: 1, node: "me" },
  },
  "stream-closed": { kind: "stream-closed", stream: "in-7", because: "reset" },
  timer: { kind: "timer" },
  broadcast: { kind: "broadcast", key: "k", payload: new Uint8Array([1]) },
  send: { kind: "send", to: "a", payload: new Uint8Array([1]) },
  meta: { kind: "meta", meta: new Uint8Array([1]) },
  leave: { kind: "leave" },
};

const phases: Readonly<Record<MembershipPhase, () => OneNode>> = {
  idle: () => new OneNode(),
  running: () => OneNode.among(["a", "b"]).quiet(),
  leaving: () => OneNode.among(["a", "b"]).quiet().take({ kind: "leave" }),
  left: () => {
    const node = OneNode.among(["a", "b"]).quiet().take({ kind: "leave" }).pass(1_000).quiet();
    return node;
  },
};

/** What each input does in each phase: the kinds of its effects, without the timer. */
const matrix: Readonly<Record<MembershipInput["kind"], Readonly<Record<MembershipPhase, string>>>> = {
  start: { idle: "members", running: "", leaving: "", left: "" },
  peers: { idle: "", running: "", leaving: "", left: "" },
  datagram: { idle: "", running: "send-datagram", leaving: "send-datagram", left: "send-datagram" },
  unreachable: { idle: "", running: "", leaving: "", left: "" },
  "stream-accepted": { idle: "close-stream", running: "", leaving: "", left: "" },
  "stream-connected": { idle: "", running: "", leaving: "", left: "" },
  "stream-message": { idle: "", running: "", leaving: "", left: "" },
  "stream-closed": { idle: "", running: "", leaving: "", left: "" },
  timer: { idle: "", running: "", leaving: "", left: "" },
  broadcast: { idle: "", running: "", leaving: "", left: "" },
  send: { idle: "", running: "send-datagram", leaving: "send-datagram", left: "send-datagram" },
  meta: { idle: "", running: "members", leaving: "", left: "" },
  leave: { idle: "", running: "members transition", leaving: "", left: "" },
};

const cells = Object.entries(phases).flatMap(([phase, make]) =>
  Object.values(inputs).map((input) => ({
    phase,
    kind: input.kind,
    effects: matrix[input.kind][phase as MembershipPhase],
    make,
    input,
  })),
);

describe("state and input", () => {
  test.each(cells)("$phase, $kind: $effects", ({ make, input, effects, phase }) => {
    const node = make();
    expect(node.state.phase).toBe(phase);
    node.take(input);
    const kinds = node.effects.map(({ kind }) => kind).filter((kind) => kind !== "arm");
    expect(kinds.join(" ")).toBe(effects);
  });
});

const name = fc.constantFrom("me", "a", "b", "c", "");
const endpoint = fc.integer({ min: 0, max: 6 }).map(endpointOf);
const u32 = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 0xffff_ffff }));
const meta = fc.uint8Array({ maxLength: 4 });
const versions = fc.constantFrom(OWN_VERSIONS, protocolUpTo(2), protocolUpTo(0));

const message: fc.Arbitrary<GossipMessage> = fc.oneof(
  fc.record({ type: fc.constant("ping" as const), sequence: u32, node: name }),
  fc.record({
    type: fc.constant("indirect-ping" as const),
    sequence: u32,
    node: name,
    target: endpoint,
    nack: fc.boolean(),
  }),
  fc.record({ type: fc.constant("ack" as const), sequence: u32, payload: meta }),
  fc.record({ type: fc.constant("nack" as const), sequence: u32 }),
  fc.record({ type: fc.constant("suspect" as const), incarnation: u32, node: name, from: name }),
  fc.record({ type: fc.constant("dead" as const), incarnation: u32, node: name, from: name }),
  fc.record({ type: fc.constant("alive" as const), incarnation: u32, node: name, endpoint, meta, versions }),
  fc.record({ type: fc.constant("user" as const), payload: fc.uint8Array({ maxLength: 30 }) }),
);

const pushPullNode = fc.record({
  node: name,
  endpoint,
  meta,
  incarnation: u32,
  state: fc.constantFrom("alive" as const, "suspect" as const, "dead" as const, "left" as const),
  versions,
});

const streamMessage: fc.Arbitrary<StreamMessage> = fc.oneof(
  fc.record({
    type: fc.constant("push-pull" as const),
    join: fc.boolean(),
    nodes: fc.array(pushPullNode, { maxLength: 4 }),
    userState: meta,
  }),
  fc.record({ type: fc.constant("error" as const), message: fc.constant("no") }),
  fc.record({ type: fc.constant("ack" as const), sequence: u32, payload: meta }),
);

const stream = fc.constantFrom("in-1", "in-2", "out-1", "out-2", "out-3");

const anyInput: fc.Arbitrary<MembershipInput> = fc.oneof(
  ...Object.values(inputs).map((input) => fc.constant(input)),
  fc.record({
    kind: fc.constant("datagram" as const),
    from: endpoint,
    messages: fc.array(message, { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant("stream-accepted" as const), stream, from: endpoint }),
  fc.record({ kind: fc.constant("stream-message" as const), stream, message: streamMessage }),
  fc.record({ kind: fc.constant("peers" as const), peers: fc.array(endpoint, { maxLength: 5 }) }),
);

const history = fc.array(fc.tuple(fc.constantFrom(0, 1, 30, 400, 3_000), anyInput), { maxLength: 40 });

describe("whatever happens", () => {
  test("it does not throw, our incarnation only grows, and we never take ourselves for dead", () => {
    fc.assert(
      fc.property(history, fc.integer(), (steps, seed) => {
        const node = new OneNode({}, seed).take({ kind: "start", meta: nothing });
        let incarnation = 0;
        for (const [millis, input] of steps) {
          node.pass(millis).take(input);
          const self = node.member("me");
          expect(self.incarnation).toBeGreaterThanOrEqual(incarnation);
          incarnation = self.incarnation;
          const expected = node.state.phase === "running" ? "alive" : "left";
          expect(self.state).toBe(expected);
        }
      }),
    );
  });

  test("the table is sorted, names are once in it, and suspicions are about suspects", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const node = OneNode.among(["a", "b", "c"]);
        for (const [millis, input] of steps) node.pass(millis).take(input);
        const names = node.state.members.map((member) => member.name);
        expect(names).toEqual([...new Set(names)].sort());
        for (const suspected of node.state.suspicions.keys())
          expect(node.member(suspected).state).toBe("suspect");
      }),
    );
  });

  test("the timer is always armed for something to come, and never spins", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const node = OneNode.among(["a", "b"]);
        for (const [millis, input] of steps) node.pass(millis).take(input);
        if (node.state.phase === "running") expect(node.state.armedFor).toBeDefined();
        let wakes = 0;
        for (const until = node.now + 10_000; node.now < until; wakes++) {
          const at = node.state.armedFor;
          if (at === undefined) break;
          node.pass(Math.max(0, at - node.now));
        }
        expect(wakes).toBeLessThan(1_000);
      }),
    );
  });

  test("a step leaves the state it began with as it was", () => {
    const node = OneNode.among(["a", "b"]);
    const before = node.state;
    const copy = structuredClone(before);
    const context = { ...node.context, now: (node.now + 100) as Instant };
    stepMembership(before, { kind: "datagram", from: endpointOf(1), messages: [alive("z", 5)] }, context);
    stepMembership(before, { kind: "timer" }, context);
    stepMembership(before, { kind: "leave" }, context);
    expect(before).toEqual(copy);
    expect(line("a", 1).node).toBe("a");
  });
});
