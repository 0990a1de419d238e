import { type IpAddress } from "@steelyard/model/address";
import { type Instant, type Random } from "@steelyard/model/foundation";
import { seededRandom } from "@steelyard/model/testing";
import { type ElectionSnapshot, type OwnerPolicy } from "../../../election/types.ts";
import { ip } from "../../../wire/testing/ip.ts";
import { type MemberView } from "../../membership/types.ts";
import { type OwnershipEffect, type OwnershipInput } from "../types.ts";
import { encodeOwnershipState } from "../user-state.ts";
import { Agenda } from "./agenda.ts";
import { announcedBySpeaker, type SpeakerView, stepSpeaker } from "./metallb-speaker.ts";
import { type Announcing, byAddress, sha256, SimNode, textOf } from "./sim-node.ts";

export interface WorldOptions {
  readonly nodes: readonly string[];
  readonly seed: number;
  readonly policy?: OwnerPolicy;
  /** Whether a message of the ring gets lost. */
  readonly loss?: number;
  readonly membership?: boolean;
}

/** A move as the nodes tell it. */
export interface Move {
  readonly at: number;
  readonly address: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly cause: string;
}

/** Which parts of the network two nodes share. */
export type Plane = "gossip" | "segment";

/** Silence until membership gives a node up, and until it takes one back. */
export const GIVE_UP = 4000;
export const TAKE_BACK = 800;
const SUSPECT = 1000;
const EXCHANGE = 10_000;
const REFRESH = 5000;
const TICK = 50;
const PROBE_TIME = 150;
const SILENCE = 150;
const KERNEL_SILENCE = 60;
const STALL = 2500;

/**
 * A cluster of nodes with the real machine, and simple models of everything around it: a segment, the ring, the peer watch
 * and announcers. All chance comes from the seed.
 */
export class World {
  readonly agenda = new Agenda();
  readonly nodes = new Map<string, SimNode>();
  readonly moves: Move[] = [];
  readonly logs: string[] = [];
  /** Called after everything that happens. */
  observe: () => void = () => undefined;
  loss: number;
  readonly #random: Random;
  readonly #options: WorldOptions;
  /** By plane, the side each node is on; nodes of different sides do not reach each other. */
  readonly #sides: Record<Plane, Map<string, number>> = { gossip: new Map(), segment: new Map() };
  /** By "a>b": whom a believes alive, and since when it hears or does not hear it. */
  readonly #beliefs = new Map<string, { state: MemberView["state"]; changing: number | undefined }>();
  readonly #silences = new Map<string, { since: number | undefined; gone: boolean }>();
  readonly #speakers = new WeakMap<SimNode, SpeakerView>();
  /** What each node's API connection delivers; undefined = cut off. */
  readonly #apiLag = new Map<string, number | undefined>();
  #snapshot: Omit<ElectionSnapshot, "nodeName"> | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.loss = options.loss ?? 0;
    for (const name of options.nodes) {
      this.nodes.set(name, new SimNode(name));
      this.#apiLag.set(name, 0);
    }
    this.#tick();
  }

  get now(): number {
    return this.agenda.now;
  }

  run(millis: number): void {
    this.agenda.runUntil(this.agenda.now + millis);
  }

  node(name: string): SimNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  start(name: string): void {
    const node = this.node(name);
    if (node.running) return;
    node.forget();
    node.running = true;
    node.kernel = true;
    node.startedAt = 1_000_000 + this.now;
    this.#take(node, { kind: "start" });
    this.#deliverSnapshot(node, 0);
    this.#soon(node, 30 + this.#upTo(60), () => {
      this.#join(node);
    });
    this.#exchangeAgain(node);
    this.#refreshAgain(node);
  }

  /** The node is gone, kernel and all. */
  crash(name: string): void {
    const node = this.node(name);
    node.running = false;
    node.kernel = false;
    node.forget();
    this.observe();
  }

  /** The program is gone, the kernel goes on. */
  kill(name: string): void {
    const node = this.node(name);
    node.running = false;
    node.forget();
    this.observe();
  }

  pause(name: string, millis: number): void {
    const node = this.node(name);
    if (!node.running || node.paused) return;
    const { life } = node;
    node.paused = true;
    this.observe();
    this.agenda.after(millis, () => {
      if (node.life !== life) return;
      node.paused = false;
      for (const run of node.backlog.splice(0)) run();
      this.observe();
    });
  }

  /** SIGTERM: ends when it is drained, a moment later. */
  drain(name: string, ended: () => void = () => undefined): void {
    const node = this.node(name);
    if (!node.running) return;
    const { life } = node;
    this.#take(node, { kind: "drain" });
    const end = (): void => {
      if (node.life !== life || !node.running) return;
      if (!node.drained) return this.agenda.after(10, end);
      for (const other of this.nodes.values()) {
        if (this.#reaches("gossip", node, other)) this.#believe(other, node, "left");
      }
      node.running = false;
      node.forget();
      ended();
      this.observe();
    };
    this.agenda.after(10, end);
  }

  /** Puts nodes on sides; a plane without sides is whole. */
  part(plane: Plane, side: readonly string[]): void {
    for (const name of this.nodes.keys()) this.#sides[plane].set(name, side.includes(name) ? 1 : 0);
  }

  heal(plane: Plane): void {
    this.#sides[plane].clear();
  }

  /** Everybody is given this snapshot, each when its API connection delivers. */
  publish(snapshot: Omit<ElectionSnapshot, "nodeName">): void {
    this.#snapshot = snapshot;
    for (const node of this.nodes.values()) this.#deliverSnapshot(node, 10);
  }

  /** Undefined = cut off from the API server. */
  setApiLag(name: string, lag: number | undefined): void {
    this.#apiLag.set(name, lag);
    if (lag !== undefined) this.#deliverSnapshot(this.node(name), lag);
  }

  give(name: string, input: OwnershipInput): void {
    this.#take(this.node(name), input);
  }

  /** Who answers for an address, on the whole segment. */
  answering(address: string): readonly string[] {
    return [...this.nodes.values()].filter((node) => node.answers(address)).map(({ name }) => name);
  }

  /** Makes the announcer of every owner speak once, as a periodic refresh does. */
  refreshAll(): void {
    for (const node of this.nodes.values()) this.#refresh(node);
  }

  #upTo(millis: number): number {
    return Math.floor(this.#random.fraction() * millis);
  }

  #reaches(plane: Plane, left: SimNode, right: SimNode): boolean {
    const sides = this.#sides[plane];
    return sides.get(left.name) === sides.get(right.name);
  }

  /** Something that happens to a node later, if it is still the same run of it; a paused one gets it when it goes on. */
  #soon(node: SimNode, delay: number, run: () => void): void {
    const { life } = node;
    const whenAwake = (): void => {
      if (node.life !== life || !node.running) return;
      if (node.paused) node.backlog.push(whenAwake);
      else run();
    };
    this.agenda.after(delay, whenAwake);
  }

  #take(node: SimNode, input: OwnershipInput): void {
    if (!node.running) return;
    if (node.isSpeaker) return this.#takeAsSpeaker(node, input);
    const { policy = "sticky", membership = true } = this.#options;
    const { name: nodeName, startedAt } = node;
    const effects = node.step(this.now, { nodeName, policy, membership, startedAt }, input);
    for (const effect of effects) this.#perform(node, effect);
    this.observe();
  }

  #takeAsSpeaker(node: SimNode, input: OwnershipInput): void {
    if (input.kind === "drain") node.drained = true;
    if (input.kind !== "members" && input.kind !== "snapshot") return;
    const view = stepSpeaker(this.#speakers.get(node) ?? { believed: new Set(), snapshot: undefined }, input);
    this.#speakers.set(node, view);
    this.#announce(node, byAddress(announcedBySpeaker(view, node.name)));
    this.observe();
  }

  #perform(node: SimNode, effect: OwnershipEffect): void {
    switch (effect.kind) {
      case "announce":
        return this.#announce(node, byAddress(effect.announcements));
      case "announce-again":
        for (const address of effect.addresses) this.#speak(node, textOf(address));
        return;
      case "broadcast":
        for (const other of this.nodes.values())
          this.#carry(node, other, effect.payload, 20 + this.#upTo(380));
        return;
      case "send":
        return this.#carry(node, this.node(effect.to), effect.payload, 1 + this.#upTo(10));
      case "watch":
        node.watchedPeers = effect.peers;
        return;
      case "moved": {
        const { address, from, to, cause } = effect;
        this.moves.push({ at: this.now, address: textOf(address), from, to, cause });
        return;
      }
      case "drained":
        node.drained = true;
        return;
      case "arm":
        return this.#arm(node, effect.at);
      case "transition":
        this.logs.push(`${this.now} ${node.name}: ${effect.because}`);
        return;
      case "report":
        for (const owner of effect.report.owners) node.reported.set(textOf(owner.address), owner.node);
    }
  }

  #arm(node: SimNode, at: Instant): void {
    const when = at - node.clockOffset;
    node.armedFor = when;
    this.#soon(node, when - this.now, () => {
      if (node.armedFor !== when) return;
      node.armedFor = undefined;
      this.#take(node, { kind: "timer" });
    });
  }

  /** A clock that jumps takes the timers with it, as far as they are in its past then. */
  jumpClock(name: string, millis: number): void {
    const node = this.node(name);
    node.clockOffset += millis;
    if (node.armedFor === undefined) return;
    const when = millis > 0 ? Math.max(this.now, node.armedFor - millis) : node.armedFor;
    node.armedFor = when;
    this.#soon(node, when - this.now, () => {
      if (node.armedFor !== when) return;
      node.armedFor = undefined;
      this.#take(node, { kind: "timer" });
    });
  }

  #carry(from: SimNode, to: SimNode, payload: Uint8Array, delay: number): void {
    if (from === to || this.#random.fraction() < this.loss) return;
    if (!this.#reaches("gossip", from, to)) return;
    this.#soon(to, delay, () => {
      this.#take(to, { kind: "user-message", payload });
    });
  }

  // ── announcers and the segment ──

  #announce(node: SimNode, wanted: ReturnType<typeof byAddress>): void {
    const before = node.announcing;
    node.announcing = new Map();
    const spoken: string[] = [];
    for (const [address, { epoch, probe }] of wanted) {
      const known = before.get(address);
      const announcing = known ?? { epoch, announced: false };
      if (announcing.announced && announcing.epoch !== epoch) spoken.push(address);
      announcing.epoch = epoch;
      node.announcing.set(address, announcing);
      if (known === undefined && probe) this.#probe(node, address, announcing);
      else if (known === undefined) {
        // Opening a socket takes a moment.
        this.#soon(node, this.#upTo(5), () => {
          this.#nowAnnounced(node, address, announcing);
        });
      }
    }
    for (const address of spoken) this.#speak(node, address);
    this.#tellAnnounced(node);
  }

  #probe(node: SimNode, address: string, announcing: Announcing): void {
    const holder = (): SimNode | undefined =>
      [...this.nodes.values()].find(
        (other) => other !== node && other.answers(address) && this.#reaches("segment", node, other),
      );
    this.#soon(node, PROBE_TIME, () => {
      if (node.announcing.get(address) !== announcing) return;
      if (holder() === undefined) return this.#nowAnnounced(node, address, announcing);
      this.#take(node, observedAs(address, undefined));
    });
  }

  #nowAnnounced(node: SimNode, address: string, announcing: Announcing): void {
    if (node.announcing.get(address) !== announcing) return;
    announcing.announced = true;
    this.#speak(node, address);
    for (const round of [1100, 2200, 3300, 4400]) {
      this.#soon(node, round, () => {
        if (node.announcing.get(address) === announcing) this.#speak(node, address);
      });
    }
    this.#tellAnnounced(node);
  }

  #tellAnnounced(node: SimNode): void {
    const addresses: IpAddress[] = [];
    for (const [address, { announced }] of node.announcing) if (announced) addresses.push(ip(address));
    // As a runner does: after the effects at hand.
    this.#soon(node, 0, () => {
      this.#take(node, { kind: "announced", addresses });
    });
  }

  /** A gratuitous frame: whoever announces the same, or asks about it, sees it. */
  #speak(node: SimNode, address: string): void {
    const announcing = node.announcing.get(address);
    if (announcing?.announced !== true || node.paused) return;
    const nameHash = sha256(node.name).slice(0, 8);
    const claim = node.isSpeaker ? undefined : { epoch: announcing.epoch, nameHash };
    for (const other of this.nodes.values()) {
      if (other === node || !this.#reaches("segment", node, other)) continue;
      if (this.#random.fraction() < this.loss / 4) continue;
      this.#soon(other, 1, () => {
        if (other.announcing.has(address)) this.#take(other, observedAs(address, claim));
      });
    }
  }

  #refresh(node: SimNode): void {
    for (const address of node.announcing.keys()) this.#speak(node, address);
  }

  #refreshAgain(node: SimNode): void {
    this.#soon(node, REFRESH + this.#upTo(500), () => {
      this.#refresh(node);
      this.#refreshAgain(node);
    });
  }

  // ── the API server ──

  #deliverSnapshot(node: SimNode, atLeast: number): void {
    const lag = this.#apiLag.get(node.name);
    const snapshot = this.#snapshot;
    if (lag === undefined || snapshot === undefined) return;
    this.#soon(node, Math.max(lag, atLeast) + this.#upTo(20), () => {
      // A later one may have overtaken it.
      if (snapshot !== this.#snapshot && node.state.snapshotVersion >= snapshot.version) return;
      this.#take(node, { kind: "snapshot", snapshot: { ...snapshot, nodeName: node.name } });
    });
  }

  // ── the ring ──

  #join(node: SimNode): void {
    if (this.#options.membership === false) return;
    const others = [...this.nodes.values()].filter(
      (other) => other !== node && other.running && !other.paused && this.#reaches("gossip", node, other),
    );
    for (const other of others) this.#believe(node, other, "alive");
    this.#tellMembers(node);
    const [first] = others;
    if (first !== undefined) this.#exchange(node, first);
    this.#take(node, { kind: "synced" });
    for (const other of others) {
      this.agenda.after(20 + this.#upTo(300), () => {
        if (node.running && other.running) this.#believe(other, node, "alive");
      });
    }
  }

  #exchange(left: SimNode, right: SimNode): void {
    const leftState = encodeOwnershipState(left.state);
    const rightState = encodeOwnershipState(right.state);
    this.#take(left, { kind: "user-state", payload: rightState });
    this.#soon(right, 0, () => {
      this.#take(right, { kind: "user-state", payload: leftState });
    });
  }

  #exchangeAgain(node: SimNode): void {
    this.#soon(node, EXCHANGE + this.#upTo(1000), () => {
      const others = [...this.nodes.values()].filter(
        (other) => other !== node && this.#believes(node, other) && this.#canTalk(node, other),
      );
      const other = others[this.#upTo(others.length)];
      if (other !== undefined) this.#exchange(node, other);
      this.#exchangeAgain(node);
    });
  }

  #canTalk(left: SimNode, right: SimNode): boolean {
    return right.running && !right.paused && this.#reaches("gossip", left, right);
  }

  #believes(left: SimNode, right: SimNode): boolean {
    const state = this.#beliefs.get(`${left.name}>${right.name}`)?.state;
    return state === "alive" || state === "suspect";
  }

  #believe(node: SimNode, of: SimNode, state: MemberView["state"]): void {
    const key = `${node.name}>${of.name}`;
    const before = this.#beliefs.get(key);
    this.#beliefs.set(key, { state, changing: undefined });
    if (before?.state === state && state !== "alive") return;
    this.#soon(node, 0, () => {
      this.#tellMembers(node);
    });
  }

  #tellMembers(node: SimNode): void {
    const members: MemberView[] = [];
    for (const other of this.nodes.values()) {
      const state = other === node ? "alive" : this.#beliefs.get(`${node.name}>${other.name}`)?.state;
      if (state === undefined) continue;
      const endpoint = { address: ip("192.0.2.1"), port: 7946 };
      members.push({ name: other.name, endpoint, meta: other.meta, state });
    }
    this.#take(node, { kind: "members", members });
  }

  /** Failure detection and peer watch look at everybody every 50 ms. */
  #tick(): void {
    for (const node of this.nodes.values()) {
      if (!node.running || node.paused || this.#options.membership === false) continue;
      for (const other of this.nodes.values()) {
        if (other === node) continue;
        this.#detect(node, other);
        this.#watch(node, other);
      }
    }
    this.agenda.after(TICK, () => {
      this.#tick();
    });
  }

  #detect(node: SimNode, other: SimNode): void {
    const key = `${node.name}>${other.name}`;
    const belief = this.#beliefs.get(key) ?? { state: "left", changing: undefined };
    this.#beliefs.set(key, belief);
    const talks = this.#canTalk(node, other);
    if (talks && belief.state === "suspect") return this.#believe(node, other, "alive");
    if (talks === this.#believes(node, other)) {
      belief.changing = undefined;
      return;
    }
    belief.changing ??= this.now;
    const since = this.now - belief.changing;
    if (!talks && belief.state === "alive" && since >= SUSPECT) {
      belief.state = "suspect";
      this.#tellMembers(node);
    }
    if (!talks && belief.state === "suspect" && since >= GIVE_UP) this.#believe(node, other, "dead");
    if (talks && since >= TAKE_BACK) this.#met(node, other);
  }

  #met(node: SimNode, other: SimNode): void {
    this.#believe(node, other, "alive");
    this.#soon(node, 1, () => {
      if (this.#canTalk(node, other)) this.#exchange(node, other);
    });
  }

  #watch(node: SimNode, other: SimNode): void {
    const key = `${node.name}>${other.name}`;
    const watched = node.watchedPeers.includes(other.name);
    const silence = this.#silences.get(key);
    if (this.#canTalk(node, other)) {
      this.#silences.set(key, { since: undefined, gone: false });
      if (silence?.gone === true) this.#take(node, { kind: "back", node: other.name });
      return;
    }
    // Nobody is judged who was never heard; whoever membership has given up needs no verdict.
    if (silence === undefined || silence.gone || !this.#believes(node, other)) return;
    silence.since ??= this.now;
    if (!watched) return;
    const silentFor = this.now - silence.since;
    const cause = this.#verdict(node, other, silentFor);
    if (cause === undefined) return;
    silence.gone = true;
    this.#take(node, { kind: "gone", node: other.name, cause, silentFor });
  }

  #verdict(node: SimNode, other: SimNode, silentFor: number) {
    const gossip = this.#reaches("gossip", node, other);
    if (gossip && other.kernel && !other.running) return "process-gone" as const;
    const kernelHeard = other.kernel && this.#reaches("segment", node, other);
    if (kernelHeard) return silentFor >= STALL ? ("stalled" as const) : undefined;
    const others = [...this.nodes.values()].filter(
      (each) => each !== node && each !== other && this.#believes(node, each),
    );
    const connected = others.length === 0 || others.some((each) => this.#canTalk(node, each));
    return connected && silentFor >= SILENCE + KERNEL_SILENCE ? ("node-gone" as const) : undefined;
  }
}

function observedAs(address: string, claim: Extract<OwnershipInput, { kind: "observed" }>["claim"]) {
  return { kind: "observed" as const, address: ip(address), mac: new Uint8Array(6), claim };
}
