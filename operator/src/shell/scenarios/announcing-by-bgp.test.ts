import { describe, expect, test } from "@jest/globals";
import { projectNode } from "@steelyard/model/resources";
import { projectBgpAnnouncement } from "../../core/surroundings/index.ts";
import { serviceOf } from "../../core/testing/services.ts";
import { OperatorRig } from "../testing/operator-rig.ts";

const key = "shop/web";
const namespace = "metallb-system";
const web = serviceOf(key, { spec: { selector: { app: "web" } } });
const v1beta1 = { apiVersion: "metallb.io/v1beta1" } as const;

/** A cluster of two nodes in which Service web has an endpoint, a BGPAdvertisement covers its pool, and routers are these. */
async function running(peers: readonly string[] = ["tor-1"]): Promise<OperatorRig> {
  const rig = new OperatorRig();
  rig.cluster.showsSurroundings = true;
  rig.pool("edge", ["192.0.2.1-192.0.2.9"]);
  rig.cluster.bgpAdvertisements.put({
    ...v1beta1,
    kind: "BGPAdvertisement",
    metadata: { name: "tor", namespace, generation: 1 },
    spec: { aggregationLength: 32, aggregationLengthV6: 128 },
  });
  for (const name of peers) peer(rig, name);
  for (const name of ["node-a", "node-b"])
    rig.cluster.nodes.put(projectNode({ metadata: { name }, status: { conditions: [] } }));
  rig.cluster.endpoints.put({
    metadata: { namespace: "shop", name: "web-x" },
    service: key,
    nodes: ["node-a"],
    canServe: true,
    hasEndpoints: true,
  });
  await rig.start();
  rig.cluster.services.put(web);
  await rig.settle();
  rig.takeWrites();
  return rig;
}

function peer(rig: OperatorRig, name: string): void {
  rig.cluster.bgpPeers.put({
    apiVersion: "metallb.io/v1beta2",
    kind: "BGPPeer",
    metadata: { name, namespace, generation: 1 },
    spec: {
      myASN: 64512,
      peerASN: 64513,
      peerAddress: `192.0.2.${name === "tor-1" ? 251 : 252}`,
      peerPort: 179,
      dualStackAddressFamily: false,
      disableMP: false,
    },
  });
}

/** What the agent of a node reports of the Service; no peers = the object is gone. */
function announces(rig: OperatorRig, node: string, peers: readonly string[]): void {
  const pod = { apiVersion: "v1", kind: "Pod", name: `speaker-${node}`, uid: "1" };
  const metadata = { namespace, name: `bgp-web-${node}`, ownerReferences: [pod] };
  if (peers.length === 0) return rig.cluster.bgpAnnouncements.remove(`${namespace}/${metadata.name}`);
  const status = { node, serviceNamespace: "shop", serviceName: "web", peers };
  rig.cluster.bgpAnnouncements.put({ metadata, ...projectBgpAnnouncement({ metadata, status }) });
}

function agentPod(rig: OperatorRig, node: string, whyNotReady: string | undefined): void {
  const name = `speaker-${node}`;
  rig.cluster.ownPods.put({ metadata: { namespace, name }, name, whyNotReady });
}

function reports(rig: OperatorRig, node: string, report: object | undefined): void {
  const annotations = report && { "steelyard.io/bgp": JSON.stringify(report) };
  const metadata = { namespace, name: `speaker-${node}`, ...(annotations && { annotations }) };
  rig.cluster.configurationStates.put({ ...v1beta1, kind: "ConfigurationState", metadata });
}

const down = {
  down: {
    "tor-1": { router: "192.0.2.251", because: "the router expects AS 65010 from you, you sent 64512" },
  },
};
const announced = (rig: OperatorRig): string | undefined => rig.conditionOf(key, "Announced");
const writesOfWeb = (rig: OperatorRig): number =>
  rig.takeWrites().filter((write) => write === `Service ${key}`).length;
const warnings = (rig: OperatorRig): readonly string[] =>
  rig.eventsOf("web").filter((event) => !event.startsWith("IPAllocated"));

describe("a Service that is announced by BGP", () => {
  test("first awaits an agent, then says from where to whom, at once", async () => {
    const rig = await running();
    expect(announced(rig)).toMatch(/^Unknown AwaitingAgent: BGPAdvertisement tor covers 192\.0\.2\.1,/);
    announces(rig, "node-a", ["tor-1"]);
    await rig.pass(100);
    expect(announced(rig)).toBe("True Bgp: 192.0.2.1 is announced by BGP from node-a to tor-1");
    expect(warnings(rig)).toEqual([]);
    await rig.stop();
  });

  test("says of a second node later, and in one word of all that come within ten seconds", async () => {
    const rig = await running(["tor-1", "tor-2"]);
    announces(rig, "node-a", ["tor-1"]);
    await rig.pass(100);
    rig.takeWrites();
    announces(rig, "node-a", ["tor-1", "tor-2"]);
    announces(rig, "node-b", ["tor-1"]);
    await rig.pass(3_000);
    announces(rig, "node-b", ["tor-1", "tor-2"]);
    await rig.pass(15_000);
    expect(announced(rig)).toMatch(/from node-a and node-b to tor-1 and tor-2$/);
    expect(writesOfWeb(rig)).toBe(1);
    await rig.stop();
  });

  test("says nothing of a router that flaps, nor of an agent that is replaced", async () => {
    const rig = await running();
    announces(rig, "node-a", ["tor-1"]);
    await rig.pass(90_000);
    rig.takeWrites();
    for (let flap = 0; flap < 20; flap++) {
      announces(rig, "node-a", []);
      reports(rig, "node-a", down);
      await rig.pass(4_000);
      announces(rig, "node-a", ["tor-1"]);
      reports(rig, "node-a", undefined);
      await rig.pass(1_000);
    }
    expect(writesOfWeb(rig)).toBe(0);
    expect(warnings(rig)).toEqual([]);
    await rig.stop();
  });

  test("says of sessions that stay away, with the router's reason, as a Warning too", async () => {
    const rig = await running();
    announces(rig, "node-a", ["tor-1"]);
    announces(rig, "node-b", ["tor-1"]);
    await rig.pass(90_000);
    rig.takeWrites();
    announces(rig, "node-b", []);
    reports(rig, "node-b", down);
    await rig.pass(30_000);
    const why = "no session with tor-1 (192.0.2.251): the router expects AS 65010 from you, you sent 64512";
    expect(announced(rig)).toBe(
      `True Bgp: 192.0.2.1 is announced by BGP from node-a to tor-1; not everywhere: node-b has ${why}`,
    );
    expect([writesOfWeb(rig), warnings(rig)]).toEqual([1, []]);
    announces(rig, "node-a", []);
    reports(rig, "node-a", down);
    await rig.pass(30_000);
    expect(announced(rig)).toBe(
      `False SessionDown: no router has a route to 192.0.2.1: node-a and node-b have ${why}`,
    );
    expect(warnings(rig)).toEqual([expect.stringMatching(/^SessionDown x1: /)]);
    announces(rig, "node-a", ["tor-1"]);
    await rig.pass(100);
    expect(announced(rig)).toMatch(/^True Bgp: /);
    await rig.stop();
  });

  test("says which BGPPeer is missing, until there is one", async () => {
    const rig = await running([]);
    expect(announced(rig)).toMatch(/^False NoBgpPeer: .* there is no BGPPeer; create one: \{apiVersion/);
    peer(rig, "tor-1");
    await rig.pass(20_000);
    expect(announced(rig)).toMatch(/^Unknown AwaitingAgent/);
    await rig.stop();
  });

  test("finds everything told when another operator leads", async () => {
    const rig = await running();
    announces(rig, "node-a", ["tor-1"]);
    await rig.pass(90_000);
    rig.takeWrites();
    await rig.restart();
    await rig.pass(20_000);
    expect(writesOfWeb(rig)).toBe(0);
    await rig.stop();
  });

  test("does not believe the report of an agent that has crashed and does not come back", async () => {
    const rig = await running();
    for (const node of ["node-a", "node-b"]) {
      agentPod(rig, node, undefined);
      announces(rig, node, ["tor-1"]);
    }
    await rig.pass(90_000);
    rig.takeWrites();
    agentPod(rig, "node-a", "is not ready (container speaker: CrashLoopBackOff)");
    await rig.pass(5_000);
    agentPod(rig, "node-a", undefined);
    await rig.pass(20_000);
    expect(writesOfWeb(rig)).toBe(0);
    agentPod(rig, "node-a", "is not ready (container speaker: CrashLoopBackOff)");
    await rig.pass(20_000);
    expect(announced(rig)).toMatch(/^True Bgp: .* from node-b to tor-1$/);
    agentPod(rig, "node-b", "is not ready (container speaker: Error)");
    await rig.pass(20_000);
    expect(announced(rig)).toMatch(
      /^Unknown AgentNotReady: .* the agent of node node-a does not run \(its Pod speaker-node-a is not ready/,
    );
    agentPod(rig, "node-b", undefined);
    await rig.pass(2_000);
    expect(announced(rig)).toMatch(/^True Bgp: .* from node-b to tor-1$/);
    agentPod(rig, "node-a", undefined);
    await rig.pass(20_000);
    expect(announced(rig)).toMatch(/^True Bgp: .* from node-a and node-b to tor-1$/);
    await rig.stop();
  });

  test("of a node that is gone it says nothing", async () => {
    const rig = await running();
    announces(rig, "node-a", ["tor-1"]);
    announces(rig, "node-x", ["tor-1"]);
    await rig.pass(20_000);
    expect(announced(rig)).toMatch(/from node-a to tor-1$/);
    rig.cluster.nodes.remove("node-a");
    await rig.pass(20_000);
    expect(announced(rig)).toMatch(/^Unknown AwaitingAgent/);
    await rig.stop();
  });
});
