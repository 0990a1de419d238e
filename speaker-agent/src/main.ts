import {
  KubeClient,
  KubeTransport,
  loadConnection,
  type LogSink,
  systemClock,
  systemRandom,
} from "@steelyard/client";
import {
  createLog,
  formatHelp,
  type HttpServer,
  inertNotices,
  type MetricsServing,
  ownNamespace,
  parseFlags,
  readMetricsFlags,
  runProgram,
  SmallestHeap,
  startHttpServer,
  startMetricsServer,
} from "@steelyard/client/program";
import { healthPages, metricsPages } from "./adapters/http/agent-pages.ts";
import { PrometheusMetrics } from "./adapters/http/prometheus-metrics.ts";
import { KubernetesClusterWriter } from "./adapters/kubernetes/kubernetes-cluster-writer.ts";
import { KubernetesSpeakerPods } from "./adapters/kubernetes/kubernetes-speaker-pods.ts";
import { ReflectedCluster } from "./adapters/kubernetes/reflected-cluster.ts";
import { loadAddon } from "./adapters/linux/addon.ts";
import { TcpBgpConnections } from "./adapters/linux/tcp-bgp-connections.ts";
import { readExcludeInterfaces } from "./adapters/node/exclude-interfaces-file.ts";
import { readMembershipKey } from "./adapters/node/membership-key-file.ts";
import { readMembershipTuning } from "./adapters/node/membership-tuning-file.ts";
import { sha256 } from "./adapters/node/sha256.ts";
import { StateFile } from "./adapters/node/state-file.ts";
import { startNetioWorker } from "./adapters/node/worker-thread.ts";
import { type SavedState } from "./core/desired/saved-state.ts";
import { type GossipEndpoint } from "./core/wire/gossip/messages.ts";
import { nodeLabelOf } from "./core/desired/node-label.ts";
import { Agent, type AgentOptions } from "./shell/agent.ts";
import { type BgpFlags, readBgpFlags } from "./shell/bgp/bgp-flags.ts";
import { type AnnouncingFlags, readAnnouncingFlags } from "./shell/announcing-flags.ts";
import { type NetioMembershipOptions, type NetioOptions } from "./ports/netio-options.ts";
import { type NetioWorker } from "./ports/netio-worker.ts";
import { type MembershipFlags, readMembershipFlags, whyGossipIsOff } from "./shell/membership-flags.ts";
import { RingGuide } from "./shell/ring-guide.ts";
import { type StateStore } from "./ports/state-store.ts";
import { loadState } from "./shell/state-keeper.ts";
import { agentFlags, type AgentFlags, inertVariableNotices } from "./shell/flags.ts";

const time = { clock: systemClock, random: systemRandom };
const heap = new SmallestHeap();
/** When routers have had the first routes, and neighbours the first answers. */
const heapSettlesAfter = 1000;

/** Exit code 2 is for what the caller can put right on the command line. */
const wrongUsage = 2;

const summary = `Steelyard's speaker agent: announces from this node the addresses of Services: to its neighbours by ARP and neighbour discovery, to
routers by BGP with BFD. Takes the place of MetalLB's speaker, with its flags and variables.`;

async function main(signal: AbortSignal): Promise<number> {
  heap.apply();
  const flags = parseFlags(agentFlags, process.argv.slice(2), process.env);
  if (!flags.ok) return refuse(flags.error);
  if (flags.value.help) {
    process.stdout.write(formatHelp({ program: "node speaker-agent.mjs", summary, specs: agentFlags }));
    return 0;
  }
  const nodeName = flags.value["node-name"];
  if (nodeName === undefined || nodeName === "") {
    return refuse(
      "flag --node-name is needed, or variable METALLB_NODE_NAME: the name of the node this agent runs on",
    );
  }
  const namespace = await ownNamespace(flags.value.namespace);
  if (namespace === undefined) {
    return refuse(
      "flag --namespace is needed outside a Pod, or variable METALLB_NAMESPACE: where the pools are",
    );
  }
  const announcing = readAnnouncingFlags(flags.value);
  if (!announcing.ok) return refuse(announcing.error);
  const membership = readMembershipFlags(flags.value);
  if (!membership.ok) return refuse(membership.error);
  const bgp = readBgpFlags(flags.value);
  if (!bgp.ok) return refuse(bgp.error);
  const serving = readMetricsFlags(flags.value);
  if (!serving.ok) return refuse(serving.error);
  const identity = { nodeName, namespace, ...announcing.value, ...bgp.value, membership: membership.value };
  await run({ ...flags.value, serving: serving.value }, identity, signal);
  return 0;
}

/** Who this agent is, and how it announces: decides what it reads and what it writes. */
interface Identity extends AnnouncingFlags, BgpFlags {
  readonly nodeName: string;
  readonly namespace: string;
  /** Undefined = agents do not gossip; who lives follows from the Node objects. */
  readonly membership: MembershipFlags | undefined;
}

/** The flags, and how the metrics page is served by them. */
type Settings = AgentFlags & { readonly serving: MetricsServing };

async function run(flags: Settings, identity: Identity, signal: AbortSignal): Promise<void> {
  const log = createLog({ level: flags["log-level"], component: "speaker" });
  for (const notice of noticesOf(flags)) log.info({}, notice);
  const gossipIsOff = whyGossipIsOff(flags);
  if (gossipIsOff !== undefined) log.warn({}, gossipIsOff);
  const excludeInterfaces = await readExcludeInterfaces(flags["exclude-interfaces-file"]);
  const connection = await loadConnection({ kubeconfig: flags.kubeconfig }, { ...time, log });
  const transport = new KubeTransport(connection, { ...time, userAgent: "steelyard-speaker-agent" });
  const nodeLabel = nodeLabelOf(identity.nodeName, { sha256 });
  const cluster = new ReflectedCluster({ ...identity, nodeLabel }, { ...time, transport, log });
  const metrics = new PrometheusMetrics(identity);
  const podName = flags["pod-name"];
  const netio: NetioOptions = {
    ...identity,
    startedAt: Date.parse(time.clock.timestamp()),
    excludeInterfaces,
    membership: identity.membership && (await ringOptions(identity.membership)),
  };
  const stateStore =
    identity.stateDir === undefined
      ? undefined
      : new StateFile({ folder: identity.stateDir, nodeName: identity.nodeName });
  const saved = stateStore && (await loadState(identity.nodeName, { store: stateStore, log }));
  const worker = startNetioWorker(
    { script: workerScript, netio },
    { ...time, log, onOnline: () => heap.apply() },
  );
  const ring = buildRing(identity, saved, {
    transport,
    worker,
    log,
    onPeers: (peers) => agent.notePeers(peers),
  });
  const agent = buildAgent(
    { ...identity, saved, membership: ring !== undefined, podName },
    { cluster, transport, worker, ring, metrics, log, stateStore },
  );
  await ring?.start();
  // The probes are served before the first list has come in: an API server that is away is no reason for a restart.
  const servers = await startServers(flags, agent, { log, metrics, transport });
  cluster.start();
  log.info({ node: identity.nodeName, namespace: identity.namespace, cluster: connection.origin }, "started");
  await aborted(signal);
  log.info({}, "stopping");
  // First the transport: whoever waits for an answer of the API server must not hold up the end. Then everything at once:
  // giving the addresses away takes most of the time there is.
  transport.close();
  await Promise.all([cluster.stop(), agent.stop(), ...servers.map((server) => server.close())]);
}

function noticesOf(flags: Settings): readonly string[] {
  return [...inertNotices(agentFlags, flags), ...inertVariableNotices(process.env), ...flags.serving.notices];
}

/** Built by `npm run build` into the same folder as this program. */
const workerScript = new URL("./netio-worker.mjs", import.meta.url);

async function ringOptions({ endpoint, tuning }: MembershipFlags): Promise<NetioMembershipOptions> {
  return { endpoint, tuning: await readMembershipTuning(tuning) };
}

function buildRing(
  { namespace, membership }: Identity,
  saved: SavedState | undefined,
  deps: {
    readonly transport: KubeTransport;
    readonly worker: NetioWorker;
    readonly log: LogSink;
    readonly onPeers: (peers: readonly GossipEndpoint[]) => void;
  },
): RingGuide | undefined {
  if (membership === undefined) return undefined;
  const { labelSelector, secretKeyPath } = membership;
  const client = new KubeClient(deps.transport);
  const initialPeers = saved?.peers ?? [];
  return new RingGuide(
    { ...membership, initialPeers },
    {
      ...time,
      ...deps,
      pods: new KubernetesSpeakerPods({ namespace, labelSelector }, { client }),
      readKey: secretKeyPath === undefined ? undefined : () => readMembershipKey(secretKeyPath),
    },
  );
}

function buildAgent(
  options: AgentOptions & { readonly podName: string | undefined },
  deps: {
    readonly cluster: ReflectedCluster;
    readonly transport: KubeTransport;
    readonly worker: NetioWorker;
    readonly ring: RingGuide | undefined;
    readonly metrics: PrometheusMetrics;
    readonly log: LogSink;
    readonly stateStore: StateStore | undefined;
  },
): Agent {
  const client = new KubeClient(deps.transport);
  return new Agent(options, {
    ...time,
    ...deps,
    writer: new KubernetesClusterWriter(options, { ...time, client }),
    connections: new TcpBgpConnections(loadAddon(import.meta.url)),
    sha256,
    onFirstLook: () => time.clock.after(heapSettlesAfter, () => heap.settle()),
  });
}

function startServers(
  { serving, "health-probe-port": probePort }: Settings,
  agent: Agent,
  {
    log,
    metrics,
    transport,
  }: { readonly log: LogSink; readonly metrics: PrometheusMetrics; readonly transport: KubeTransport },
): Promise<readonly HttpServer[]> {
  const deps = { ...time, log, transport };
  return Promise.all([
    ...(serving.port === 0 ? [] : [startMetricsServer({ serving, routes: metricsPages(metrics) }, deps)]),
    // The agent lives on the host network: who may ask how it does is the kubelet next door.
    ...(probePort === 0
      ? []
      : [startHttpServer({ port: probePort, host: "127.0.0.1", routes: healthPages(agent) })]),
  ]);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function refuse(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return wrongUsage;
}

/** Kubernetes gives MetalLB's speaker two seconds; a drain needs most of them, so that routers can turn away. */
runProgram(main, process, { stopDeadlineMs: 1900 });
