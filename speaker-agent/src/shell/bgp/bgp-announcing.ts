import { type LogSink } from "@steelyard/client";
import { type Config, type ConfigProblem } from "@steelyard/model/config";
import { type Clock, type Random } from "@steelyard/model/foundation";
import { type BgpReport } from "@steelyard/model/resources";
import { duplicatePeersOf } from "@steelyard/model/services";
import { type CarriedRoutes } from "../../core/desired/bgp/carried-routes.ts";
import { decideBgp } from "../../core/desired/bgp/decide-bgp.ts";
import { type DesiredBgp } from "../../core/desired/bgp/types.ts";
import { type SavedState } from "../../core/desired/saved-state.ts";
import { type AnnouncingOptions } from "../../core/desired/types.ts";
import { type Downtimes, lookAtBgp } from "../../core/reporting/bgp-sight.ts";
import { type BgpConnections } from "../../ports/bgp-connections.ts";
import { type AwaitedKind, type ClusterReader, type ClusterView } from "../../ports/cluster-reader.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { BgpSpeaker, type BgpSpeakerOptions } from "./bgp-speaker.ts";
import { type BgpPeerStatus } from "./peer-status.ts";
import { withoutUsualWithholding } from "./unusual-withholding.ts";

export interface BgpAnnouncingOptions extends AnnouncingOptions, BgpSpeakerOptions {
  /** Of an earlier run. */
  readonly saved: Pick<SavedState, "remembered"> | undefined;
}

export interface BgpAnnouncingDeps {
  readonly connections: BgpConnections;
  readonly cluster: ClusterReader;
  readonly worker: NetioWorker;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  /** There is something to look at. */
  readonly onChange: () => void;
}

/** What routers have from this node, and why; undefined in its place = BGP has not begun. */
export interface BgpAnnouncements {
  readonly desired: DesiredBgp;
  readonly carried: CarriedRoutes;
}

/** The part of the main thread that is about BGP: decides, and has the decision spoken. */
export class BgpAnnouncing {
  readonly #options: BgpAnnouncingOptions;
  readonly #deps: BgpAnnouncingDeps;
  readonly #speaker: BgpSpeaker;
  #decidedFrom: readonly unknown[] = [];
  #desired: DesiredBgp | undefined;
  #duplicates: readonly ConfigProblem[] = [];
  #downtimes: Downtimes = new Map();
  #cancelLook: (() => void) | undefined;
  /** The kinds that the log knows to be missing. */
  #missing = "";

  constructor(options: BgpAnnouncingOptions, deps: BgpAnnouncingDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#speaker = new BgpSpeaker(options, deps);
  }

  /** What is still to come before BGP may begin; kinds that the API server refuses are not waited for. */
  get awaited(): readonly string[] {
    const { awaitedForBgp } = this.#deps.cluster;
    return awaitedForBgp.filter(({ refusal }) => refusal === undefined).map(({ kind }) => kind);
  }

  /** Why there is no BGP at all; undefined = there is, or it is about to begin. */
  get whyOff(): string | undefined {
    const { awaitedForBgp } = this.#deps.cluster;
    const refused = awaitedForBgp.filter(({ refusal }) => refusal !== undefined);
    const missing = refused.map(({ kind }) => kind).join(", ");
    return refused[0] && `the API server does not show ${missing}: ${refused[0].refusal ?? ""}`;
  }

  /** What is wrong with the configuration on this node alone. */
  get problems(): readonly ConfigProblem[] {
    return [...this.#duplicates, ...this.#speaker.problems];
  }

  get status(): readonly BgpPeerStatus[] {
    return this.#speaker.status;
  }

  /** Looks at the cluster anew, and acts at once; undefined while half a picture would take routes away from routers. */
  update(view: ClusterView, config: Config): BgpAnnouncements | undefined {
    const { awaitedForBgp } = this.#deps.cluster;
    this.#tellMissing(awaitedForBgp);
    if (awaitedForBgp.length > 0) return undefined;
    const desired = this.#decide(view, config);
    this.#speaker.update(desired, view.passwordSecrets);
    return { desired, carried: this.#speaker.carried };
  }

  /** Which routers are not told everything, for the ConfigurationState; undefined while that is not known. */
  report(): BgpReport | undefined {
    if (this.#desired === undefined) return undefined;
    const { clock, onChange } = this.#deps;
    const moment = { now: clock.now(), timestamp: clock.timestamp() };
    const { downtimes, report, lookAgainAt } = lookAtBgp(
      this.#downtimes,
      withoutUsualWithholding(this.#speaker.status),
      moment,
    );
    this.#downtimes = downtimes;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    if (lookAgainAt !== undefined) this.#cancelLook = clock.after(lookAgainAt - moment.now, onChange);
    return report;
  }

  stop(exit: "roll-out" | "drain"): Promise<void> {
    this.#cancelLook?.();
    return this.#speaker.stop(exit);
  }

  #decide(view: ClusterView, config: Config): DesiredBgp {
    const { services, endpointSlices, nodes } = view;
    const sources = [services, endpointSlices, nodes, config];
    const isSame = sources.every((source, index) => source === this.#decidedFrom[index]);
    if (this.#desired !== undefined && isSame) return this.#desired;
    this.#duplicates = this.#duplicatesOn(nodes, config);
    const previous = this.#desired ?? this.#options.saved;
    this.#desired = decideBgp({ services, endpointSlices, nodes, config }, this.#options, previous);
    this.#decidedFrom = sources;
    return this.#desired;
  }

  /** BGPPeers that are one session here, by the labels that this node has now. */
  #duplicatesOn(nodes: ClusterView["nodes"], config: Config): readonly ConfigProblem[] {
    const { nodeName, namespace } = this.#options;
    const node = nodes.find(({ metadata }) => metadata.name === nodeName);
    return node === undefined ? [] : duplicatePeersOf(node, config.bgpPeers, namespace);
  }

  #tellMissing(awaited: readonly AwaitedKind[]): void {
    const refused = awaited.filter(({ refusal }) => refusal !== undefined);
    const missing = refused.map(({ kind }) => kind).join(", ");
    if (missing === this.#missing) return;
    this.#missing = missing;
    const { log } = this.#deps;
    if (missing === "") log.info({}, "the kinds of BGP have come");
    else
      log.warn(
        { missing, because: refused[0]?.refusal },
        "BGP is off: the API server does not show its kinds; layer 2 does without",
      );
  }
}
