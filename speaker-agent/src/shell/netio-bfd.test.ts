import { beforeEach, describe, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { link } from "../core/interfaces/testing/links.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { type BfdChange, type BfdPeer } from "../ports/router-watch.ts";
import { NetioBfd } from "./netio-bfd.ts";
import { ScriptedBfdSockets } from "./testing/scripted-bfd-sockets.ts";

const ROUTER = "10.0.0.254";

const profile: BfdPeer["profile"] = {
  name: "fast",
  receiveIntervalMs: 50,
  transmitIntervalMs: 50,
  detectMultiplier: 3,
  echoIntervalMs: 50,
  echoMode: false,
  passiveMode: false,
  minimumTtl: 254,
};

function peer(remote = ROUTER, change: Partial<BfdPeer> = {}): BfdPeer {
  return {
    key: remote,
    remote: ip(remote),
    local: undefined,
    interface: undefined,
    device: undefined,
    multiHop: false,
    profile,
    ...change,
  };
}

let clock: ManualClock;
let sockets: ScriptedBfdSockets;
let log: RecordingLog;
let changes: BfdChange[];
let busy: boolean[];
let bfd: NetioBfd;
/** What has waited in the sockets is read before. */
let afterReading: (() => void)[];

beforeEach(() => {
  clock = new ManualClock();
  sockets = new ScriptedBfdSockets();
  log = new RecordingLog();
  changes = [];
  busy = [];
  afterReading = [];
  bfd = new NetioBfd({
    sockets,
    clock,
    random: seededRandom(7),
    log,
    afterReading: (run) => afterReading.push(run),
    onChange: (change) => changes.push(change),
    onReport: () => undefined,
    onBusy: (one) => busy.push(one),
  });
  bfd.updateLinks([link("eth0", 2), link("eth1", 3)]);
});

function judge(): void {
  for (const run of afterReading.splice(0)) run();
}

function pass(millis: number): void {
  for (let passed = 0; passed < millis; passed += 10) {
    clock.advance(10);
    judge();
  }
}

/** The router answers as one that hears us. */
function comeUp(from = ROUTER, how: Parameters<ScriptedBfdSockets["deliver"]>[2] = {}): void {
  const yourDiscriminator = sockets.discriminatorTowards(from);
  sockets.deliver(from, { state: "init", yourDiscriminator }, how);
  sockets.deliver(from, { state: "up", yourDiscriminator, final: true }, how);
}

const stateOf = (key = ROUTER) => bfd.report().find((report) => report.key === key)?.state;

describe("whose packet it is (RFC 5880, section 6.3)", () => {
  test("by address while the router does not know us, by discriminator from then on", () => {
    bfd.watch([peer("10.0.0.253"), peer()]);
    sockets.deliver(ROUTER, {});
    expect([stateOf("10.0.0.253"), stateOf()]).toEqual(["down", "init"]);
    comeUp();
    expect([stateOf("10.0.0.253"), stateOf()]).toEqual(["down", "up"]);
  });

  test.each([
    ["another discriminator", { yourDiscriminator: 1 }, {}],
    ["another address, with our discriminator", {}, { remote: ip("10.0.0.253") }],
    ["another address of this host", {}, { local: ip("10.0.0.2") }],
    ["another interface", {}, { interfaceIndex: 3 }],
    ["more hops", {}, { kind: "multi-hop" }],
  ])("%s: nobody's", (_name, change, how) => {
    bfd.watch([
      peer(ROUTER, { local: ip("10.0.0.1"), interface: "eth0" }),
      peer("10.9.9.9", { multiHop: true }),
    ]);
    const yourDiscriminator = sockets.discriminatorTowards(ROUTER);
    sockets.deliver(ROUTER, { state: "init", yourDiscriminator, ...change }, how);
    expect(stateOf()).toBe("down");
    sockets.deliver(ROUTER, { state: "init", yourDiscriminator });
    expect(stateOf()).toBe("up");
  });

  test("one router behind two interfaces and in a VRF has sessions of its own", () => {
    bfd.watch([
      peer("fe80::ff", { key: "a", interface: "eth0" }),
      peer("fe80::ff", { key: "b", interface: "eth1" }),
      peer("fe80::ff", { key: "c", interface: "eth1", device: "red" }),
    ]);
    sockets.deliver("fe80::ff", {}, { interfaceIndex: 3 });
    expect(["a", "b", "c"].map(stateOf)).toEqual(["down", "init", "down"]);
    sockets.deliver("fe80::ff", {}, { interfaceIndex: 3, device: "red" });
    expect(["a", "b", "c"].map(stateOf)).toEqual(["down", "init", "init"]);
  });

  test("over several hops only from the TTL that the profile demands (RFC 5883, section 3)", () => {
    bfd.watch([peer(ROUTER, { multiHop: true })]);
    sockets.deliver(ROUTER, {}, { kind: "multi-hop", ttl: 253 });
    expect(stateOf()).toBe("down");
    expect(bfd.report()[0]?.because).toContain(
      "its packets arrive with TTL 253, and the profile takes none below 254",
    );
    bfd.watch([peer(ROUTER, { multiHop: true, profile: { ...profile, minimumTtl: 253 } })]);
    sockets.deliver(ROUTER, {}, { kind: "multi-hop", ttl: 253 });
    expect(stateOf()).toBe("init");
  });
});

describe("the sessions", () => {
  test("tell of up and down at once, with their counters", () => {
    bfd.watch([peer()]);
    comeUp();
    expect(changes).toMatchObject([{ key: ROUTER, state: "up", wasUp: true }]);
    pass(1000);
    expect(changes).toMatchObject([{ state: "up" }, { state: "down", wasUp: true }]);
    // Three times what the router wants, which is more than what we do.
    expect(changes[1]?.because).toContain("900 ms");
    expect(bfd.report()).toMatchObject([{ state: "down", counters: { controlInput: 2, ups: 1, downs: 1 } }]);
    expect(bfd.report()[0]?.counters.controlOutput).toBe(sockets.sent.length);
  });

  test("judge a silence after everything has been read that had arrived", () => {
    bfd.watch([peer()]);
    comeUp();
    // The thread stands still for longer than the detection time.
    clock.advance(5000);
    sockets.deliver(ROUTER, { state: "up", yourDiscriminator: sockets.discriminatorTowards(ROUTER) });
    judge();
    expect(stateOf()).toBe("up");
  });

  test("take a new profile without going down", () => {
    bfd.watch([peer()]);
    comeUp();
    bfd.watch([peer(ROUTER, { profile: { ...profile, transmitIntervalMs: 400, receiveIntervalMs: 20 } })]);
    expect(sockets.sent.at(-1)?.packet).toMatchObject({ poll: true, desiredMinTx: 400_000, state: "up" });
    expect(changes.length).toBe(1);
  });

  test("say AdminDown when they are not wanted any more, and are then gone", () => {
    bfd.watch([peer()]);
    comeUp();
    bfd.watch([]);
    expect(bfd.report()).toEqual([]);
    expect(sockets.sent.at(-1)?.packet).toMatchObject({ state: "admin-down", diagnostic: 7 });
    expect(sockets.listeners.size).toBe(1);
    pass(2000);
    expect([sockets.listeners.size, sockets.senders.size]).toEqual([0, 0]);
    expect(changes.length).toBe(1);
  });

  test("begin anew at another place, and when they are wanted again", () => {
    bfd.watch([peer()]);
    const first = sockets.discriminatorTowards(ROUTER);
    comeUp();
    bfd.watch([peer(ROUTER, { local: ip("10.0.0.1") })]);
    const second = sockets.discriminatorTowards(ROUTER);
    expect(second).not.toBe(first);
    expect(stateOf()).toBe("down");
    comeUp();
    bfd.watch([]);
    bfd.watch([peer(ROUTER, { local: ip("10.0.0.1") })]);
    const before = sockets.sent.length;
    pass(5000);
    expect(sockets.sent.slice(before).filter(({ packet }) => packet.state === "admin-down")).toEqual([]);
  });

  test("all say AdminDown when the worker stops", () => {
    bfd.watch([peer(), peer("10.0.0.253")]);
    comeUp();
    bfd.stop();
    expect(sockets.sent.slice(-2).map(({ packet }) => packet.state)).toEqual(["admin-down", "admin-down"]);
    expect([sockets.listeners.size, sockets.senders.size]).toEqual([0, 0]);
    clock.advance(10_000);
    judge();
  });

  test("make the thread matter while there are any", () => {
    bfd.watch([]);
    bfd.watch([peer()]);
    bfd.watch([peer(), peer("10.0.0.253")]);
    bfd.watch([]);
    expect(busy).toEqual([true, false]);
  });
});

describe("what the kernel refuses", () => {
  test("a port that is taken: said, and tried again", () => {
    sockets.refuses = { listen: "EADDRINUSE" };
    bfd.watch([peer()]);
    expect(bfd.report()[0]?.because).toContain("this node cannot listen for BFD: listen EADDRINUSE");
    pass(10_000);
    expect(log.entries.filter(({ level }) => level === "warn").length).toBe(1);
    sockets.refuses = {};
    pass(2000);
    comeUp();
    expect(stateOf()).toBe("up");
  });

  test("an interface that is missing: said, and tried once a second", () => {
    sockets.refuses = { open: "ENODEV" };
    bfd.watch([peer("fe80::ff", { interface: "eth9" })]);
    pass(10_000);
    expect(sockets.opened).toBeLessThan(14);
    expect(bfd.report()[0]?.because).toContain("no socket can be opened towards it: open ENODEV");
    sockets.refuses = {};
    bfd.updateLinks([link("eth9", 9)]);
    pass(2000);
    expect(sockets.sent.length).toBeGreaterThan(0);
    expect(bfd.report()[0]?.because).not.toContain("ENODEV");
  });

  test("an interface that was made anew: another socket", () => {
    bfd.watch([peer(ROUTER, { interface: "eth0" })]);
    bfd.updateLinks([link("eth0", 20)]);
    expect(sockets.senders.size).toBe(0);
    pass(1000);
    expect([sockets.senders.size, sockets.opened]).toEqual([1, 2]);
  });

  test("a VRF that was made anew: other sockets, to send and to listen", () => {
    bfd.updateLinks([link("red", 7)]);
    bfd.watch([peer(ROUTER, { device: "red" })]);
    const [before] = sockets.listeners.keys();
    bfd.updateLinks([link("red", 7), link("pod", 8)]);
    expect([...sockets.listeners.keys()][0]).toBe(before);
    expect(sockets.senders.size).toBe(1);
    bfd.updateLinks([link("red", 9)]);
    expect(sockets.senders.size).toBe(0);
    const [after, ...more] = sockets.listeners.keys();
    expect([after === before, more]).toEqual([false, []]);
    pass(1000);
    expect([sockets.senders.size, sockets.opened]).toEqual([1, 2]);
    comeUp(ROUTER, { device: "red" });
    expect(bfd.report()[0]?.state).toBe("up");
  });

  test("a packet: said until one goes out again", () => {
    sockets.refuses = { send: "ENETUNREACH" };
    bfd.watch([peer()]);
    expect(bfd.report()[0]).toMatchObject({ counters: { controlOutput: 0 } });
    expect(bfd.report()[0]?.because).toContain("packets to it cannot be sent: send ENETUNREACH");
    sockets.refuses = {};
    pass(1000);
    expect(bfd.report()[0]?.because).not.toContain("ENETUNREACH");
  });
});

describe("echo", () => {
  const echoing = { ...profile, echoMode: true };

  test("goes to where the router's packets come from, and back to the session", () => {
    sockets.returnsEcho = true;
    bfd.watch([peer(ROUTER, { profile: echoing })]);
    comeUp();
    pass(100);
    expect([...sockets.echoes.keys()]).toMatchObject([{ interfaceIndex: 2, local: ip("10.0.0.1") }]);
    const { echoInput, echoOutput } = bfd.report()[0]?.counters ?? {};
    expect(echoOutput).toBe(sockets.echoesSent);
    expect(echoInput).toBe(echoOutput);
    expect(sockets.sent.at(-1)?.packet).toMatchObject({ requiredMinRx: 1_000_000 });
  });

  test.each([
    ["IPv6", peer("fe80::ff", { profile: echoing })],
    ["multihop", peer(ROUTER, { profile: echoing, multiHop: true })],
  ])("is not for %s", (_name, one) => {
    bfd.watch([one]);
    expect(sockets.sent[0]?.packet.requiredMinEchoRx).toBe(0);
  });
});
