import { RecordingLog } from "@steelyard/client/testing";
import { formatIpAddress, parseIpPrefix } from "@steelyard/model/address";
import { type BgpPeer } from "@steelyard/model/config";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryIpNetwork } from "../../../adapters/memory/memory-ip-network.ts";
import { type DesiredBgp } from "../../../core/desired/bgp/types.ts";
import { type Route } from "../../../core/rib/types.ts";
import { ip } from "../../../core/wire/testing/ip.ts";
import { type ClusterView } from "../../../ports/cluster-reader.ts";
import { advance } from "../../testing/settle.ts";
import { BgpSpeaker, type BgpSpeakerOptions } from "../bgp-speaker.ts";
import { bgpPeer } from "./bgp-peer.ts";
import { hostInterface, ScriptedRouters } from "./scripted-routers.ts";

export const nodeAddress = ip("192.0.2.10");
export const routerAddress = ip("192.0.2.1");

export function route(text: string, changes: Partial<Route> = {}): Route {
  const prefix = parseIpPrefix(text);
  if (!prefix.ok) throw new Error(prefix.error.message);
  return { prefix: prefix.value, localPref: 0, asPathPrepend: 0, communities: [], ...changes };
}

/** One speaker on a host of the network, with a worker that does what a test says. */
export class SpeakerHost {
  readonly log = new RecordingLog();
  readonly routers: ScriptedRouters;
  readonly speaker: BgpSpeaker;
  watchedSecrets: readonly string[] = [];
  #secrets: ClusterView["passwordSecrets"] = new Map();
  #peers: readonly BgpPeer[] = [];
  #routes: readonly Route[] = [];

  constructor(lab: SpeakerLab, address: typeof nodeAddress, options: Partial<BgpSpeakerOptions>) {
    const { clock, network } = lab;
    this.routers = new ScriptedRouters([hostInterface("eth0", [address, 24])]);
    this.speaker = new BgpSpeaker(
      {
        nodeName: formatIpAddress(address),
        namespace: "metallb-system",
        listen: [],
        routeDelay: 0,
        ...options,
      },
      {
        connections: network.host(address).bgp,
        worker: this.routers,
        cluster: { watchSecrets: (names) => void (this.watchedSecrets = names) },
        clock,
        random: seededRandom(1),
        log: this.log,
        onChange: () => undefined,
      },
    );
  }

  configure(...peers: readonly Partial<BgpPeer>[]): void {
    this.#peers = peers.map(bgpPeer);
    this.#update();
  }

  announce(...texts: readonly string[]): void {
    this.#routes = texts.map((text) => route(text));
    this.#update();
  }

  store(secrets: ClusterView["passwordSecrets"]): void {
    this.#secrets = secrets;
    this.#update();
  }

  peer(name = "tor") {
    const found = this.speaker.status.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no peer ${name}`);
    return found;
  }

  get state(): string {
    return this.peer().session.state;
  }

  #update(): void {
    const desired: DesiredBgp = {
      peers: this.#peers,
      routes: new Map(this.#peers.map(({ name }) => [name, this.#routes])),
      verdicts: [],
    };
    this.speaker.update(desired, this.#secrets);
  }
}

/** A node and a router that listens, both of them ours: what one says the other one has to understand. */
export class SpeakerLab {
  readonly clock = new ManualClock();
  readonly network = new MemoryIpNetwork({ clock: this.clock, random: seededRandom(7) });
  readonly router: SpeakerHost;
  node: SpeakerHost;

  constructor(options: Partial<BgpSpeakerOptions> = {}) {
    this.router = new SpeakerHost(this, routerAddress, { listen: [{ address: routerAddress, port: 179 }] });
    this.node = new SpeakerHost(this, nodeAddress, options);
  }

  /** Both know each other; the router with what the node is configured with, turned round. */
  async start(peer: Partial<BgpPeer> = {}, router: Partial<BgpPeer> = {}): Promise<this> {
    this.configureRouter({ ...mirrored(peer), ...router });
    this.node.configure(peer);
    await this.pass(3000);
    return this;
  }

  configureRouter(peer: Partial<BgpPeer>): void {
    this.router.configure({ ...mirrored(peer), ...peer });
  }

  /** The program is started anew on the node. */
  restart(options: Partial<BgpSpeakerOptions> = {}): SpeakerHost {
    this.node = new SpeakerHost(this, nodeAddress, options);
    return this.node;
  }

  async pass(millis: number): Promise<void> {
    await advance(this.clock, millis);
  }

  /** How many prefixes the router has from the node. */
  get received(): number {
    const { IPv4, IPv6 } = this.router.peer().session.received;
    return IPv4 + IPv6;
  }
}

function mirrored(peer: Partial<BgpPeer>): Partial<BgpPeer> {
  const { myAsn, peerAsn, localAsn } = bgpPeer(peer);
  return {
    ...peer,
    myAsn: typeof peerAsn === "number" ? peerAsn : 65_010,
    localAsn: undefined,
    peerAsn: localAsn ?? myAsn,
    endpoint: { by: "address", address: nodeAddress },
  };
}
