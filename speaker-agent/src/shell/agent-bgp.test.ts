import { describe, expect, test } from "@jest/globals";
import { MemoryCluster } from "../adapters/memory/memory-cluster.ts";
import { nodeAddress, SpeakerLab } from "./bgp/testing/speaker-lab.ts";
import { hostInterface } from "./bgp/testing/scripted-routers.ts";
import { startAgent } from "./testing/agent-harness.ts";
import {
  bgpAdvertisement,
  bgpPeer,
  node,
  pool,
  programNamespace,
  service,
  slice,
} from "./testing/cluster-objects.ts";
import { ScriptedWorker } from "./testing/scripted-worker.ts";

const interfaces = [hostInterface("eth0", [nodeAddress, 24])];

/** An agent whose cluster knows one router, which runs and knows the agent, and one Service for it. */
function startWithRouter(peer: Parameters<typeof bgpPeer>[2] = {}) {
  const lab = new SpeakerLab();
  lab.configureRouter({ gracefulRestart: peer.enableGracefulRestart === true });
  const { clock } = lab;
  const cluster = new MemoryCluster();
  cluster.put("nodes", node("node-a"));
  cluster.put("pools", pool("first", "198.51.100.0/24"));
  cluster.put("bgpAdvertisements", bgpAdvertisement("all"));
  cluster.put("bgpPeers", bgpPeer("tor", "192.0.2.1", peer));
  cluster.put("services", service({ name: "web", ips: ["198.51.100.1"] }));
  cluster.put("endpointSlices", slice("web", "node-a"));
  const connections = lab.network.host(nodeAddress).bgp;
  const harness = startAgent(new ScriptedWorker(), {}, { cluster, clock, connections });
  return { ...harness, lab };
}

async function startAnnouncing(peer: Parameters<typeof bgpPeer>[2] = {}) {
  const harness = startWithRouter(peer);
  harness.reader.sync();
  await harness.pass(20);
  harness.worker.sightRouters({ interfaces });
  await harness.pass(2000);
  return harness;
}

describe("an agent with a router", () => {
  test("announces, and says so in log, metrics and ServiceBGPStatus", async () => {
    const { cluster, lab, log, metrics, pass } = await startAnnouncing();
    expect(lab.received).toBe(1);
    expect(metrics.announcedByBgp).toEqual(["default/web 198.51.100.1"]);
    expect(log.entries.find(({ message }) => message === "announced")?.fields).toMatchObject({
      protocol: "bgp",
    });
    await pass(5000);
    expect(cluster.list("serviceBgpStatuses").map(({ status }) => status)).toEqual([
      { node: "node-a", serviceName: "web", serviceNamespace: "default", peers: ["tor"] },
    ]);
    expect(metrics.bgpPeers()).toMatchObject([
      { peer: "192.0.2.1:179", isUp: true, advertised: 1, pending: 0 },
    ]);
  });

  test("/status.json shows session and routes, and layer 2 does not complain of what only BGP covers", async () => {
    const { agent } = await startAnnouncing();
    expect(agent.status.bgp.peers["tor"]).toMatchObject({
      router: "192.0.2.1",
      state: "established",
      advertised: 1,
      negotiated: { routerId: "192.0.2.10", peerRouterId: "192.0.2.1" },
    });
    const { because, routes } = agent.status.addresses["198.51.100.1"] ?? {};
    expect(routes).toEqual({ "198.51.100.1/32": ["tor"] });
    expect(because).not.toMatch(/L2Advertisement/);
  });

  test("a router whose session is not meant for a family is no news, unless no other one is", async () => {
    const { cluster, worker, pass } = await startAnnouncing();
    worker.report([]);
    cluster.put("pools", pool("second", "2001:db8::/120"));
    cluster.put("services", service({ name: "web", ips: ["198.51.100.1", "2001:db8::1"] }));
    await pass(20_000);
    const said = () => {
      const { metadata } = cluster.get("configurationStates", `${programNamespace}/speaker-node-a`) ?? {};
      return metadata?.annotations?.["steelyard.io/bgp"] ?? "";
    };
    expect(said()).toContain("IPv6");
    cluster.put("bgpPeers", bgpPeer("six", "2001:db8:ffff::1"));
    await pass(60_000);
    expect(said()).not.toContain("withheld");
  });

  test("a new Service reaches the router without a pause", async () => {
    const { cluster, clock, lab } = await startAnnouncing();
    await lab.pass(1000);
    cluster.put("services", service({ name: "two", ips: ["198.51.100.2"] }));
    cluster.put("endpointSlices", slice("two", "node-a"));
    const before = clock.now();
    await lab.pass(0);
    await lab.pass(0);
    expect(lab.received).toBe(2);
    expect(clock.now()).toBe(before);
  });

  test("an API server that is away costs no route", async () => {
    const { cluster, reader, lab, pass } = await startAnnouncing();
    reader.setConnected(false);
    cluster.remove("services", "default/web");
    await pass(300_000);
    expect(lab.received).toBe(1);
    expect(lab.router.peer().session.counters.flaps).toBe(0);
    reader.setConnected(true);
    await pass(1000);
    expect(lab.received).toBe(0);
  });
});

describe("what is not there yet", () => {
  test("no session is begun with half a picture, and the agent is not ready", async () => {
    const { agent, lab, reader, worker, pass } = startWithRouter();
    reader.sync([], { bgpAdvertisements: undefined });
    await pass(20);
    worker.report([]);
    await lab.pass(5000);
    expect(lab.router.state).not.toBe("established");
    expect(agent.whyNotReady).toBe("waiting for the API server to list bgpAdvertisements");
  });

  test("a cluster without BGP's kinds has layer 2, is ready, and is told of once", async () => {
    const { agent, log, reader, worker, pass } = startWithRouter();
    reader.sync([], { bgpPeers: "there is no such kind" });
    await pass(20);
    worker.report([]);
    await pass(100_000);
    expect(agent.whyNotReady).toBeUndefined();
    expect(worker.snapshots).toHaveLength(1);
    expect(log.at("warn")).toEqual([
      "BGP is off: the API server does not show its kinds; layer 2 does without",
    ]);
    expect(agent.status.bgp.off).toBe("the API server does not show bgpPeers: there is no such kind");
  });

  test("a Secret that is missing is told in the ConfigurationState, in MetalLB's words, and heals", async () => {
    const { cluster, lab, worker, pass } = await startAnnouncing({ passwordSecret: { name: "pw" } });
    worker.report([]);
    await pass(5000);
    const state = () => cluster.get("configurationStates", `${programNamespace}/speaker-node-a`)?.status;
    expect(state()?.errorSummary).toMatch(/^configuration error: parsing peer tor secret ref not found/);
    lab.configureRouter({ password: { from: "spec", text: "s3cret" } });
    cluster.put("secrets", {
      metadata: { namespace: programNamespace, name: "pw" },
      type: "kubernetes.io/basic-auth",
      password: "s3cret",
    });
    await pass(10_000);
    expect(state()?.result).toBe("Valid");
    expect(lab.received).toBe(1);
  });
});

describe("the end", () => {
  test("on a node that stays in service is a roll-out", async () => {
    const { agent, lab, pass } = await startAnnouncing({ enableGracefulRestart: true });
    const stopping = agent.stop();
    await pass(400);
    await stopping;
    expect(lab.router.peer().session.counters.notificationsReceived).toBe(0);
    expect(lab.router.state).not.toBe("established");
  });

  test("on a cordoned one routers are told, then given a second", async () => {
    const { agent, cluster, clock, lab, log, worker, pass } = await startAnnouncing();
    cluster.put("nodes", { ...node("node-a"), spec: { unschedulable: true } });
    await pass(100);
    const before = clock.now();
    let after = 0;
    const stopping = agent.stop().then(() => (after = clock.now()));
    await pass(1900);
    await stopping;
    expect(after - before).toBeGreaterThanOrEqual(1000);
    expect(after - before).toBeLessThan(1300);
    expect(worker.stopped).toBe(true);
    expect(lab.router.peer().session.lastError).toMatch(/drained/);
    expect(log.entries.find(({ fields }) => fields["exit"] === "drain")?.fields).toMatchObject({
      because: "the node is cordoned",
    });
  });
});
