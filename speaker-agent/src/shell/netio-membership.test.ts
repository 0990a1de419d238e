import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { formatIpAddress, ipAddress } from "@steelyard/model/address";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryIpNetwork, type MemoryIpHost } from "../adapters/memory/memory-ip-network.ts";
import { lanTuning } from "../core/machines/membership/tuning.ts";
import { type MemberView } from "../core/machines/membership/types.ts";
import { testCipher } from "../core/wire/gossip/testing/envelopes.ts";
import { decodeUtf8, encodeUtf8 } from "../core/wire/utf8.ts";
import { NetioMembership, type NetioMembershipConfig } from "./netio-membership.ts";

const PORT = 7946;
const [OLD, NEW] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

/** A node of the ring and everything its membership has told. */
interface Node {
  readonly membership: NetioMembership;
  readonly host: MemoryIpHost;
  readonly log: RecordingLog;
  readonly members: () => readonly string[];
  readonly metaOf: (name: string) => string | undefined;
  readonly messages: string[];
  readonly states: string[];
  readonly synced: string[];
}

let clock: ManualClock;
let network: MemoryIpNetwork;
let nodes: Node[];

beforeEach(() => {
  clock = new ManualClock();
  network = new MemoryIpNetwork({ clock, random: seededRandom(1) });
  nodes = [];
});
afterEach(() => {
  for (const { membership } of nodes) membership.stop();
});

const endpoints = [1n, 2n, 3n, 4n].map((number) => ({
  address: ipAddress("IPv4", 0x0a00_0000n + number),
  port: PORT,
}));
const addressOf = (number: number) => endpoints[number - 1] ?? { address: ipAddress("IPv4", 0n), port: PORT };

async function startNode(
  number: number,
  { keys = [], ...changes }: Partial<NetioMembershipConfig> & { readonly keys?: readonly Uint8Array[] } = {},
): Promise<Node> {
  const name = `node${number}`;
  const host = network.host(addressOf(number).address);
  const log = new RecordingLog();
  let table: readonly MemberView[] = [];
  const [messages, states, synced]: [string[], string[], string[]] = [[], [], []];
  const membership = new NetioMembership(
    { nodeName: name, endpoint: addressOf(number), tuning: lanTuning, ...changes },
    {
      datagramSockets: host.datagrams,
      streamConnections: host.streams,
      cipher: testCipher(Array.from({ length: 10_000 }, (_, index) => nonce(number, index))),
      clock,
      random: seededRandom(number),
      log,
      userState: () => encodeUtf8(`state of ${name}`),
      onMembers: (members) => (table = members),
      onUserMessage: (payload) => messages.push(decodeUtf8(payload) ?? "?"),
      onUserState: (payload) => states.push(decodeUtf8(payload) ?? "?"),
      onSynced: (how) => synced.push(how),
    },
  );
  membership.start(encodeUtf8(`meta of ${name}`));
  membership.configure({ keys, peers: endpoints });
  const node: Node = {
    membership,
    host,
    log,
    members: () => table.map(({ name: member, state }) => `${member} ${state}`),
    metaOf: (member) => decodeUtf8(table.find((row) => row.name === member)?.meta ?? new Uint8Array()),
    messages,
    states,
    synced,
  };
  nodes.push(node);
  await pass(10);
  return node;
}

/** Sockets are opened by promises, which the manual clock knows nothing of. */
async function pass(millis: number): Promise<void> {
  for (let left = millis; left > 0; left -= 10) {
    clock.advance(Math.min(left, 10));
    await Promise.resolve();
    await Promise.resolve();
  }
}

const all = (...states: readonly string[]) => states.map((state, index) => `node${index + 1} ${state}`);

describe("a ring of drivers on a simulated network", () => {
  test.each([
    ["plain and compressed", {}],
    ["neither encrypted nor compressed", { tuning: { ...lanTuning, enableCompression: false } }],
    ["encrypted", { keys: [OLD] }],
    ["encrypted and labelled", { keys: [OLD], label: encodeUtf8("blue") }],
  ])("%s: everybody knows everybody, with meta, state and messages", async (_, options) => {
    const [a, b, c] = [await startNode(1, options), await startNode(2, options), await startNode(3, options)];
    await pass(3000);
    for (const node of [a, b, c]) {
      expect(node.members()).toEqual(all("alive", "alive", "alive"));
      expect(node.metaOf("node2")).toBe("meta of node2");
      expect(node.synced.at(-1)).toBe("with-peers");
    }
    expect(a.states).toContain("state of node2");
    b.membership.broadcast("greeting", encodeUtf8("hello all"));
    b.membership.send("node3", encodeUtf8("hello node3"));
    b.membership.send("node1", encodeUtf8("long".repeat(2000)));
    b.membership.setMeta(encodeUtf8("new meta"));
    await pass(1000);
    expect(a.messages.sort()).toEqual(["hello all", "long".repeat(2000)]);
    expect(c.messages.sort()).toEqual(["hello all", "hello node3"]);
    expect([a.metaOf("node2"), c.metaOf("node2")]).toEqual(["new meta", "new meta"]);
  });

  test("a node that is cut off is found dead, one that leaves has left", async () => {
    const [a, b, c] = [await startNode(1), await startNode(2), await startNode(3)];
    await pass(3000);
    c.host.setUp(false);
    await pass(25_000);
    expect(a.members()).toEqual(all("alive", "alive", "dead"));
    const leaving = [b.membership.leave(), b.membership.leave()];
    await pass(1000);
    await Promise.all(leaving);
    expect(a.members()).toEqual(all("alive", "left", "dead"));
  });

  test("another key is another ring, which is said; and a ring changes its key one node after the other", async () => {
    const [a, b] = [await startNode(1, { keys: [OLD] }), await startNode(2, { keys: [NEW] })];
    await pass(10_000);
    expect(a.members()).toEqual(["node1 alive"]);
    expect(b.log.entries.filter(({ message }) => message.includes("could not be read"))).toMatchObject([
      { level: "warn", fields: { from: "10.0.0.1", because: "no key of ours opens it" } },
    ]);
    const peers = endpoints;
    a.membership.configure({ keys: [OLD, NEW], peers });
    b.membership.configure({ keys: [NEW, OLD], peers });
    // Who could not be joined is tried less and less often, once a minute in the end.
    await pass(60_000);
    expect([a.members(), b.members()]).toEqual([all("alive", "alive"), all("alive", "alive")]);
    for (const keys of [[NEW, OLD], [NEW]]) {
      a.membership.configure({ keys, peers });
      await pass(10_000);
      expect([a.members(), b.members()]).toEqual([all("alive", "alive"), all("alive", "alive")]);
    }
    const c = await startNode(3, { keys: [NEW] });
    await pass(5000);
    expect(c.members()).toEqual(all("alive", "alive", "alive"));
  });

  test("nothing is said before the keys are known", async () => {
    const sent: string[] = [];
    network.setPaths((from) => {
      sent.push(formatIpAddress(from));
      return {};
    });
    const host = network.host(addressOf(1).address);
    const deps = {
      datagramSockets: host.datagrams,
      streamConnections: host.streams,
      cipher: testCipher(),
      clock,
      random: seededRandom(1),
      log: new RecordingLog(),
      userState: () => new Uint8Array(),
      onMembers: () => undefined,
      onUserMessage: () => undefined,
      onUserState: () => undefined,
      onSynced: () => undefined,
    };
    const node = new NetioMembership({ nodeName: "node1", endpoint: addressOf(1), tuning: lanTuning }, deps);
    node.start(new Uint8Array());
    await pass(1000);
    expect(sent).toEqual([]);
    node.configure({ keys: [OLD], peers: endpoints });
    await pass(1000);
    expect(sent.length).toBeGreaterThan(0);
    node.stop();
  });

  test("a port that is taken is tried again, and the node joins when it is free", async () => {
    const a = await startNode(1);
    const host = network.host(addressOf(2).address);
    const events = { onDatagram: () => undefined, onSendFailed: () => undefined };
    const squatter = await host.datagrams.bind(addressOf(2), events);
    network.host = () => host;
    const b = await startNode(2);
    await pass(3000);
    expect(b.members()).toEqual([]);
    expect(b.log.entries).toMatchObject([
      { level: "warn" },
      { level: "warn" },
      { level: "warn" },
      { level: "warn" },
    ]);
    if (squatter.ok) squatter.value.close();
    await pass(10_000);
    expect(a.members()).toEqual(all("alive", "alive"));
  });

  test("who asks a member from a socket of his own hears its ack alone: news told there would be used up", async () => {
    const [a, b] = [await startNode(1, { keys: [OLD] }), await startNode(2, { keys: [OLD] })];
    await pass(3000);
    const answers: unknown[] = [];
    const socket = a.host.datagrams.connect(addressOf(2), {
      onDatagram: (bytes) => answers.push(...a.membership.hear(bytes, addressOf(2))),
      onError: () => undefined,
    });
    b.membership.setMeta(encodeUtf8("fresh"));
    socket.send(a.membership.seal({ type: "ping", sequence: 7, node: "node2" }));
    await pass(10);
    expect(answers).toEqual([{ type: "ack", sequence: 7, payload: new Uint8Array() }]);
    await pass(1000);
    expect(a.metaOf("node2")).toBe("fresh");
  });

  test("garbage on port and stream is dropped, whoever connects is told why, and the ring goes on", async () => {
    const [a, b] = [await startNode(1, { keys: [OLD] }), await startNode(2, { keys: [OLD] })];
    await pass(3000);
    const stranger = network.host(addressOf(4).address);
    const bound = await stranger.datagrams.bind(addressOf(4), {
      onDatagram: () => undefined,
      onSendFailed: () => undefined,
    });
    const said: Uint8Array[] = [];
    const closed: unknown[] = [];
    for (let count = 0; count < 100; count++) {
      if (bound.ok) bound.value.send(Uint8Array.of(count, 1, 2, 3), addressOf(1));
    }
    const stream = stranger.streams.connect(addressOf(1), {
      onConnected: () => undefined,
      onData: (bytes) => said.push(bytes),
      onClosed: (error) => closed.push(error),
    });
    stream.send(Uint8Array.of(6, 1, 2, 3));
    await pass(100);
    expect([said.length, closed]).toEqual([1, [undefined]]);
    expect(a.log.entries.filter(({ level }) => level === "warn")).toHaveLength(1);
    await pass(10_000);
    expect(b.members()).toEqual(all("alive", "alive"));
  });
});

function nonce(node: number, index: number): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(0, node);
  new DataView(bytes.buffer).setUint32(4, index);
  return bytes;
}
