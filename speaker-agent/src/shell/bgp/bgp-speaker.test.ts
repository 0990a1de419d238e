import { describe, expect, test } from "@jest/globals";
import { type BfdProfile } from "@steelyard/model/config";
import { ip } from "../../core/wire/testing/ip.ts";
import { SpeakerLab } from "./testing/speaker-lab.ts";

const profile: BfdProfile = {
  name: "fast",
  receiveIntervalMs: 50,
  transmitIntervalMs: 50,
  detectMultiplier: 3,
  echoIntervalMs: 50,
  echoMode: false,
  passiveMode: false,
  minimumTtl: 254,
};

describe("a session", () => {
  test("comes up, and carries what is announced, its changes and its end", async () => {
    const lab = await new SpeakerLab().start();
    expect(lab.node.state).toBe("established");
    lab.node.announce("198.51.100.1/32", "198.51.100.2/32");
    await lab.pass(0);
    expect(lab.received).toBe(2);
    lab.node.announce("198.51.100.2/32");
    await lab.pass(0);
    expect(lab.received).toBe(1);
    expect(lab.node.peer().rib).toMatchObject({ advertised: 1, pending: 0, unsendable: [] });
    expect(lab.node.log.at("info")).toEqual(["BGP peer added", "BGP session established"]);
  });

  test("of a thousand routes all arrive, whatever the kernel takes at once", async () => {
    const lab = await new SpeakerLab().start();
    const routes = Array.from({ length: 3000 }, (_, index) => `198.18.${index >> 8}.${index & 255}/32`);
    lab.node.announce(...routes);
    await lab.pass(100);
    expect(lab.received).toBe(3000);
  });

  test("is not begun before the first look at the cluster", async () => {
    const lab = new SpeakerLab();
    await lab.pass(10_000);
    expect(lab.node.speaker.status).toEqual([]);
    expect(lab.node.routers.watches).toEqual([]);
  });

  test("ends with its peer, which the router is told", async () => {
    const lab = await new SpeakerLab().start();
    lab.node.configure();
    await lab.pass(100);
    expect(lab.node.speaker.status).toEqual([]);
    expect(lab.router.peer().session.lastError).toContain("does not name this node any more");
  });

  test("that we end ourselves is no failure: what failed long ago is not told again", async () => {
    const lab = new SpeakerLab();
    lab.node.configure({});
    await lab.pass(15_000);
    expect(lab.node.log.at("warn")).toEqual(["no BGP session with the router"]);
    lab.configureRouter({});
    await lab.pass(40_000);
    expect(lab.node.state).toBe("established");
    lab.node.configure({ routerId: ip("192.0.2.99") });
    expect(lab.node.peer().session).toMatchObject({ lastError: "the configuration has changed" });
    await lab.pass(40_000);
    expect(lab.node.state).toBe("established");
    lab.node.configure();
    await lab.pass(100);
    expect(lab.node.log.at("warn")).toHaveLength(1);
  });

  test("a router that listens on the other side only is let in by --bgp-listen", async () => {
    const lab = new SpeakerLab({ listen: [{ address: ip("192.0.2.10"), port: 179 }] });
    lab.node.configure({ port: 1790 });
    lab.configureRouter({});
    await lab.pass(10_000);
    expect(lab.node.state).toBe("established");
    expect(lab.node.peer().session.negotiated?.peerAsn).toBe(65_010);
  });
});

describe("passwords", () => {
  const secret = (password: string) => ({ type: "kubernetes.io/basic-auth", password });
  const fromSecret = { password: { from: "secret", name: "pw" } } as const;

  test("from a Secret: nothing is dialled before it is there, and at once when it is", async () => {
    const lab = await new SpeakerLab().start(fromSecret, { password: { from: "spec", text: "one" } });
    expect(lab.node.watchedSecrets).toEqual(["pw"]);
    expect(lab.node.peer()).toMatchObject({
      refusal: undefined,
      session: { state: "idle", lastError: "its Secret pw has not been read yet", counters: { dials: 0 } },
    });
    lab.node.store(new Map([["pw", undefined]]));
    expect(lab.node.peer().refusal).toBe("its Secret pw does not exist");
    expect(lab.node.speaker.problems).toHaveLength(1);
    lab.node.store(new Map([["pw", secret("one")]]));
    await lab.pass(100);
    expect(lab.node.state).toBe("established");
    expect(lab.node.speaker.problems).toEqual([]);
  });

  test("change on the standing session", async () => {
    const lab = await new SpeakerLab().start(fromSecret, { password: { from: "spec", text: "one" } });
    lab.node.store(new Map([["pw", secret("one")]]));
    await lab.pass(100);
    lab.node.store(new Map([["pw", secret("two")]]));
    lab.configureRouter({ password: { from: "spec", text: "two" } });
    lab.node.announce("198.51.100.1/32");
    await lab.pass(300_000);
    expect(lab.received).toBe(1);
    expect(lab.node.peer().session.counters.flaps).toBe(0);
  });

  test("a peer that cannot be honoured does not hold up the others", async () => {
    const lab = new SpeakerLab();
    lab.configureRouter({});
    lab.node.configure({}, { name: "broken", password: { from: "spec", text: "x".repeat(81) } });
    await lab.pass(3000);
    expect(lab.node.state).toBe("established");
    expect(lab.node.peer("broken").refusal).toMatch(/longer than the 80 bytes/);
  });
});

describe("BFD", () => {
  const key = "192.0.2.1";

  test("down ends the session at once, and it comes back with BFD", async () => {
    const lab = await new SpeakerLab().start({ bfd: profile }, { bfd: undefined });
    expect(lab.node.routers.watches.at(-1)?.bfd).toMatchObject([{ key, multiHop: false }]);
    expect(lab.node.state).toBe("established");
    lab.node.routers.tellBfd(key, "up", true);
    lab.node.routers.tellBfd(key, "down", true);
    expect(lab.node.state).not.toBe("established");
    expect(lab.node.peer().session.lastError).toMatch(/BFD/);
    await lab.pass(20_000);
    expect(lab.node.state).not.toBe("established");
    lab.node.routers.tellBfd(key, "up", true);
    await lab.pass(10_000);
    expect(lab.node.state).toBe("established");
  });

  test("the worker's restart ends nothing, and a profile that changes neither", async () => {
    const lab = await new SpeakerLab().start({ bfd: profile }, { bfd: undefined });
    lab.node.routers.tellBfd(key, "up", true);
    lab.node.routers.fail();
    lab.node.routers.tellBfd(key, "down", false);
    lab.node.configure({ bfd: { ...profile, transmitIntervalMs: 100 } });
    await lab.pass(20_000);
    expect(lab.node.peer().session).toMatchObject({ state: "established", counters: { flaps: 0 } });
    expect(lab.node.routers.watches.at(-1)?.bfd[0]?.profile.transmitIntervalMs).toBe(100);
  });

  test("two peers with one router share it", () => {
    const lab = new SpeakerLab();
    lab.node.configure({ bfd: profile }, { name: "second", port: 1790, bfd: profile });
    expect(lab.node.routers.watches.at(-1)?.bfd).toHaveLength(1);
  });
});

describe("unnumbered", () => {
  const onEth0 = { endpoint: { by: "interface", interface: "eth0" } } as const;

  test("waits for the router, says so, and dials it as soon as it is found", async () => {
    const lab = new SpeakerLab();
    lab.configureRouter({});
    lab.node.configure(onEth0);
    await lab.pass(5000);
    expect(lab.node.routers.watches.at(-1)).toEqual({ bfd: [], discover: ["eth0"] });
    expect(lab.node.peer()).toMatchObject({
      router: "interface eth0",
      refusal: undefined,
      session: { state: "idle", lastError: "no router has made itself known on eth0 yet" },
    });
    lab.node.routers.see({ routers: [{ interface: "eth0", address: ip("192.0.2.1") }] });
    await lab.pass(100);
    expect(lab.node.state).toBe("established");
    lab.node.routers.see({ routers: [] });
    await lab.pass(100_000);
    expect(lab.node.peer().session.counters.flaps).toBe(0);
  });
});

describe("the end of the program", () => {
  test("a roll-out leaves a router alone that keeps the routes, and the next agent takes the session over", async () => {
    const lab = await new SpeakerLab().start({ gracefulRestart: true });
    lab.node.announce("198.51.100.1/32");
    await lab.pass(100);
    await during(lab, lab.node.speaker.stop("roll-out"));
    const { counters } = lab.router.peer().session;
    expect(counters.notificationsReceived).toBe(0);
    lab.restart().announce("198.51.100.1/32");
    lab.node.configure({ gracefulRestart: true });
    await lab.pass(5000);
    expect(lab.node.state).toBe("established");
    expect(lab.received).toBe(1);
  });

  test("with BFD the end is not told before the router has seen it, so that the path does not seem to be gone first", async () => {
    const lab = await new SpeakerLab().start({ gracefulRestart: true, bfd: profile }, { bfd: undefined });
    let isOver = false;
    const stopping = lab.node.speaker.stop("roll-out").then(() => (isOver = true));
    await lab.pass(150);
    expect([lab.router.state === "established", isOver]).toEqual([false, false]);
    await lab.pass(100);
    await stopping;
  });

  test("a roll-out says Cease to a router that keeps nothing", async () => {
    const lab = await new SpeakerLab().start();
    await during(lab, lab.node.speaker.stop("roll-out"));
    expect(lab.router.peer().session.counters.notificationsReceived).toBe(1);
  });

  test("a drain tells the routers to turn away, gives them a second, and says why it goes", async () => {
    const lab = await new SpeakerLab().start({ gracefulRestart: true });
    lab.node.announce("198.51.100.1/32");
    await lab.pass(100);
    const before = lab.router.peer().session.counters.updatesReceived;
    const stopping = lab.node.speaker.stop("drain");
    await lab.pass(900);
    expect(lab.router.peer().session.counters.updatesReceived).toBe(before + 1);
    expect(lab.router.state).toBe("established");
    await lab.pass(200);
    await stopping;
    expect(lab.router.state).not.toBe("established");
    expect(lab.router.peer().session.lastError).toContain("node 192.0.2.10 is being drained");
  });

  test("a drain without a session takes no second", async () => {
    const lab = new SpeakerLab();
    lab.node.configure({});
    await lab.pass(100);
    const before = lab.clock.now();
    await lab.node.speaker.stop("drain");
    expect(lab.clock.now()).toBe(before);
  });
});

async function during(lab: SpeakerLab, work: Promise<void>): Promise<void> {
  await lab.pass(600);
  await work;
}
