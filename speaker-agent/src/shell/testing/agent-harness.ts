import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryClusterReader } from "../../adapters/memory/memory-cluster-reader.ts";
import { MemoryClusterWriter } from "../../adapters/memory/memory-cluster-writer.ts";
import { MemoryIpNetwork } from "../../adapters/memory/memory-ip-network.ts";
import { MemoryCluster } from "../../adapters/memory/memory-cluster.ts";
import { sha256 } from "../../adapters/node/sha256.ts";
import { nodeLabelOf } from "../../core/desired/node-label.ts";
import { ip } from "../../core/wire/testing/ip.ts";
import { type BgpConnections } from "../../ports/bgp-connections.ts";
import { type StateStore } from "../../ports/state-store.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { Agent, type AgentOptions } from "../agent.ts";
import { programNamespace } from "./cluster-objects.ts";
import { RecordingMetrics } from "./recording-metrics.ts";
import { advance } from "./settle.ts";

/** An agent on a cluster in memory, with a clock that stands still. Several may share cluster and clock. */
export function startAgent<W extends NetioWorker>(
  worker: W,
  options: Partial<AgentOptions> = {},
  shared: {
    readonly cluster: MemoryCluster;
    readonly clock: ManualClock;
    readonly stateStore?: StateStore;
    readonly connections?: BgpConnections;
  } = {
    cluster: new MemoryCluster(),
    clock: new ManualClock(),
  },
) {
  const { cluster, clock } = shared;
  const { nodeName = "node-a" } = options;
  const reader = new MemoryClusterReader(cluster, { nodeLabel: nodeLabelOf(nodeName, { sha256 }) });
  const writer = new MemoryClusterWriter(cluster);
  const metrics = new RecordingMetrics();
  const log = new RecordingLog();
  const agent = new Agent(
    {
      nodeName,
      namespace: programNamespace,
      lbClasses: [],
      ignoreExcludeLb: false,
      strictExcludeLb: false,
      withdrawOnTaints: [],
      membership: false,
      bindAddresses: undefined,
      listen: [],
      routeDelay: 0,
      saved: undefined,
      ...options,
    },
    {
      cluster: reader,
      writer,
      worker,
      connections: shared.connections ?? isolated(clock),
      metrics,
      clock,
      random: seededRandom(1),
      log,
      sha256,
      stateStore: shared.stateStore,
    },
  );
  return {
    agent,
    cluster,
    reader,
    writer,
    worker,
    metrics,
    log,
    clock,
    pass: (ms = 50) => advance(clock, ms),
  };
}

/** Of a host that nobody can reach. */
function isolated(clock: ManualClock): BgpConnections {
  return new MemoryIpNetwork({ clock, random: seededRandom(1) }).host(ip("192.0.2.10")).bgp;
}
