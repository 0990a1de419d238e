import { beforeEach, describe, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ipPrefix } from "@steelyard/model/address";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryClusterReader } from "../adapters/memory/memory-cluster-reader.ts";
import { MemoryClusterWriter } from "../adapters/memory/memory-cluster-writer.ts";
import { MemoryCluster } from "../adapters/memory/memory-cluster.ts";
import { type CarriedRoutes } from "../core/desired/bgp/carried-routes.ts";
import { type BgpVerdict } from "../core/desired/bgp/types.ts";
import { sha256 } from "../core/desired/testing/sha256.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { ServiceBgpStatusWriter } from "./service-bgp-status-writer.ts";

const up = (...peers: readonly string[]): CarriedRoutes => ({ carries: (peer) => peers.includes(peer) });

function verdictOf(name: string): BgpVerdict {
  return {
    service: { namespace: "default", name, uid: `uid-${name}` },
    addresses: [ip("192.0.2.1")],
    prefixes: [{ prefix: ipPrefix(ip("192.0.2.1"), 32), peers: ["tor-1", "tor-2"] }],
    suspended: [],
    decision: { kind: "advertise", because: "" },
  };
}

describe("ServiceBGPStatus objects", () => {
  const web = [verdictOf("web")];
  let clock: ManualClock;
  let cluster: MemoryCluster;
  let writer: MemoryClusterWriter;
  let statuses: ServiceBgpStatusWriter;
  let wanted: Parameters<ServiceBgpStatusWriter["update"]>;

  beforeEach(() => {
    clock = new ManualClock();
    cluster = new MemoryCluster();
    const reader = new MemoryClusterReader(cluster, { nodeLabel: "node-a" });
    reader.sync();
    const pod = { apiVersion: "v1", kind: "Pod", name: "speaker-x", uid: "pod-uid" };
    writer = new MemoryClusterWriter(cluster, { pod });
    statuses = new ServiceBgpStatusWriter(
      { nodeName: "node-a", namespace: "metallb-system" },
      { cluster: reader, writer, clock, random: seededRandom(1), log: new RecordingLog(), sha256 },
    );
    wanted = [[], up()];
    reader.onChange(() => statuses.update(...wanted));
  });

  async function see(verdicts: readonly BgpVerdict[], carried: CarriedRoutes): Promise<void> {
    wanted = [verdicts, carried];
    statuses.update(verdicts, carried);
    await pass(0);
  }

  async function pass(millis: number): Promise<void> {
    for (let left = millis; ; left -= 100) {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      if (left <= 0) return;
      clock.advance(Math.min(left, 100));
    }
  }

  const said = () =>
    cluster
      .list("serviceBgpStatuses")
      .map(({ status }) => `${status?.serviceName}: ${status?.peers?.join()}`);
  const writes = () => writer.statusWrites.splice(0).map(({ kind, of }) => `${kind} ${of}`);

  test("come at once, owned by the Pod, and go with the Service", async () => {
    await see(web, up("tor-1"));
    expect(said()).toEqual(["web: tor-1"]);
    expect(cluster.list("serviceBgpStatuses")[0]?.metadata).toMatchObject({
      name: expect.stringMatching(/^bgp-/) as unknown,
      labels: { "metallb.io/node": "node-a", "metallb.io/service-name": "web" },
      ownerReferences: [{ kind: "Pod", name: "speaker-x" }],
    });
    await see([], up("tor-1"));
    await pass(1_000);
    expect([said(), writes()]).toEqual([[], ["create ServiceBGPStatus", "delete ServiceBGPStatus"]]);
  });

  test("follow the routers, and a session that is back within a second costs nothing", async () => {
    await see(web, up("tor-1", "tor-2"));
    await pass(3_000);
    writes();
    await see(web, up("tor-1"));
    await pass(900);
    await see(web, up("tor-1", "tor-2"));
    await pass(5_000);
    expect(writes()).toEqual([]);
    await see(web, up("tor-1"));
    await pass(3_000);
    expect([said(), writes()]).toEqual([["web: tor-1"], ["patch-status ServiceBGPStatus"]]);
  });

  test("are written at a bounded rate, however often sessions flap", async () => {
    for (let flap = 0; flap < 300; flap++) {
      await see(web, up("tor-1", "tor-2"));
      await pass(1_100);
      await see(web, up("tor-1"));
      await pass(1_100);
    }
    // Ten at once, and one every thirty seconds; and each may be taken back.
    expect(writes().length).toBeLessThanOrEqual(2 * (10 + (300 * 2.2) / 30 + 1));
  });

  test("never go on naming a router that has no route, however often it flapped", async () => {
    for (let flap = 0; flap < 30; flap++) {
      await see(web, up("tor-1", "tor-2"));
      await pass(1_100);
      await see(web, flap % 2 === 0 ? up("tor-1") : up());
      await pass(2_500);
      expect(said().join()).not.toContain("tor-2");
      if (flap % 2 === 1) expect(said()).toEqual([]);
    }
  });

  test("are made anew when somebody deletes them", async () => {
    await see(web, up("tor-1"));
    await pass(2_000);
    const [object] = cluster.list("serviceBgpStatuses");
    cluster.remove("serviceBgpStatuses", `metallb-system/${object?.metadata.name ?? ""}`);
    await pass(12_000);
    expect(said()).toEqual(["web: tor-1"]);
  });

  test("leave those of layer 2 alone", async () => {
    await see(web, up("tor-1"));
    expect(cluster.list("serviceL2Statuses")).toEqual([]);
  });
});
