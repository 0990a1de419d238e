import { type LogSink } from "@steelyard/client";
import { type Clock, type Random } from "@steelyard/model/foundation";
import { type GossipEndpoint } from "../core/wire/gossip/messages.ts";
import { type NetioReport } from "../ports/netio-report.ts";
import { type NetioWorker } from "../ports/netio-worker.ts";
import { type SpeakerPods } from "../ports/speaker-pods.ts";
import { MembershipSecret } from "./membership-secret.ts";
import { PeerDiscovery } from "./peer-discovery.ts";

export interface RingGuideOptions {
  /** Of this node. */
  readonly endpoint: GossipEndpoint;
  /** Known from before, for a start while the API server is away. */
  readonly initialPeers?: readonly GossipEndpoint[];
}

export interface RingGuideDeps {
  readonly worker: Pick<NetioWorker, "configureRing">;
  readonly pods: SpeakerPods;
  /** Undefined = gossip is not encrypted. */
  readonly readKey: (() => Promise<Uint8Array>) | undefined;
  /** Called with what is found, for whoever wants to remember it. */
  readonly onPeers?: (peers: readonly GossipEndpoint[]) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
}

/** Tells the worker where the other agents are, and with which keys they talk. */
export class RingGuide {
  readonly #worker: RingGuideDeps["worker"];
  readonly #discovery: PeerDiscovery;
  readonly #secret: MembershipSecret | undefined;
  #peers: readonly GossipEndpoint[] | undefined;
  #keys: readonly Uint8Array[] = [];

  constructor(options: RingGuideOptions, deps: RingGuideDeps) {
    const { worker, readKey } = deps;
    this.#worker = worker;
    this.#discovery = new PeerDiscovery(options, {
      ...deps,
      onPeers: (peers) => {
        this.#peers = peers;
        deps.onPeers?.(peers);
        this.#tell();
      },
    });
    this.#secret =
      readKey &&
      new MembershipSecret({
        ...deps,
        readKey,
        onKeys: (keys) => {
          this.#keys = keys;
          this.#tell();
        },
      });
  }

  /** @throws Error when there is to be a key and there is none: nobody may join in the clear instead */
  async start(): Promise<void> {
    await this.#secret?.start();
    if (this.#secret === undefined) this.#tell();
    this.#discovery.start();
  }

  /** What speaks for other agents than those that are known: nodes that came or went, members that are missed. */
  update(nodes: readonly string[], members: NetioReport["members"]): void {
    this.#discovery.nodesChanged(nodes);
    const living = members?.filter(({ state }) => state === "alive").length ?? 0;
    this.#discovery.membersMissing(members !== undefined && living < (this.#peers?.length ?? 0) + 1);
  }

  stop(): void {
    this.#discovery.stop();
    this.#secret?.stop();
  }

  #tell(): void {
    this.#worker.configureRing({ peers: this.#peers, keys: this.#keys });
  }
}
