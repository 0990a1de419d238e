import { type LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { type Config } from "@steelyard/model/config";
import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { type SegmentReport } from "@steelyard/model/resources";
import { whyNodeIsDrained } from "@steelyard/model/services";
import { decideAnnouncements } from "../core/desired/decide-announcements.ts";
import { probeOnlyAddresses } from "../core/desired/probe-only.ts";
import { type SavedState } from "../core/desired/saved-state.ts";
import { type AnnouncingOptions, type DesiredState, type Predecessor } from "../core/desired/types.ts";
import { type Sha256 } from "../core/election/sha256.ts";
import { nothingCarried } from "../core/desired/bgp/carried-routes.ts";
import { advertisedSuspended } from "../core/reporting/build-bgp-standings.ts";
import { announcedSuspended, segmentReport } from "../core/reporting/segment-sight.ts";
import { type GossipEndpoint } from "../core/wire/gossip/messages.ts";
import { type AgentMetrics } from "../ports/agent-metrics.ts";
import { type BgpConnections } from "../ports/bgp-connections.ts";
import { type ClusterReader, type ClusterView } from "../ports/cluster-reader.ts";
import { type ClusterWriter } from "../ports/cluster-writer.ts";
import { type NetioReport, type OwnerMove } from "../ports/netio-report.ts";
import { type StateStore } from "../ports/state-store.ts";
import { type NetioWorker } from "../ports/netio-worker.ts";
import { type AgentStatus, agentStatus } from "./agent-status.ts";
import { type BgpAnnouncements, BgpAnnouncing } from "./bgp/bgp-announcing.ts";
import { type BgpFlags } from "./bgp/bgp-flags.ts";
import { bgpPeerMetrics } from "./bgp/peer-metrics.ts";
import { Coalescer } from "./coalescer.ts";
import { Configuration } from "./configuration.ts";
import { ConfigurationStateWriter } from "./configuration-state-writer.ts";
import { HeldBefore } from "./held-before.ts";
import { Layer2Reporter } from "./layer2-reporter.ts";
import { RecentDefences } from "./recent-defences.ts";
import { EventRecorder } from "./event-recorder.ts";
import { NodePresence } from "./node-presence.ts";
import { type RingGuide } from "./ring-guide.ts";
import { ServiceBgpStatusWriter } from "./service-bgp-status-writer.ts";
import { ServiceL2StatusWriter } from "./service-l2-status-writer.ts";
import { ServiceReporter } from "./service-reporter.ts";
import { StateKeeper } from "./state-keeper.ts";
import { VerdictLog } from "./verdict-log.ts";
import { WorkerLink } from "./worker-link.ts";

export interface AgentOptions extends AnnouncingOptions, BgpFlags {
  /** The program's own. */
  readonly namespace: string;
  /** Of an earlier run: announced when the API server does not answer at the start. */
  readonly saved: SavedState | undefined;
}

export interface AgentDeps {
  readonly cluster: ClusterReader;
  readonly writer: ClusterWriter;
  readonly worker: NetioWorker;
  readonly connections: BgpConnections;
  /** Undefined = no membership. */
  readonly ring?: Pick<RingGuide, "update" | "stop"> | undefined;
  readonly metrics: AgentMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly sha256: Sha256;
  /** Where to keep the state for the next run; undefined = nowhere. */
  readonly stateStore: StateStore | undefined;
  /** All of the cluster has been looked at for the first time. */
  readonly onFirstLook?: () => void;
}

/** How long the main loop or the worker may owe an answer before a restart is the better choice. */
const patience: Millis = 10_000;

/** How long the API server may take to list everything before what an earlier run kept is announced. */
const listPatience: Millis = 2000;

/**
 * The main thread: whenever the cluster or the worker has news, it looks at everything anew and acts on the difference.
 * It owns no decision of its own; those are functions of the view, made in core.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #deps: AgentDeps;
  readonly #coalescer: Coalescer;
  readonly #configuration: Configuration;
  readonly #worker: WorkerLink;
  readonly #bgp: BgpAnnouncing;
  readonly #bgpStatuses: ServiceBgpStatusWriter;
  readonly #layer2: Layer2Reporter;
  readonly #defences: RecentDefences;
  readonly #heldBefore: HeldBefore;
  readonly #keeper: StateKeeper | undefined;
  readonly #cancelSaved: (() => void) | undefined;
  /** What an earlier run kept is announced, as long as the API server has not said better. */
  #goesBySaved = false;
  readonly #events: EventRecorder;
  readonly #reporter: ServiceReporter;
  readonly #statuses: ServiceL2StatusWriter;
  readonly #states: ConfigurationStateWriter;
  readonly #verdicts: VerdictLog;
  readonly #presence: NodePresence;
  /** What `#desired` was decided from. */
  #decidedFrom: ClusterView | undefined;
  #desired: DesiredState | undefined;
  /** Undefined = BGP has not begun. */
  #announcements: BgpAnnouncements | undefined;
  #failure: string | undefined;
  #hasLooked = false;

  constructor(options: AgentOptions, deps: AgentDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#coalescer = new Coalescer(
      { pauseMs: 20, pausePerRunTime: 4, longestPauseMs: 1000 },
      { clock: deps.clock, run: () => this.#look() },
    );
    this.#configuration = new Configuration(options, deps);
    const onReport = (): void => this.#coalescer.request();
    this.#bgp = new BgpAnnouncing(options, { ...deps, onChange: onReport });
    deps.metrics.followBgpPeers(() => this.#bgp.status.map(bgpPeerMetrics));
    this.#bgpStatuses = new ServiceBgpStatusWriter(options, deps);
    this.#layer2 = new Layer2Reporter(options, deps);
    const onMove = (move: OwnerMove): void => {
      this.#layer2.countMove(move);
      this.#statuses.noteMove(move);
    };
    this.#worker = new WorkerLink({ nodeName: options.nodeName }, { ...deps, onReport, onMove });
    this.#defences = new RecentDefences({ ...deps, onExpiry: onReport });
    this.#heldBefore = new HeldBefore({ ...deps, onExpiry: onReport });
    this.#events = new EventRecorder(deps);
    this.#reporter = new ServiceReporter(options, {
      ...deps,
      recordEvents: (events) => this.#events.record(events),
    });
    this.#statuses = new ServiceL2StatusWriter(options, deps);
    this.#states = new ConfigurationStateWriter(options, deps);
    this.#verdicts = new VerdictLog(deps);
    this.#presence = new NodePresence(options, deps);
    deps.cluster.onChange(() => this.#coalescer.request());
    const { stateStore: store } = deps;
    this.#keeper = store && new StateKeeper(options, { ...deps, store });
    this.#cancelSaved = options.saved && deps.clock.after(listPatience, () => this.#announceSaved());
  }

  /** Why the program should be started anew; undefined while it is well. */
  get whyNotHealthy(): string | undefined {
    const { waitingSince } = this.#coalescer;
    if (waitingSince !== undefined && this.#deps.clock.now() - waitingSince > patience) {
      return "the main loop has not looked at a change of the cluster for more than 10 s";
    }
    return this.#worker.silentFor > patience
      ? "the netio worker has not answered for more than 10 s"
      : undefined;
  }

  /** Why it does not do its work yet, or not as it should; undefined once it does. */
  get whyNotReady(): string | undefined {
    const { awaited } = this.#deps.cluster;
    if (awaited.length > 0) {
      const meanwhile = this.#goesBySaved
        ? `; meanwhile what is known from ${this.#options.saved?.savedAt ?? ""} is announced`
        : "";
      return `waiting for the API server to list ${awaited.join(", ")}${meanwhile}`;
    }
    const { awaited: awaitedForBgp } = this.#bgp;
    if (awaitedForBgp.length > 0) return `waiting for the API server to list ${awaitedForBgp.join(", ")}`;
    if (this.#worker.report === undefined) return "the netio worker has not confirmed the first snapshot";
    return this.#failure;
  }

  /** What is known at the moment. */
  get status(): AgentStatus {
    const { nodeName } = this.#options;
    const { report, owners } = this.#worker;
    const { whyNotHealthy, whyNotReady } = this;
    const { status: peers, whyOff } = this.#bgp;
    const bgp = { verdicts: this.#announcements?.desired.verdicts ?? [], peers, whyOff };
    const { clock } = this.#deps;
    return agentStatus({
      nodeName,
      whyNotHealthy,
      whyNotReady,
      desired: this.#desired,
      report,
      owners,
      bgp,
      clock,
    });
  }

  /** Where other members of the ring may be found: kept for a start while the API server is away. */
  notePeers(peers: readonly GossipEndpoint[]): void {
    this.#keeper?.keep({ peers });
  }

  async stop(): Promise<void> {
    this.#coalescer.stop();
    this.#events.stop();
    this.#defences.stop();
    this.#heldBefore.stop();
    this.#deps.ring?.stop();
    this.#cancelSaved?.();
    await Promise.all([
      this.#stopAnnouncing(),
      this.#statuses.stop(),
      this.#bgpStatuses.stop(),
      this.#states.stop(),
      this.#keeper?.stop(),
    ]);
  }

  /**
   * First others take the addresses over, and routers other ways, while this node still answers. The worker goes last:
   * it tells routers that BFD ends on purpose.
   */
  async #stopAnnouncing(): Promise<void> {
    const exit = this.#exit;
    this.#deps.log.info({ exit: exit.kind, because: exit.because }, "taking leave of neighbours and routers");
    await Promise.all([this.#deps.worker.drain(), this.#bgp.stop(exit.kind)]);
    await this.#deps.worker.stop();
  }

  /** On a node that stays in service another agent is about to follow. */
  get #exit(): { readonly kind: "roll-out" | "drain"; readonly because: string } {
    const { nodeName } = this.#options;
    const node = this.#deps.cluster.view().nodes.find(({ metadata }) => metadata.name === nodeName);
    const because = node && whyNodeIsDrained(node, this.#options);
    return because === undefined
      ? { kind: "roll-out", because: "the node stays in service" }
      : { kind: "drain", because: `the node ${because}` };
  }

  #announceSaved(): void {
    const { saved } = this.#options;
    const { awaited } = this.#deps.cluster;
    if (saved === undefined || awaited.length === 0) return;
    this.#goesBySaved = true;
    this.#worker.announce(saved.election);
    this.#deps.log.warn(
      { savedAt: saved.savedAt, addresses: saved.election.addresses.length, awaited },
      "the API server has not answered; what an earlier run kept is announced until it does",
    );
  }

  #look(): void {
    const { cluster, log, metrics } = this.#deps;
    // Half a picture would withdraw what the other half wants announced.
    if (cluster.awaited.length > 0) return;
    try {
      this.#act(cluster.view());
      this.#failure = undefined;
      metrics.countUpdate("ok");
      this.#noteLook();
    } catch (error) {
      // What has been announced stands: the worker keeps the last snapshot it was given.
      this.#failure = `the last change of the cluster could not be dealt with: ${String(error)}`;
      metrics.countUpdate("failed");
      log.error({ error }, "a change of the cluster could not be dealt with; announcements stay as they are");
    }
  }

  #noteLook(): void {
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    this.#deps.onFirstLook?.();
  }

  #act(view: ClusterView): void {
    const config = this.#configuration.of(view);
    // Routes first: their way to the table of a router is the longer one.
    this.#announcements = this.#bgp.update(view, config);
    const desired = this.#decide(view, config);
    this.#announce(view, desired);
    const report = this.#worker.report && this.#defences.in(this.#worker.report);
    const problems = [...this.#configuration.problems, ...this.#bgp.problems];
    const segment = report && this.#segment(desired, report);
    this.#states.update({ problems, segment, bgp: this.#bgp.report() }, view);
    this.#reportBgp();
    // Before the worker has spoken nobody knows what this node announces, so nothing is said about it.
    if (report === undefined) return;
    this.#reporter.update(desired, report, this.#worker.owners);
    this.#layer2.update(desired, report, this.#worker.owners);
    this.#statuses.update(desired.verdicts, report);
  }

  #announce(view: ClusterView, desired: DesiredState): void {
    this.#heldBefore.read(view.configurationStates);
    this.#heldBefore.update(this.#worker.report);
    const held = [...this.#heldBefore.addresses, ...(this.#worker.report?.held ?? [])];
    const probeOnly = probeOnlyAddresses(held, desired.addresses, desired.elections.config);
    const { addresses, readyNodes, remembered } = desired;
    const election = { addresses, probeOnly, readyNodes };
    if (this.#worker.announce(election)) this.#keeper?.keep({ election, remembered });
    this.#leaveSaved();
  }

  #reportBgp(): void {
    if (this.#announcements === undefined) return;
    const { desired, carried } = this.#announcements;
    this.#reporter.updateBgp(desired.verdicts, carried);
    this.#bgpStatuses.update(desired.verdicts, carried);
    this.#verdicts.updateBgp(desired.verdicts);
  }

  #segment(desired: DesiredState, report: NetioReport): SegmentReport {
    const { desired: bgp, carried } = this.#announcements ?? { desired: undefined, carried: nothingCarried };
    const suspended = [
      ...announcedSuspended(desired, report),
      ...advertisedSuspended(bgp?.verdicts ?? [], carried),
    ];
    const segment = segmentReport(report, suspended);
    return { ...segment, held: { ...this.#heldBefore.claims, ...segment.held } };
  }

  get #predecessor(): Predecessor | undefined {
    const { saved } = this.#options;
    if (this.#desired !== undefined || saved === undefined) return this.#desired;
    const { addresses } = saved.election;
    const settled = new Set(addresses.map(({ address }) => formatIpAddress(address)));
    return { remembered: saved.remembered, settled };
  }

  #leaveSaved(): void {
    if (!this.#goesBySaved) return;
    this.#goesBySaved = false;
    this.#deps.log.info({}, "the API server has answered; from now on its word counts");
  }

  #decide(view: ClusterView, config: Config): DesiredState {
    if (
      this.#desired !== undefined &&
      this.#decidedFrom !== undefined &&
      sameInputs(this.#decidedFrom, view)
    ) {
      return this.#desired;
    }
    const owned = new Set(this.#worker.owners.keys());
    const desired = decideAnnouncements({ ...view, config, owned }, this.#options, this.#predecessor);
    this.#presence.update(view.nodes);
    this.#verdicts.update(desired.verdicts);
    this.#decidedFrom = view;
    this.#desired = desired;
    return desired;
  }
}

/** By identity: a view keeps its lists until something in them changes. Status objects decide nothing. */
function sameInputs(a: ClusterView, b: ClusterView): boolean {
  const decisive = [
    "services",
    "endpointSlices",
    "nodes",
    "namespaces",
    "pools",
    "l2Advertisements",
  ] as const;
  return decisive.every((list) => a[list] === b[list]);
}
