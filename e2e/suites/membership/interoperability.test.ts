import { afterEach, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { command } from "../../topology/command.ts";
import { enterSandbox } from "../../topology/sandbox.ts";
import { describeRing, type NodeKind, Ring } from "./ring.ts";

const [KEY, OTHER_KEY] = ["11".repeat(32), "22".repeat(32)];
const BOTH_WAYS: readonly (readonly [NodeKind, NodeKind])[] = [
  ["ours", "genuine"],
  ["genuine", "ours"],
];

/** What our nodes put around a message for one node, so that theirs are told from those of others. */
const ENVELOPE = "Sy\u0001";

describeRing("our gossip and the genuine memberlist in one ring", () => {
  let ring = new Ring();
  afterEach(() => ring.end());

  test.each(BOTH_WAYS)(
    "%s joins %s: each knows the other's address, meta and state",
    async (joining, joined) => {
      ring = new Ring();
      const there = await ring.start(1, joined, { meta: "meta 1", state: "state 1" });
      const here = await ring.start(2, joining, { join: [1], meta: "meta 2", state: "state 2" });
      await ring.untilAllSee({ node1: "alive", node2: "alive" });
      expect(here.member("node1")).toEqual({
        name: "node1",
        ...there.endpoint,
        meta: "meta 1",
        state: "alive",
      });
      expect(there.member("node2")).toEqual({
        name: "node2",
        ...here.endpoint,
        meta: "meta 2",
        state: "alive",
      });
      await here.until("the state of node1", () => here.said("state").includes("state 1"));
      await there.until("the state of node2", () => there.said("state").includes("state 2"));
    },
  );

  test("IPv6", async () => {
    await enterSandbox();
    for (const number of [1, 2])
      await command("ip", ["addr", "replace", `fd77::${number}/128`, "dev", "lo", "nodad"]);
    ring = new Ring({ keys: [KEY] }, "fd77::");
    await ring.start(1, "genuine");
    const ours = await ring.start(2, "ours", { join: [1] });
    await ring.untilAllSee({ node1: "alive", node2: "alive" });
    expect(ours.member("node1")?.address).toBe("fd77::1");
  });

  test.each([
    ["compressed", {}],
    ["uncompressed", { compress: false }],
    ["labelled", { label: "blue" }],
    ["encrypted", { keys: [KEY] }],
    ["encrypted, labelled and uncompressed", { keys: [KEY], label: "blue", compress: false }],
  ])("%s: four nodes, their changes of meta, and messages by datagram and stream", async (_, settings) => {
    ring = new Ring(settings);
    const [a, b] = [await ring.start(1, "genuine"), await ring.start(2, "ours", { join: [1] })];
    const [c, d] = [
      await ring.start(3, "ours", { join: [1] }),
      await ring.start(4, "genuine", { join: [2] }),
    ];
    await ring.untilAllSee({ node1: "alive", node2: "alive", node3: "alive", node4: "alive" });

    b.tell({ do: "meta", text: "changed 2" });
    d.tell({ do: "meta", text: "changed 4" });
    for (const node of [a, b, c, d]) {
      await node.until("the new meta of node2", () => node.member("node2")?.meta === "changed 2");
      await node.until("the new meta of node4", () => node.member("node4")?.meta === "changed 4");
    }

    const long = "long ".repeat(3000);
    b.tell({ do: "send", to: "node1", text: "short" });
    b.tell({ do: "send", to: "node4", text: long });
    a.tell({ do: "send", to: "node2", text: `${ENVELOPE}short` });
    d.tell({ do: "send", to: "node3", text: `${ENVELOPE}${long}`, stream: true });
    await a.until("the short message", () => a.said("message").includes(`${ENVELOPE}short`));
    await d.until("the long message", () => d.said("message").includes(`${ENVELOPE}${long}`));
    await b.until("the short message", () => b.said("message").includes("short"));
    await c.until("the long message", () => c.said("message").includes(long));

    c.tell({ do: "broadcast", text: "to everybody" });
    await b.until("the broadcast", () => b.said("message").includes("to everybody"));
    await a.until("the broadcast", () => a.said("message").some((text) => text.endsWith("to everybody")));
  });

  test.each(BOTH_WAYS)(
    "%s notices that %s is killed: suspected first, then dead",
    async (watching, killed) => {
      ring = new Ring();
      const there = await ring.start(1, killed);
      const here = await ring.start(2, watching, { join: [1] });
      await ring.untilAllSee({ node1: "alive", node2: "alive" });
      await there.kill();
      await here.until("node1 to be dead", () => here.statesOf("node1").includes("dead"));
      expect(here.statesOf("node1").filter((state) => state !== "unknown")).toEqual([
        "alive",
        "suspect",
        "dead",
      ]);
    },
  );

  test.each(BOTH_WAYS)("%s is told that %s leaves, and sees it come back", async (staying, leaving) => {
    ring = new Ring();
    const here = await ring.start(1, staying);
    const there = await ring.start(2, leaving, { join: [1], meta: "first" });
    await ring.untilAllSee({ node1: "alive", node2: "alive" });
    there.tell({ do: "leave" });
    await there.until("the goodbye", () => there.program.lines.some((line) => line["is"] === "left"));
    await here.until("node2 to have left", () => here.member("node2")?.state === "left");
    there.tell({ do: "stop" });
    await there.program.stop();
    expect(here.statesOf("node2").filter((state) => state !== "unknown")).toEqual(["alive", "left"]);
    await ring.start(2, leaving, { join: [1], meta: "second" });
    await here.until("node2 to be back", () => here.member("node2")?.state === "alive");
    await here.until("its new meta", () => here.member("node2")?.meta === "second");
  });

  test("a node that is stopped for a while is suspected, refutes, and is never taken for dead for long", async () => {
    ring = new Ring();
    const [a, b, c] = [
      await ring.start(1, "genuine"),
      await ring.start(2, "ours", { join: [1] }),
      await ring.start(3, "genuine", { join: [1] }),
    ];
    await ring.untilAllSee({ node1: "alive", node2: "alive", node3: "alive" });
    for (const stopped of [b, c]) {
      process.kill(stopped.program.pid, "SIGSTOP");
      await a.until(`${stopped.name} to be suspected`, () => a.statesOf(stopped.name).includes("suspect"));
      process.kill(stopped.program.pid, "SIGCONT");
      await ring.untilAllSee({ node1: "alive", node2: "alive", node3: "alive" });
    }
  });

  test.each(BOTH_WAYS)("another key: %s does not get into the ring of %s", async (joining, joined) => {
    ring = new Ring();
    const there = await ring.start(1, joined, { keys: [KEY] });
    const stranger = await ring.start(2, joining, { keys: [OTHER_KEY], join: joining === "ours" ? [1] : [] });
    stranger.tell({ do: "join", peers: [ring.endpoint(1)] });
    const friend = await ring.start(3, joining, { keys: [KEY], join: [1] });
    await ring.untilAllSee({ node1: "alive", node3: "alive" }, { among: [there, friend] });
    expect(stranger.table()).toEqual({ node2: "alive" });
    expect(there.statesOf("node2")).toEqual(["unknown"]);
  });

  test("no key where there is one, another label, or none, keeps out as well", async () => {
    ring = new Ring({ label: "blue", keys: [KEY] });
    const there = await ring.start(1, "genuine");
    const strangers = [
      await ring.start(2, "ours", { join: [1], keys: [] }),
      await ring.start(3, "ours", { join: [1], label: "grey" }),
      await ring.start(4, "ours", { join: [1], label: "" }),
    ];
    const friend = await ring.start(5, "ours", { join: [1] });
    await ring.untilAllSee({ node1: "alive", node5: "alive" }, { among: [there, friend] });
    for (const stranger of strangers) expect(Object.keys(stranger.table())).toEqual([stranger.name]);
  });

  test("the key is changed one node after the other, and the ring never notices", async () => {
    ring = new Ring({ keys: [KEY] });
    const nodes = [
      await ring.start(1, "genuine"),
      await ring.start(2, "ours", { join: [1] }),
      await ring.start(3, "ours", { join: [1] }),
    ];
    await ring.untilAllSee({ node1: "alive", node2: "alive", node3: "alive" });
    for (const keys of [[KEY, OTHER_KEY], [OTHER_KEY, KEY], [OTHER_KEY]]) {
      for (const node of nodes) {
        node.tell({ do: "keys", keys });
        node.tell({ do: "meta", text: `${node.name} ${keys.join()}` });
        for (const other of nodes)
          await other.until(
            `the meta of ${node.name}`,
            () => other.member(node.name)?.meta === `${node.name} ${keys.join()}`,
          );
      }
    }
    for (const node of nodes)
      for (const other of nodes) expect([other.name, ...node.statesOf(other.name)]).not.toContain("dead");
    await ring.start(4, "ours", { keys: [OTHER_KEY], join: [1] });
    await ring.untilAllSee({ node1: "alive", node2: "alive", node3: "alive", node4: "alive" });
  });

  test("where no datagram gets through, pings over streams keep both alive; without them both are lost", async () => {
    ring = new Ring();
    const [genuine, ours] = [await ring.start(1, "genuine"), await ring.start(2, "ours", { join: [1] })];
    await ring.untilAllSee({ node1: "alive", node2: "alive" });
    await dropDatagrams(ring.endpoint(1));
    try {
      // Long enough for many pings: without an answer a node would be suspected within 400 ms and dead a second later.
      await pause(4000);
      expect(ours.statesOf("node1")).not.toContain("dead");
      expect(genuine.statesOf("node2")).not.toContain("dead");
      expect(ours.program.transcript()).toContain("stream-only");
    } finally {
      await letDatagramsThrough();
    }
    await ring.end();

    ring = new Ring({ tcpPings: false });
    const pair = [await ring.start(1, "genuine"), await ring.start(2, "ours", { join: [1] })];
    await ring.untilAllSee({ node1: "alive", node2: "alive" });
    await dropDatagrams(ring.endpoint(1));
    try {
      for (const [index, node] of pair.entries())
        await node.until("the other to be lost", () => node.statesOf(`node${2 - index}`).includes("dead"));
    } finally {
      await letDatagramsThrough();
    }
    await ring.untilAllSee({ node1: "alive", node2: "alive" }, { withinMillis: 30_000 });
  });
});

async function dropDatagrams(endpoint: string): Promise<void> {
  const port = endpoint.slice(endpoint.lastIndexOf(":") + 1);
  const rules = `table inet gossip { chain input { type filter hook input priority 0; udp dport ${port} drop; }; }`;
  await command("nft", ["-f", "-"], { input: rules });
}

async function letDatagramsThrough(): Promise<void> {
  await command("nft", ["delete", "table", "inet", "gossip"]);
}
