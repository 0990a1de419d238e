import { describe, expect, test } from "@jest/globals";
import { endpointOf } from "./testing/simulated-ring.ts";
import { alive, nothing, OneNode, protocolUpTo } from "./testing/one-node.ts";

const ack = (sequence: number) => ({ type: "ack", sequence, payload: nothing }) as const;
const isPing = ({ messages }: { readonly messages: readonly { readonly type: string }[] }) =>
  messages.some(({ type }) => type === "ping");

/** Up to the first probe of somebody. */
function probing(names: readonly string[], tuning = {}): { node: OneNode; sequence: number; victim: string } {
  const node = OneNode.among(names, tuning).quiet();
  node.passUntil("send-datagram", isPing);
  const [ping] = node.sent("ping");
  if (ping === undefined) throw new Error("no ping");
  return { node, sequence: ping.sequence, victim: ping.node };
}

describe("rule probe (state.go)", () => {
  test("once per interval somebody is pinged, everybody once per round, and never oneself or the dead", () => {
    const node = OneNode.among(["a", "b", "c", "d"]);
    node.answered = true;
    node.hear({ type: "dead", node: "d", from: "d", incarnation: 1 });
    node.pass(1_000);
    for (let round = 0; round < 5; round++) {
      node.pass(3_000);
      expect(node.sent("ping")).toHaveLength(3);
    }
    node.pass(300_000);
    const counts = ["me", "a", "b", "c", "d"].map(
      (name) => node.sent("ping").filter((ping) => ping.node === name).length,
    );
    expect(counts.map((count) => Math.round(count / 10))).toEqual([0, 10, 10, 10, 0]);
  });

  test("the order changes from round to round", () => {
    const node = OneNode.among(["a", "b", "c", "d", "e", "f"]);
    node.answered = true;
    node.pass(61_000);
    const order = node.sent("ping").map((ping) => ping.node);
    const rounds = [12, 18, 24, 30, 36].map((start) => order.slice(start, start + 6).join(""));
    expect(new Set(rounds).size).toBeGreaterThan(1);
  });
});

describe("rule resetNodes (state.go)", () => {
  test("who has been gone longer than the time for the dead is forgotten at the end of a round", () => {
    const node = OneNode.among(["a", "b"]);
    node.answered = true;
    node.hear({ type: "dead", node: "b", from: "a", incarnation: 1 });
    node.pass(29_000);
    expect(node.others).toEqual(["a=alive", "b=dead"]);
    node.pass(4_000);
    expect(node.others).toEqual(["a=alive"]);
  });
});

describe("rule probeNode (state.go)", () => {
  test("a ping says whom it means and where to answer", () => {
    const { node } = probing(["a"]);
    const replyTo = { ...endpointOf(0), node: "me" };
    expect(node.sent("ping")).toEqual([{ type: "ping", sequence: 1, node: "a", to: 1, replyTo }]);
  });

  test("an ack ends the probe, and is good for our health", () => {
    const { node, sequence } = probing(["a"]);
    node.state = { ...node.state, awareness: 3 };
    node.hear(ack(sequence));
    expect(node.state).toMatchObject({ probe: undefined, awareness: 2 });
  });

  test("an ack to somebody else's ping does not", () => {
    const { node, sequence } = probing(["a"]);
    expect(node.hear(ack(sequence + 1)).state.probe).toBeDefined();
  });

  test("without an ack in time others are asked, and the node itself over a stream", () => {
    const { node, sequence, victim } = probing(["a", "b", "c", "d", "e"]);
    node.pass(499);
    expect(node.effects).toEqual([]);
    node.pass(1);
    const asked = node.sent("indirect-ping");
    expect(asked).toHaveLength(3);
    const { endpoint: target } = node.member(victim);
    for (const request of asked)
      expect(request).toMatchObject({ sequence, node: victim, target, nack: true });
    expect(new Set(asked.map(({ to }) => to)).size).toBe(3);
    expect(node.of("connect-stream")).toMatchObject([{ to: target, message: { type: "ping", sequence } }]);
  });

  test("an ack that somebody relays counts as well, even after the direct time", () => {
    const { node, sequence, victim } = probing(["a", "b"]);
    node.pass(700).hear(ack(sequence)).pass(5_000);
    expect(node.transitions.slice(0, 1)).not.toEqual([`${victim} suspect`]);
  });

  test("nobody has heard of it: suspected at the end of the interval", () => {
    const { node, victim } = probing(["a", "b"]);
    node.pass(999);
    expect(node.member(victim).state).toBe("alive");
    node.pass(1);
    expect(node.member(victim).state).toBe("suspect");
    expect(node.spreading).toContainEqual({ type: "suspect", node: victim, from: "me", incarnation: 1 });
  });

  test("it answers the stream only: not suspected, and said", () => {
    const { node, sequence, victim } = probing(["a", "b"]);
    node.pass(500);
    const [stream] = node.of("connect-stream");
    node.take({ kind: "stream-message", stream: stream?.stream ?? "", message: ack(sequence) }).pass(500);
    expect(node.member(victim).state).toBe("alive");
    expect(node.transitions).toEqual([`${victim} stream-only`]);
    expect(node.state.awareness).toBe(0);
  });

  test("streams are left out when they are turned off, or not understood", () => {
    const off = probing(["a"], { disableTcpPings: true }).node.pass(500);
    expect(off.of("connect-stream")).toEqual([]);
    const old = OneNode.among([])
      .hear(alive("a", 1, { versions: protocolUpTo(2) }))
      .quiet();
    old.passUntil("send-datagram", isPing);
    expect(old.pass(500).of("connect-stream")).toEqual([]);
  });

  test("a suspect hears with the ping what it is accused of", () => {
    const node = OneNode.among(["a"], { suspicionMult: 100 });
    node.hear({ type: "suspect", node: "a", from: "b", incarnation: 1 }).quiet();
    node.passUntil("send-datagram", isPing);
    expect(node.sent("suspect")).toMatchObject([{ node: "a", from: "me", incarnation: 1, to: 1 }]);
  });

  test("what the kernel refuses to send is not waited for", () => {
    const { node } = probing(["a", "b"]);
    const { probe } = node.state;
    if (probe === undefined) throw new Error("no probe");
    node.take({ kind: "unreachable", to: endpointOf(9) });
    expect(node.effects).toEqual([]);
    node.take({ kind: "unreachable", to: probe.endpoint });
    expect(node.sent("indirect-ping")).toHaveLength(1);
    expect(node.take({ kind: "unreachable", to: probe.endpoint }).effects).toEqual([]);
  });
});

describe("Lifeguard: awareness (awareness.go, state.go)", () => {
  test("each helper that does not even say nack is our own fault", () => {
    const { node, sequence } = probing(["a", "b", "c", "d"]);
    node.pass(500);
    node.hear({ type: "nack", sequence }).pass(500);
    expect(node.state.awareness).toBe(2);
  });

  test("all helpers say nack: it is not us", () => {
    const { node, sequence } = probing(["a", "b", "c", "d"]);
    node.pass(500);
    const nack = { type: "nack", sequence } as const;
    node.hear(nack, nack, nack, nack).pass(500);
    expect(node.state.awareness).toBe(0);
  });

  test("helpers that know no nack prove nothing: one point", () => {
    const node = OneNode.among([]);
    const versions = protocolUpTo(3);
    node.hear(alive("a", 1, { versions }), alive("b", 2, { versions })).quiet();
    node.passUntil("send-datagram", isPing);
    node.pass(500);
    expect(node.sent("indirect-ping")).toMatchObject([{ nack: false }]);
    expect(node.pass(500).state.awareness).toBe(1);
  });

  test("the worse we are the longer a probe takes, but not its direct part", () => {
    const node = OneNode.among(["a", "b"]).quiet();
    node.state = { ...node.state, awareness: 2 };
    node.passUntil("send-datagram", isPing);
    const { probe } = node.state;
    expect([probe?.directUntil, probe?.deadline]).toEqual([node.now + 500, node.now + 3_000]);
    // The ticks that fall into it are left out.
    const before = node.now;
    node.pass(2_999);
    expect(node.sent("ping")).toEqual([]);
    node.passUntil("send-datagram", isPing);
    expect(node.now - before).toBe(3_000);
  });
});

describe("rule handlePing (net.go)", () => {
  const ping = { type: "ping", sequence: 77, node: "me" } as const;

  test("a ping is answered to its source, or where it wants the answer", () => {
    const node = OneNode.among([]).quiet();
    expect(node.hear(ping).sent("ack")).toEqual([{ ...ack(77), to: 9 }]);
    const replyTo = { ...endpointOf(4), node: "d" };
    expect(node.hear({ ...ping, replyTo }).sent("ack")).toEqual([{ ...ack(77), to: 4 }]);
  });

  test("anybody's ping is ours, another name's is not", () => {
    const node = OneNode.among([]).quiet();
    expect(node.hear({ ...ping, node: "" }).sent("ack")).toHaveLength(1);
    expect(node.hear({ ...ping, node: "you" }).effects).toEqual([]);
  });

  test("what spreads goes along, rule encodeAndSendMsg", () => {
    const node = OneNode.among(["a"]);
    const replyTo = { ...endpointOf(4), node: "d" };
    expect(node.hear({ ...ping, replyTo }).of("send-datagram")).toMatchObject([
      // The longer one first.
      { messages: [{ type: "ack" }, { type: "alive", node: "me" }, { type: "alive", node: "a" }] },
    ]);
  });
});

test("news is not used up on a peer watch, which does not say whom to answer", () => {
  const node = OneNode.among(["a"]);
  const ping = { type: "ping", sequence: 77, node: "me" } as const;
  for (let asked = 0; asked < 20; asked++) {
    expect(node.hear(ping).of("send-datagram")).toMatchObject([{ messages: [{ type: "ack" }] }]);
  }
});

describe("rule handleIndirectPing (net.go)", () => {
  const request = {
    type: "indirect-ping",
    sequence: 50,
    node: "x",
    target: endpointOf(3),
    nack: true,
    replyTo: { ...endpointOf(2), node: "b" },
  } as const;

  test("the target is pinged with a number of our own, and its ack passed on with theirs", () => {
    const node = OneNode.among([]).quiet().hear(request);
    const [ping] = node.sent("ping");
    expect(ping).toMatchObject({ to: 3, node: "x", sequence: 1 });
    expect(node.hear(ack(1)).sent("ack")).toEqual([{ ...ack(50), to: 2 }]);
    expect(node.hear(ack(1)).effects).toEqual([]);
  });

  test("no ack in time: a nack, for whoever reads one", () => {
    const node = OneNode.among([])
      .quiet()
      .hear(request, { ...request, sequence: 51, nack: false });
    node.pass(499);
    expect(node.sent("nack")).toEqual([]);
    expect(node.pass(1).sent("nack")).toEqual([{ type: "nack", sequence: 50, to: 2 }]);
    expect(node.hear(ack(1)).effects).toEqual([]);
  });

  test("who asks for too much is not served", () => {
    const node = OneNode.among([]).quiet();
    for (let index = 0; index < 600; index++) node.hear(request);
    expect(node.state.relays).toHaveLength(512);
  });
});

describe("a process that was stopped (beyond memberlist)", () => {
  test("gives a probe its time back, and blames itself", () => {
    const { node, sequence, victim } = probing(["a", "b"]);
    node.now += 5_000;
    node.take({ kind: "timer" });
    expect(node.transitions).toEqual(["me stalled"]);
    expect(node.state.awareness).toBe(1);
    node.hear(ack(sequence));
    expect(node.member(victim).state).toBe("alive");
    expect(node.state.probe?.sequence).not.toBe(sequence);
  });

  test("gives a suspect its time back", () => {
    const node = OneNode.among(["a", "b"]).hear({ type: "suspect", node: "a", from: "b", incarnation: 1 });
    node.answered = true;
    node.pass(3_000);
    node.now += 20_000;
    node.take({ kind: "timer" });
    expect(node.member("a").state).toBe("suspect");
    node.answered = false;
    node.pass(2_000);
    expect(node.member("a").state).toBe("dead");
  });

  test("is said once, however much has waited to be heard", () => {
    const { node } = probing(["a", "b"]);
    node.now += 5_000;
    const said: string[] = [];
    for (let waiting = 0; waiting < 30; waiting++) {
      said.push(...node.hear({ type: "ping", sequence: waiting, node: "me" }).transitions);
    }
    expect(said).toEqual(["me stalled"]);
  });

  test("a little late is not stopped", () => {
    const { node } = probing(["a", "b"]);
    node.now += 900;
    expect(node.take({ kind: "timer" }).transitions).toEqual([]);
  });
});
