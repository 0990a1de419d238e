import type { LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { assertNever, type Clock, type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type Sha256 } from "../core/election/sha256.ts";
import { type ElectableAddress, type ElectionSnapshot } from "../core/election/types.ts";
import { buildCapability, type Capability, sameCapability } from "../core/interfaces/capability.ts";
import { type InterfaceExclusion, parseInterfaceExclusion } from "../core/interfaces/interface-exclusion.ts";
import { type Link } from "../core/interfaces/link.ts";
import { type AnnouncerReport, type OwnAnnouncement } from "../core/machines/announcer/types.ts";
import { bindingWishes } from "../core/machines/binding/binding-wishes.ts";
import { type MemberView } from "../core/machines/membership/types.ts";
import { initialOwnershipState, type OwnershipState } from "../core/machines/ownership/state.ts";
import { stepOwnership } from "../core/machines/ownership/step.ts";
import { addressesOutOfReach } from "../core/machines/ownership/out-of-reach.ts";
import {
  type OwnershipEffect,
  type OwnershipInput,
  type OwnershipReport,
} from "../core/machines/ownership/types.ts";
import { metallbSpeakers } from "../core/machines/ownership/roster.ts";
import { encodeOwnershipState } from "../core/machines/ownership/user-state.ts";
import { addressesStoodBy } from "../core/machines/ownership/addresses-stood-by.ts";
import { encodeNodeMeta } from "../core/wire/agent-messages/node-meta.ts";
import { NAME_HASH_LENGTH } from "../core/wire/claim-trailer.ts";
import { type MulticastGroups } from "../ports/multicast-groups.ts";
import {
  type NetioMembershipOptions,
  type NetioOptions,
  type RingConfiguration,
} from "../ports/netio-options.ts";
import { type NetioReport, type OwnerMove } from "../ports/netio-report.ts";
import { type PacketSockets } from "../ports/packet-socket.ts";
import { type RouteNetlink } from "../ports/route-netlink.ts";
import { type RouterWatch } from "../ports/router-watch.ts";
import { Coalescer } from "./coalescer.ts";
import { MachineRunner } from "./machine-runner.ts";
import { NetioAnnouncer } from "./netio-announcer.ts";
import { NetioBinding, type NetioBindingDeps } from "./netio-binding.ts";
import { NetioReports } from "./netio-reports.ts";
import { NetioRouters, type NetioRoutersDeps } from "./netio-routers.ts";
import { NetioRing, type NetioRingDeps } from "./netio-ring.ts";
import { NetioWireCheck } from "./netio-wire-check.ts";

export interface NetioDeps {
  readonly packetSockets: PacketSockets;
  readonly routeNetlink: RouteNetlink;
  readonly multicastGroups: MulticastGroups;
  /** Needed to put addresses on interfaces. */
  readonly binding?: Pick<NetioBindingDeps, "interfaceAddresses" | "arpSettings">;
  /** Needed for membership only. */
  readonly gossip?: Pick<NetioRingDeps, "datagramSockets" | "streamConnections" | "cipher">;
  /** Needed to watch routers only. */
  readonly routers?: Pick<NetioRoutersDeps, "bfd" | "onBfdChange" | "onSight">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly sha256: Sha256;
  readonly onReport: (report: NetioReport) => void;
  readonly onMove: (move: OwnerMove) => void;
}

/** What is worth verifying changes with every move, and is no hurry. */
const VERIFIED_PAUSE: Millis = 1000;

/** Of a snapshot what others than the ownership need: the rest, thousands of addresses, would be kept twice. */
interface Election extends Pick<ElectionSnapshot, "version" | "probeOnly"> {
  /** Those that their owner is to put on an interface. */
  readonly toBind: readonly ElectableAddress[];
  /** Ready ones, and all that may announce anything. */
  readonly nodes: ReadonlySet<string>;
}

/** Of what the list of nodes was made that announcer and wire check have. */
interface KnownNodes {
  readonly capabilities: OwnershipState["capabilities"];
  readonly nodes: ReadonlySet<string> | undefined;
}

type Moved = Extract<OwnershipEffect, { kind: "moved" }>;

/**
 * The netio worker put together: links, the ring and what the main thread wants go into the ownership, which tells the
 * announcer what to announce. Each part is driven by a class of its own; here stands only who tells whom what.
 */
export class Netio {
  readonly #options: NetioOptions;
  readonly #deps: NetioDeps;
  readonly #isExcluded: InterfaceExclusion;
  readonly #ownership: MachineRunner<OwnershipState, OwnershipInput, OwnershipEffect>;
  readonly #announcer: NetioAnnouncer;
  readonly #binding: NetioBinding | undefined;
  readonly #reports: NetioReports;
  readonly #wireCheck: NetioWireCheck;
  readonly #verified: Coalescer;
  readonly #ring: NetioRing | undefined;
  readonly #routers: NetioRouters | undefined;
  #election: Election | undefined;
  #announcements: readonly OwnAnnouncement[] = [];
  /** What is announced, and where, as the announcer last reported it. */
  #announcedOn: AnnouncerReport["owned"] = [];
  #capability: Capability | undefined;
  #knownNodes: KnownNodes | undefined;
  /** When the ownership last took something in. */
  #steppedAt: Instant;
  #linkWatch: { close(): void } | undefined;
  #links: readonly Link[] = [];
  /** Wireless interfaces that the log has been warned of. */
  readonly #wireless = new Set<string>();
  #onDrained: (() => void) | undefined;

  constructor(options: NetioOptions, deps: NetioDeps) {
    const { clock, log, sha256 } = deps;
    const { nodeName, policy, startedAt, excludeInterfaces, membership } = options;
    this.#options = options;
    this.#deps = deps;
    this.#steppedAt = clock.now();
    this.#isExcluded = exclusionOf(excludeInterfaces, log);
    this.#reports = new NetioReports(deps);
    this.#announcer = this.#buildAnnouncer();
    this.#binding = deps.binding && this.#buildBinding(deps.binding);
    const config = { nodeName, policy, startedAt, membership: membership !== undefined };
    this.#ownership = new MachineRunner(
      {
        name: "ownership",
        initial: initialOwnershipState,
        step: (state, input, { now }) => {
          this.#steppedAt = now;
          return stepOwnership(state, input, { now, config, sha256 });
        },
      },
      { clock, perform: (effect) => this.#perform(effect) },
    );
    this.#wireCheck = new NetioWireCheck(
      { interval: options.wireCheckInterval, excludeInterfaces },
      { ...deps, onReport: (checks) => this.#reports.update({ checks }) },
    );
    this.#verified = new Coalescer(
      { pauseMs: VERIFIED_PAUSE, pausePerRunTime: 10 },
      { clock, run: () => this.#verify() },
    );
    this.#routers = deps.routers && new NetioRouters({ ...deps, ...deps.routers });
    this.#ring = membership && deps.gossip && this.#buildRing(membership, deps.gossip);
  }

  start(): void {
    this.#tell({ kind: "start" });
    this.#ring?.start();
    this.#linkWatch = this.#deps.routeNetlink.watch(
      (links) => this.#updateLinks(links),
      (error) =>
        this.#deps.log.warn(
          { error: error.message },
          "watching the links of this host failed; starting anew",
        ),
    );
  }

  elect(snapshot: ElectionSnapshot): void {
    this.#election = electionOf(snapshot);
    this.#tell({ kind: "snapshot", snapshot });
    this.#announce();
  }

  configureRing(ring: RingConfiguration): void {
    this.#ring?.configure(ring);
  }

  watchRouters(watch: RouterWatch): void {
    this.#routers?.watch(watch);
  }

  /** Gives all addresses away and says goodbye to the ring; resolves when nothing is gained by waiting longer. */
  async drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
      this.#tell({ kind: "drain" });
    });
    await this.#ring?.leave();
  }

  stop(): void {
    this.#linkWatch?.close();
    this.#ownership.stop();
    this.#binding?.stop();
    this.#announcer.stop();
    this.#wireCheck.stop();
    this.#routers?.stop();
    this.#verified.stop();
    this.#ring?.stop();
    this.#reports.stop();
  }

  #updateLinks(links: readonly Link[]): void {
    this.#links = links;
    this.#announcer.updateLinks(links);
    this.#binding?.links(links);
    this.#ring?.updateLinks(links);
    this.#wireCheck.updateLinks(links);
    this.#routers?.updateLinks(links);
    const capability = buildCapability(links, this.#isExcluded);
    if (this.#capability !== undefined && sameCapability(this.#capability, capability)) return;
    this.#capability = capability;
    this.#tell({ kind: "capability", capability });
  }

  #buildAnnouncer(): NetioAnnouncer {
    const { nodeName, refreshInterval } = this.#options;
    return new NetioAnnouncer(
      { nameHash: nameHash(nodeName, this.#deps.sha256), refreshInterval },
      {
        ...this.#deps,
        onReport: (report) => this.#announced(report),
        // What a stranger calls its claim moves nothing.
        onObserved: ({ address, mac, node, claim: said }) => {
          const claim = node === undefined ? undefined : said;
          this.#tell({ kind: "observed", address, mac, claim });
        },
      },
    );
  }

  #buildBinding(binding: NonNullable<NetioDeps["binding"]>): NetioBinding {
    return new NetioBinding({
      ...this.#deps,
      ...binding,
      onReport: ({ kernelAnswers }) => this.#announcer.leaveToKernel(kernelAnswers),
    });
  }

  #buildRing(membership: NetioMembershipOptions, gossip: NonNullable<NetioDeps["gossip"]>): NetioRing {
    const { nodeName, startedAt } = this.#options;
    const config = { ...membership, nodeName, meta: encodeNodeMeta({ startedAt }) };
    return new NetioRing(
      config,
      { ...this.#deps, ...gossip },
      {
        userState: () => encodeOwnershipState(this.#ownership.state),
        onMembers: (members) => this.#updateMembers(members),
        onUserMessage: (payload) => this.#tell({ kind: "user-message", payload }),
        onUserState: (payload) => this.#tell({ kind: "user-state", payload }),
        onSynced: () => this.#tell({ kind: "synced" }),
        onGone: (node, cause, silentFor) => this.#tell({ kind: "gone", node, cause, silentFor }),
        onBack: (node) => this.#tell({ kind: "back", node }),
      },
    );
  }

  #tell(input: OwnershipInput): void {
    this.#ownership.take(input);
    this.#updatePeers();
  }

  #updateMembers(members: readonly MemberView[]): void {
    this.#tell({ kind: "members", members });
    this.#reports.update({ members });
  }

  /** Whose MAC is whose, so that our own agents can be told from strangers. */
  #updatePeers(): void {
    const { capabilities } = this.#ownership.state;
    const known = this.#knownNodes;
    const others = this.#election?.nodes;
    if (capabilities === known?.capabilities && others === known.nodes) return;
    this.#knownNodes = { capabilities, nodes: others };
    // Whoever may announce has a name by which its claims are known, though gossip may never have reached it.
    const names = new Set([...capabilities.keys(), ...(others ?? [])]);
    const nodes = [...names].map((node) => ({
      node,
      macs: capabilities.get(node)?.capability.links.map(({ mac }) => mac) ?? [],
      nameHash: nameHash(node, this.#deps.sha256),
    }));
    this.#announcer.updatePeers(nodes.filter(({ node }) => node !== this.#options.nodeName));
    this.#wireCheck.updateNodes(nodes);
  }

  #perform(effect: OwnershipEffect): void {
    switch (effect.kind) {
      case "announce":
        this.#announcements = effect.announcements;
        return this.#announce();
      case "announce-again":
        return this.#announcer.announceAgain(effect.addresses);
      case "broadcast":
        return this.#ring?.broadcast(effect.key, effect.payload);
      case "send":
        return this.#ring?.send(effect.to, effect.payload);
      case "watch":
        return this.#ring?.watch(effect.peers, effect.witnesses);
      case "moved":
        return this.#moved(effect);
      case "drained":
        return this.#onDrained?.();
      case "arm":
        return this.#arm(effect.at);
      case "transition":
        return this.#log(effect);
      case "report":
        return this.#reportOwnership(effect.report);
      default:
        return assertNever(effect);
    }
  }

  #announce(): void {
    if (this.#election === undefined) return;
    const { version, probeOnly } = this.#election;
    const { nodeName, excludeInterfaces } = this.#options;
    // A speaker of MetalLB answers on for a moment, and would be taken for a stranger who holds the address.
    const asks = metallbSpeakers(this.#ownership.state.roster).length === 0;
    this.#announcer.announce({
      version,
      nodeName,
      announcements: this.#announcements.map((each) => (asks ? each : { ...each, probe: false })),
      probeOnly: probeOnly.map((address) => ({ address, interfaces: [] })),
      excludeInterfaces,
    });
    this.#bind();
  }

  /** What is bound is announced, too; it comes off as soon as it is not to be announced any more. */
  #bind(): void {
    if (this.#binding === undefined) return;
    const { toBind = [] } = this.#election ?? {};
    this.#binding.wish(bindingWishes(toBind, this.#announcements, this.#announcedOn));
  }

  #announced(report: AnnouncerReport): void {
    this.#reports.update({ announcer: report });
    this.#announcedOn = report.owned;
    this.#bind();
    this.#warnOfWireless(report);
    this.#tell({ kind: "announced", addresses: report.owned.map(({ address }) => address) });
  }

  /** Diagnosis D18: an access point may keep to itself what is broadcast to addresses it does not know. */
  #warnOfWireless({ owned }: AnnouncerReport): void {
    const announcing = new Set(owned.flatMap(({ interfaces }) => interfaces));
    for (const { name, wireless } of this.#links) {
      if (!wireless || !announcing.has(name) || this.#wireless.has(name)) continue;
      this.#wireless.add(name);
      this.#deps.log.warn(
        { interface: name },
        "addresses are announced on a wireless interface: access points may not pass questions about them on; a cable, or another node, is safer",
      );
    }
  }

  /** The frames that say so to the segment are out when a move is told of. */
  #moved({ address, from, to, cause, detectionMillis }: Moved): void {
    const takeoverMillis =
      to === this.#options.nodeName ? this.#deps.clock.now() - this.#steppedAt : undefined;
    this.#deps.onMove({ address, from, to, cause, detectionMillis, takeoverMillis });
  }

  #arm(at: Instant): void {
    this.#ownership.arm("timer", at, { kind: "timer" });
  }

  #reportOwnership(ownership: OwnershipReport): void {
    const outOfReach = addressesOutOfReach(this.#ownership.state, this.#options.nodeName);
    this.#reports.update({ ownership, outOfReach });
    this.#verified.request();
  }

  #verify(): void {
    this.#wireCheck.verify(addressesStoodBy(this.#ownership.state, this.#options.nodeName));
  }

  #log({ address, because }: Extract<OwnershipEffect, { kind: "transition" }>): void {
    this.#deps.log.info(address === undefined ? {} : { ip: formatIpAddress(address) }, because);
  }
}

function electionOf({ version, probeOnly, addresses, readyNodes }: ElectionSnapshot): Election {
  return {
    version,
    probeOnly,
    toBind: addresses.filter(({ bindTo }) => bindTo !== undefined),
    nodes: new Set([...readyNodes, ...candidateNames(addresses)]),
  };
}

/** Equal lists are one array, which need not be gone through again. */
function candidateNames(addresses: readonly ElectableAddress[]): ReadonlySet<string> {
  const lists = new Set(addresses.map(({ candidates }) => candidates));
  return new Set([...lists].flatMap((candidates) => candidates.map(({ node }) => node)));
}

function nameHash(node: string, sha256: Sha256): Uint8Array {
  return sha256(node).subarray(0, NAME_HASH_LENGTH);
}

/** With an unreadable exclusion any interface might be a forbidden one, so all are. */
function exclusionOf(source: string | undefined, log: LogSink): InterfaceExclusion {
  const exclusion = parseInterfaceExclusion(source);
  if (exclusion.ok) return exclusion.value;
  log.error({ error: exclusion.error }, "no interface is used");
  return () => true;
}
