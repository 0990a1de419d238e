import { afterEach, describe, expect, test } from "@jest/globals";
import { type BgpPeerResource, findCondition } from "@steelyard/model/resources";
import { serviceOf } from "../../core/testing/services.ts";
import { type ConfigObject } from "../../core/reconcile/index.ts";
import { type WriteOutcome } from "../../ports/cluster-writer.ts";
import { OperatorRig } from "../testing/operator-rig.ts";

const namespace = "metallb-system";
const valid = { myASN: 64512, peerASN: 64513, peerAddress: "192.0.2.1" };
const defaults = { peerPort: 179, dualStackAddressFamily: false, disableMP: false };

let rig: OperatorRig;
afterEach(() => rig.stop());

function peer(name: string, spec: object = valid): void {
  rig.cluster.bgpPeers.put({
    apiVersion: "metallb.io/v1beta2",
    kind: "BGPPeer",
    metadata: { name, namespace, uid: `uid-${name}` },
    spec: { ...defaults, ...spec } as NonNullable<BgpPeerResource["spec"]>,
  });
}

function saidOf(object: ConfigObject | undefined): string | undefined {
  const condition = findCondition(object?.status?.conditions, "steelyard.io/Valid");
  return condition && `${condition.status} ${condition.reason}: ${condition.message}`;
}

function state() {
  return rig.cluster.configurationStates.get(`${namespace}/controller`);
}

function takeReports(): readonly string[] {
  return rig.cluster.reports.splice(0);
}

/** A cluster with one good object, one that has never been good, and a Service that waits. */
async function start(): Promise<void> {
  rig = new OperatorRig();
  rig.pool("good", ["192.0.2.0/30"]);
  rig.pool("bad", ["192.0.2.0"]);
  rig.advertisement("lan");
  peer("tor");
  peer("typo", { ...valid, peerAddress: "nowhere" });
  rig.cluster.services.put(serviceOf("shop/web"));
  await rig.start();
}

describe("what is said about the configuration", () => {
  test("a start among faulty objects serves the good ones, and says at each object how it is", async () => {
    await start();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
    expect(saidOf(rig.cluster.pools.get(`${namespace}/good`))).toBe("True Accepted: in force as it is");
    expect(saidOf(rig.cluster.pools.get(`${namespace}/bad`))).toMatch(
      /^False Refused: not in force: spec\.addresses\[0\]: /,
    );
    expect(saidOf(rig.cluster.bgpPeers.get(`${namespace}/tor`))).toBe("True Accepted: in force as it is");
    expect(saidOf(rig.cluster.bgpPeers.get(`${namespace}/typo`))).toMatch(
      /^False Refused: .*invalid BGPPeer address/,
    );
    expect(saidOf(rig.cluster.l2Advertisements.get(`${namespace}/lan`))).toBe(
      "True Accepted: in force as it is",
    );
    expect(rig.eventsOf("typo")).toEqual([
      expect.stringMatching(/^ConfigurationError x1: spec\.peerAddress/),
    ]);
  });

  test("the ConfigurationState is created and says it too, for what decides about addresses", async () => {
    await start();
    expect(state()).toMatchObject({
      metadata: { labels: { "metallb.io/component-type": "controller" } },
      status: {
        result: "Invalid",
        errorSummary: expect.stringContaining("configuration error: IPAddressPool metallb-system/bad"),
        conditions: [{ type: "poolReconcilerValid", status: "False", reason: "ConfigurationError" }],
      },
    });
    rig.pool("bad", ["198.51.100.0/30"]);
    await rig.settle();
    expect(state()?.status).toMatchObject({ result: "Valid", errorSummary: "" });
  });

  test("each thing is said once: neither time nor a restart repeats it", async () => {
    await start();
    expect([...takeReports()].sort()).toEqual([
      "BGPPeer metallb-system/tor True Accepted",
      "BGPPeer metallb-system/typo False Refused",
      "ConfigurationState metallb-system/controller Invalid",
      "IPAddressPool metallb-system/bad False Refused",
      "IPAddressPool metallb-system/good True Accepted",
      "L2Advertisement metallb-system/lan True Accepted",
      "create ConfigurationState metallb-system/controller",
    ]);
    const before = state();
    rig.clock.advance(3_600_000);
    await rig.settle();
    await rig.restart();
    expect(takeReports()).toEqual([]);
    expect(state()).toBe(before);
  });

  test("what somebody deletes or damages is put right", async () => {
    await start();
    takeReports();
    rig.cluster.configurationStates.remove(`${namespace}/controller`);
    const tor = rig.cluster.bgpPeers.get(`${namespace}/tor`);
    if (tor) rig.cluster.bgpPeers.put({ ...tor, status: {} });
    await rig.settle();
    expect([...takeReports()].sort()).toEqual([
      "BGPPeer metallb-system/tor True Accepted",
      "ConfigurationState metallb-system/controller Invalid",
      "create ConfigurationState metallb-system/controller",
    ]);
  });

  test("a good object whose new form is bad stays in force, and says so", async () => {
    await start();
    rig.pool("good", ["192.0.2.0/30", "192.0.2.0/31"]);
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
    expect(saidOf(rig.cluster.pools.get(`${namespace}/good`))).toMatch(
      /^False Refused: not in force as it is; the last good form of the object stays in force: /,
    );
  });

  test("an edit that overlaps another pool is refused, and a restart does not turn that round", async () => {
    rig = new OperatorRig();
    rig.pool("first", ["198.51.100.0/30"]);
    rig.pool("second", ["192.0.2.0/24"]);
    for (let index = 0; index < 6; index++) rig.cluster.services.put(serviceOf(`shop/s${index}`));
    await rig.start();
    rig.pool("first", ["192.0.2.0/24"]);
    await rig.settle();
    const before = rig.cluster.services.list();
    const counters = rig.cluster.pools.get(`${namespace}/first`)?.status?.assignedIPv4;
    expect(counters).toBe(4);
    rig.takeWrites();
    takeReports();
    await rig.restart();
    expect(rig.takeWrites()).toEqual([]);
    expect(rig.cluster.services.list()).toEqual(before);
    // Only the earlier form of the refused pool is forgotten, and that is said.
    expect(takeReports()).toEqual(["IPAddressPool metallb-system/first False Refused"]);
    await rig.restart();
    expect([rig.takeWrites(), takeReports()]).toEqual([[], []]);
  });

  test("a BGP peer that comes and goes makes no Service be looked at again", async () => {
    await start();
    const planned: string[] = [];
    const reader = rig.reader;
    const reportsOf = reader?.l2StatusesOf.bind(reader);
    // Every plan of a Service looks for the agents' reports.
    if (reader && reportsOf) reader.l2StatusesOf = (key) => (planned.push(key), reportsOf(key));
    peer("another", { ...valid, peerAddress: "192.0.2.9" });
    await rig.settle();
    rig.cluster.bgpPeers.remove(`${namespace}/another`);
    await rig.settle();
    expect(planned).toEqual([]);
    rig.pool("more", ["203.0.113.0/30"]);
    await rig.settle();
    expect(planned).toContain("shop/web");
  });
});

describe("with MetalLB's own definitions, which have no conditions", () => {
  test("every kind is tried once, said once in the log, and everything else works", async () => {
    rig = new OperatorRig();
    const tried: string[] = [];
    rig.cluster.writer.applyObjectCondition = ({ kind }): Promise<WriteOutcome> => {
      tried.push(kind);
      return Promise.resolve({
        at: "denied",
        until: "restart",
        problem: `${kind}: field not declared in schema`,
      });
    };
    for (const name of ["a", "b", "c"]) peer(name, { ...valid, vrf: name });
    rig.pool("good", ["192.0.2.0/30"]);
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.start();
    peer("d", { ...valid, vrf: "d" });
    rig.pool("good", ["192.0.2.0/29"]);
    await rig.settle();
    expect(tried.sort()).toEqual(["BGPPeer", "IPAddressPool"]);
    expect(rig.log.lines.filter((line) => line.includes("field not declared"))).toHaveLength(2);
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
    expect(state()?.status?.result).toBe("Valid");
  });
});
