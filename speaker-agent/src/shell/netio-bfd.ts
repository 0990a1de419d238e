import { formatIpAddress, type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { type Millis } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import { type BfdControlPacket, decodeBfdPacket } from "../core/wire/bfd.ts";
import { type BfdListener, type BfdListenOptions, type BfdPacket } from "../ports/bfd-sockets.ts";
import { type BfdPeer, type BfdSessionReport } from "../ports/router-watch.ts";
import { NetioBfdSession, type NetioBfdSessionDeps } from "./netio-bfd-session.ts";

export interface NetioBfdDeps extends Omit<NetioBfdSessionDeps, "onGone"> {
  /** Called when the first session begins and when the last one has ended: a thread that nobody waits for may be slow. */
  readonly onBusy?: (busy: boolean) => void;
}

/** A port that something else has may become free: MetalLB's FRR goes when we come. */
const LISTEN_AGAIN_AFTER: Millis = 2000;

interface Listening {
  readonly options: BfdListenOptions;
  /** Undefined = the kernel has refused it. */
  readonly listener: BfdListener | undefined;
  /** Why, as the end of a sentence. */
  readonly because: string;
}

/** BFD of this host: the sessions, and which of them a packet belongs to. */
export class NetioBfd {
  readonly #deps: NetioBfdDeps;
  /** By key of the peer. */
  readonly #sessions = new Map<string, NetioBfdSession>();
  /** Those that are not wanted any more, and still say so to their routers. */
  readonly #leaving = new Set<NetioBfdSession>();
  readonly #byDiscriminator = new Map<number, NetioBfdSession>();
  readonly #listening = new Map<string, Listening>();
  #wanted: readonly BfdPeer[] = [];
  #links: readonly Link[] = [];
  #cancelRetry: (() => void) | undefined;

  constructor(deps: NetioBfdDeps) {
    this.#deps = deps;
  }

  /** By level: sessions that stay are not disturbed, whatever changes in their profiles. */
  watch(peers: readonly BfdPeer[]): void {
    this.#wanted = peers;
    const wasBusy = this.#sessions.size > 0;
    const wanted = new Map(peers.map((peer) => [peer.key, peer]));
    for (const [key, session] of this.#sessions) {
      const peer = wanted.get(key);
      if (peer === undefined || !samePlace(peer, session.peer)) this.#dismiss(key, session);
    }
    // Before the first packet goes out: its answer is there within microseconds.
    this.#listen();
    for (const peer of peers) this.#admit(peer);
    const isBusy = this.#sessions.size > 0;
    if (isBusy !== wasBusy) this.#deps.onBusy?.(isBusy);
    this.#deps.onReport();
  }

  updateLinks(links: readonly Link[]): void {
    this.#links = links;
    for (const session of this.#sessions.values()) session.moveTo(this.#boundIndexOf(session.peer));
    if (this.#wanted.some(({ device }) => device !== undefined)) this.#listen();
  }

  /** Sorted by key. */
  report(): readonly BfdSessionReport[] {
    return [...this.#sessions.values()]
      .map((session) => this.#reportOf(session))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Tells all routers AdminDown. */
  stop(): void {
    this.#cancelRetry?.();
    for (const session of [...this.#sessions.values(), ...this.#leaving]) session.stop();
    for (const { listener } of this.#listening.values()) listener?.close();
    this.#sessions.clear();
    this.#leaving.clear();
    this.#byDiscriminator.clear();
    this.#listening.clear();
  }

  #admit(peer: BfdPeer): void {
    const known = this.#sessions.get(peer.key);
    if (known !== undefined) return known.configure(peer);
    // The router may take the AdminDown of the old one for the new one's.
    for (const other of this.#leaving) if (sameRouter(other.peer, peer)) this.#forget(other);
    const session: NetioBfdSession = new NetioBfdSession(
      { peer, discriminator: this.#freeDiscriminator() },
      { ...this.#deps, onGone: () => this.#forget(session) },
    );
    this.#sessions.set(peer.key, session);
    this.#byDiscriminator.set(session.discriminator, session);
    session.moveTo(this.#boundIndexOf(peer));
    session.start();
  }

  #dismiss(key: string, session: NetioBfdSession): void {
    this.#sessions.delete(key);
    this.#leaving.add(session);
    session.leave();
  }

  #forget(session: NetioBfdSession): void {
    this.#leaving.delete(session);
    this.#byDiscriminator.delete(session.discriminator);
    session.close();
    this.#listen();
  }

  /** Unpredictable, because whoever knows it can end the session from afar (RFC 5880, section 9). */
  #freeDiscriminator(): number {
    for (;;) {
      const discriminator = Math.floor(this.#deps.random.fraction() * 0xffff_ffff) + 1;
      if (!this.#byDiscriminator.has(discriminator)) return discriminator;
    }
  }

  #reportOf(session: NetioBfdSession): BfdSessionReport {
    const report = session.report();
    const place = this.#listening.get(this.#placeOf(session.peer));
    if (report.state === "up" || place === undefined || place.listener !== undefined) return report;
    return { ...report, because: `${report.because}; ${place.because}` };
  }

  /** Opens what sessions need and is not open, closes what none needs any more. */
  #listen(): void {
    const wanted = this.#listensOf([...this.#wanted, ...[...this.#leaving].map(({ peer }) => peer)]);
    for (const [place, { listener }] of this.#listening)
      if (!wanted.has(place)) {
        listener?.close();
        this.#listening.delete(place);
      }
    for (const [place, options] of wanted) this.#open(place, options);
  }

  #open(place: string, options: BfdListenOptions): void {
    const open = this.#listening.get(place);
    if (open?.listener !== undefined) return;
    const opened = this.#deps.sockets.listen(options, (packet) => this.#receive(options, packet));
    if (opened.ok) {
      this.#listening.set(place, { options, listener: opened.value, because: "" });
      return;
    }
    const because = `this node cannot listen for BFD: ${opened.error.message}`;
    if (open?.because !== because) this.#deps.log.warn({ error: opened.error.message, place }, because);
    this.#listening.set(place, { options, listener: undefined, because });
    this.#listenAgain();
  }

  #listenAgain(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#deps.clock.after(LISTEN_AGAIN_AFTER, () => {
      this.#listen();
      this.#deps.onReport();
    });
  }

  #receive(options: BfdListenOptions, datagram: BfdPacket): void {
    const packet = decodeBfdPacket(datagram.bytes);
    if (!packet.ok) return;
    const session = this.#sessionOf(packet.value, options, datagram);
    if (session?.peer.multiHop === true && datagram.ttl < session.peer.profile.minimumTtl)
      return session.refuse(datagram.ttl);
    session?.receive(packet.value, datagram);
  }

  /** RFC 5880, section 6.3: by our discriminator; where the router does not know it yet, by where the packet comes from. */
  #sessionOf(
    { yourDiscriminator }: BfdControlPacket,
    options: BfdListenOptions,
    datagram: BfdPacket,
  ): NetioBfdSession | undefined {
    const isFrom = (session: NetioBfdSession): boolean => this.#isFrom(session.peer, options, datagram);
    if (yourDiscriminator === 0) return [...this.#sessions.values()].find(isFrom);
    const named = this.#byDiscriminator.get(yourDiscriminator);
    return named !== undefined && isFrom(named) ? named : undefined;
  }

  #isFrom(peer: BfdPeer, { hops, device }: BfdListenOptions, datagram: BfdPacket): boolean {
    const isKind = peer.multiHop === (hops.kind === "multi-hop") && peer.device === device;
    const isLocal = peer.local === undefined || sameIpAddress(peer.local, datagram.local);
    return isKind && isLocal && sameIpAddress(peer.remote, datagram.remote) && this.#isVia(peer, datagram);
  }

  #isVia(peer: BfdPeer, { interfaceIndex }: BfdPacket): boolean {
    if (peer.multiHop || peer.interface === undefined) return true;
    const index = this.#indexOf(peer);
    return index === undefined || index === interfaceIndex;
  }

  #indexOf(peer: BfdPeer): number | undefined {
    return this.#indexOfLink(peer.interface);
  }

  /** Of what the sender of a session is bound to. */
  #boundIndexOf({ interface: name, device }: BfdPeer): number | undefined {
    return this.#indexOfLink(name ?? device);
  }

  #indexOfLink(wanted: string | undefined): number | undefined {
    return this.#links.find(({ name }) => name === wanted)?.index;
  }

  /** One of each kind; each session looks at the TTL that its own profile demands. */
  #listensOf(peers: readonly BfdPeer[]): ReadonlyMap<string, BfdListenOptions> {
    return new Map(
      peers.map((peer) => {
        const { multiHop, remote, device } = peer;
        const hops = multiHop
          ? { kind: "multi-hop" as const, minimumTtl: 1 }
          : { kind: "single-hop" as const };
        return [this.#placeOf(peer), { hops, family: remote.family, device }];
      }),
    );
  }

  /** A VRF that was made anew is another place: who is bound to the old one hears nothing any more. */
  #placeOf({ multiHop, remote, device }: BfdPeer): string {
    const kind = `${multiHop ? "multi-hop" : "single-hop"} ${remote.family}`;
    return device === undefined ? kind : `${kind} ${device} ${this.#indexOfLink(device) ?? ""}`.trimEnd();
  }
}

/** Everything that makes it another session; RFC 5881, section 3. */
function samePlace(a: BfdPeer, b: BfdPeer): boolean {
  return sameRouter(a, b) && a.interface === b.interface && sameOrNone(a.local, b.local);
}

function sameRouter(a: BfdPeer, b: BfdPeer): boolean {
  // One address on two links is two routers, as link-local ones are.
  const onOtherLinks = a.interface !== undefined && b.interface !== undefined && a.interface !== b.interface;
  return (
    sameIpAddress(a.remote, b.remote) && !onOtherLinks && a.device === b.device && a.multiHop === b.multiHop
  );
}

function sameOrNone(a: IpAddress | undefined, b: IpAddress | undefined): boolean {
  return (a && formatIpAddress(a)) === (b && formatIpAddress(b));
}
