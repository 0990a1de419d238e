import { expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { type BgpReport, emptyBgpReport, readBgpReport } from "@steelyard/model/resources";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryClusterReader } from "../adapters/memory/memory-cluster-reader.ts";
import { MemoryClusterWriter } from "../adapters/memory/memory-cluster-writer.ts";
import { MemoryCluster } from "../adapters/memory/memory-cluster.ts";
import { sha256 } from "../core/desired/testing/sha256.ts";
import { ConfigurationStateWriter } from "./configuration-state-writer.ts";
import { advance } from "./testing/settle.ts";

const down = (...peers: readonly string[]): BgpReport => ({
  ...emptyBgpReport,
  down: Object.fromEntries(peers.map((peer) => [peer, { router: "192.0.2.1", because: "refused" }])),
});

test("routers that flap cost a bounded number of writes, and one that is back is never told of as down", async () => {
  const clock = new ManualClock();
  const cluster = new MemoryCluster();
  const reader = new MemoryClusterReader(cluster, { nodeLabel: "node-a" });
  reader.sync();
  const writer = new MemoryClusterWriter(cluster);
  const states = new ConfigurationStateWriter(
    { nodeName: "node-a", namespace: "metallb-system" },
    { cluster: reader, writer, clock, random: seededRandom(1), log: new RecordingLog(), sha256 },
  );
  const see = async (bgp: BgpReport): Promise<BgpReport> => {
    states.update({ problems: [], segment: undefined, bgp }, reader.view());
    await advance(clock, 3_000);
    const { metadata } = cluster.get("configurationStates", "metallb-system/speaker-node-a") ?? {};
    return readBgpReport(metadata ?? {});
  };
  for (let flap = 0; flap < 40; flap++) {
    await see(down("tor-1", "tor-2"));
    expect((await see(down("tor-2"))).down["tor-1"]).toBeUndefined();
    expect(await see(emptyBgpReport)).toEqual(emptyBgpReport);
  }
  const annotations = writer.stateWrites.filter(({ kind }) => kind === "annotate");
  expect(annotations.length).toBeLessThanOrEqual(3 * (10 + (40 * 9) / 30 + 1));
  await states.stop();
});
