import { type LogSink } from "@steelyard/client";
import { compareIpAddresses, type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { type Clock, type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type GossipEndpoint } from "../core/wire/gossip/messages.ts";
import { type SpeakerPods } from "../ports/speaker-pods.ts";

export interface PeerDiscoveryOptions {
  /** Of this node. Pods with several addresses are reached at the first of its family, all at its port. */
  readonly endpoint: GossipEndpoint;
  /** Known from before, for a start while the API server is away. */
  readonly initialPeers?: readonly GossipEndpoint[];
}

export interface PeerDiscoveryDeps {
  readonly pods: SpeakerPods;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  /** Where other members may be found, sorted; called when that changes, and first when it is known at all. */
  readonly onPeers: (peers: readonly GossipEndpoint[]) => void;
}

/** As MetalLB (reference metallb.md, section 4.8). */
const LIST_EVERY_MILLIS: Millis = 300_000;
const MISSING_EVERY_MILLIS: Millis = 60_000;
/** The Pod of a new node gets its address a moment after the node is there. */
const AFTER_NODES_MILLIS: Millis = 10_000;
const FIRST_RETRY_MILLIS: Millis = 1_000;
const LAST_RETRY_MILLIS: Millis = 60_000;

/** Finds the other agents by listing Pods: at the start, every five minutes, and when something speaks for a change. */
export class PeerDiscovery {
  readonly #options: PeerDiscoveryOptions;
  readonly #deps: PeerDiscoveryDeps;
  #peers: readonly GossipEndpoint[] | undefined;
  #nodes: string | undefined;
  #missing = false;
  #failures = 0;
  #listedAt: Instant | undefined;
  #listing = false;
  #again = false;
  #stopped = false;
  #next: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(options: PeerDiscoveryOptions, deps: PeerDiscoveryDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  start(): void {
    const { initialPeers = [] } = this.#options;
    if (initialPeers.length > 0) this.#found(initialPeers);
    void this.#list();
  }

  stop(): void {
    this.#stopped = true;
    this.#next?.cancel();
  }

  /** The names of the cluster's nodes: another set of nodes is another set of agents. */
  nodesChanged(names: readonly string[]): void {
    const nodes = [...names].sort().join(" ");
    const before = this.#nodes;
    this.#nodes = nodes;
    if (before === nodes || before === undefined) return;
    void this.#list();
    // And once more, for the Pod that has no address yet.
    this.#again = true;
  }

  /** Whether somebody listed is no living member: he may have got another address. */
  membersMissing(missing: boolean): void {
    const begins = missing && !this.#missing;
    this.#missing = missing;
    if (begins) this.#scheduleNext();
  }

  async #list(): Promise<void> {
    if (this.#listing || this.#stopped) return;
    this.#listing = true;
    try {
      this.#found(this.#peersOf(await this.#deps.pods.list()));
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      // Whoever was found before is still there, or will be found missing by the ring itself.
      if (this.#failures === 1)
        this.#deps.log.warn({ error }, "the Pods to gossip with could not be listed; trying again");
    }
    this.#listing = false;
    this.#listedAt = this.#deps.clock.now();
    this.#scheduleNext();
  }

  #scheduleNext(): void {
    if (this.#stopped || this.#listing) return;
    const { clock } = this.#deps;
    const at = (this.#listedAt ?? clock.now()) + this.#pause();
    this.#next?.cancel();
    const cancel = clock.after(Math.max(0, at - clock.now()), () => void this.#list());
    this.#next = { at, cancel };
  }

  #pause(): Millis {
    if (this.#failures > 0) {
      const pause = Math.min(FIRST_RETRY_MILLIS * 2 ** (this.#failures - 1), LAST_RETRY_MILLIS);
      // All agents miss the API server at the same moment; they need not all come back at the same one.
      return pause * (0.5 + this.#deps.random.fraction());
    }
    if (this.#again) {
      this.#again = false;
      return AFTER_NODES_MILLIS;
    }
    return this.#missing ? MISSING_EVERY_MILLIS : LIST_EVERY_MILLIS;
  }

  #peersOf(pods: readonly (readonly IpAddress[])[]): readonly GossipEndpoint[] {
    const { address: own, port } = this.#options.endpoint;
    const addresses = pods.flatMap((list) => list.find(({ family }) => family === own.family) ?? []);
    const others = addresses.filter((address) => !sameIpAddress(address, own)).sort(compareIpAddresses);
    const unique = others.filter((address, index) => {
      const before = others[index - 1];
      return before === undefined || !sameIpAddress(before, address);
    });
    return unique.map((address) => ({ address, port }));
  }

  #found(peers: readonly GossipEndpoint[]): void {
    if (this.#stopped || (this.#peers !== undefined && samePeers(this.#peers, peers))) return;
    this.#peers = peers;
    this.#deps.onPeers(peers);
  }
}

function samePeers(a: readonly GossipEndpoint[], b: readonly GossipEndpoint[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ address, port }, index) => {
      const other = b[index];
      return other !== undefined && port === other.port && sameIpAddress(address, other.address);
    })
  );
}
