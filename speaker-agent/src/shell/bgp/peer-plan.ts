import { formatIpAddress, type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { type BgpPeer } from "@steelyard/model/config";
import { familiesOfPeer } from "@steelyard/model/services";
import { type BgpSessionConfig } from "../../core/machines/bgp-session/types.ts";
import { isLinkLocal } from "../../core/wire/ipv6-multicast.ts";
import { type BgpDial, type BgpHops } from "../../ports/bgp-connections.ts";
import { type BfdPeer, type HostInterface } from "../../ports/router-watch.ts";
import { isNextDoor } from "./local-addresses.ts";
import { type PeerPassword } from "./peer-passwords.ts";

/** What one BGPPeer comes to on this node at the moment. */
export interface PeerPlan {
  readonly name: string;
  /** Where the router is, for people: `192.0.2.1`, or `interface eth1`. */
  readonly router: string;
  /** For metrics, as MetalLB names a peer: `192.0.2.1:179`. */
  readonly endpoint: string;
  readonly vrf: string | undefined;
  readonly config: BgpSessionConfig;
  /** Undefined = nobody knows where the router is. */
  readonly dial: BgpDial | undefined;
  /** Why it is not to be dialled now; undefined = nothing is in the way. */
  readonly obstacle: PeerObstacle | undefined;
  readonly bfd: BfdPeer | undefined;
}

export interface PeerObstacle {
  /** `waiting`: it is about to go away by itself. `refused`: somebody has to change something. */
  readonly kind: "waiting" | "refused";
  /** One sentence. */
  readonly because: string;
}

export interface PeerSurroundings {
  readonly password: PeerPassword;
  /** Undefined = the worker has not told of them yet; empty = nobody knows them, and nothing is held against the peer. */
  readonly interfaces: readonly HostInterface[] | undefined;
  /** The router found behind an interface. */
  readonly routerOn: (interfaceName: string) => IpAddress | undefined;
}

/** FRR's: how long routers are asked to keep our routes while we restart. */
export const RESTART_TIME_SECONDS = 120;
const DEFAULT_HOLD_TIME_SECONDS = 90;
/** Of TCP_MD5SIG_MAXKEYLEN. */
const MOST_PASSWORD_BYTES = 80;

/** What becomes of a BGPPeer in its surroundings; never throws: what cannot be honoured is an obstacle of this peer alone. */
export function planPeer(peer: BgpPeer, around: PeerSurroundings): PeerPlan {
  const { endpoint, port, vrf } = peer;
  const remote = endpoint.by === "address" ? endpoint.address : around.routerOn(endpoint.interface);
  const router =
    endpoint.by === "address" ? formatIpAddress(endpoint.address) : `interface ${endpoint.interface}`;
  const dial = remote && dialOf(peer, remote, around);
  return {
    name: peer.name,
    router,
    endpoint: remote === undefined ? router : withPort(remote, port),
    vrf,
    config: configOf(peer, transportOf(peer, remote)),
    dial,
    obstacle: obstacleOf(peer, remote, around),
    bfd: remote && bfdOf(peer, remote, around.interfaces ?? []),
  };
}

function configOf(peer: BgpPeer, transport: string): BgpSessionConfig {
  const { timers, connectTimeSeconds, routerId } = peer;
  const isOverIpv6 = peer.endpoint.by === "interface" || peer.endpoint.address.family === "IPv6";
  const families = familiesOfPeer(peer);
  return {
    localAsn: peer.localAsn ?? peer.myAsn,
    peerAsn: peer.peerAsn,
    routerId: routerId && Number(routerId.value),
    holdTimeSeconds: timers?.holdTimeSeconds ?? DEFAULT_HOLD_TIME_SECONDS,
    keepalive: timers?.keepaliveMs,
    connectRetry: connectTimeSeconds === undefined ? undefined : 1000 * connectTimeSeconds,
    families,
    extendedNextHop: isOverIpv6 && families.includes("IPv4"),
    gracefulRestart: peer.gracefulRestart ? { restartTimeSeconds: RESTART_TIME_SECONDS } : undefined,
    passive: false,
    transport,
    port: peer.port,
  };
}

/** A password, or how far packets may travel, is not in it: those change on the standing connection. */
function transportOf({ endpoint, port, sourceAddress, vrf }: BgpPeer, remote: IpAddress | undefined): string {
  return [
    endpoint.by === "interface" ? `interface ${endpoint.interface}` : "",
    remote === undefined ? "" : formatIpAddress(remote),
    `port ${port}`,
    sourceAddress === undefined ? "" : `from ${formatIpAddress(sourceAddress)}`,
    vrf === undefined ? "" : `vrf ${vrf}`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function dialOf(peer: BgpPeer, remote: IpAddress, { password }: PeerSurroundings): BgpDial {
  return {
    remote: { address: remote, port: peer.port },
    interface: peer.endpoint.by === "interface" ? peer.endpoint.interface : undefined,
    source: peer.sourceAddress,
    device: peer.vrf,
    password: password.kind === "known" ? password.text : undefined,
    hops: hopsOf(peer),
  };
}

/** What routers expect that do not say otherwise: those of other ASes are next door, those of ours may be anywhere. */
function hopsOf(peer: BgpPeer): BgpHops {
  const { ttlSecurity } = peer;
  if (ttlSecurity !== undefined) return { kind: "security", hops: ttlSecurity };
  return { kind: "hops", hops: peer.ebgpMultiHop || isInternal(peer) ? 64 : 1 };
}

function isInternal({ peerAsn, localAsn, myAsn }: BgpPeer): boolean {
  return peerAsn === "internal" || peerAsn === (localAsn ?? myAsn);
}

function obstacleOf(
  peer: BgpPeer,
  remote: IpAddress | undefined,
  { password, interfaces }: PeerSurroundings,
): PeerObstacle | undefined {
  if (password.kind === "unread") return { kind: "waiting", because: password.because };
  const because = whyNoPassword(password) ?? (interfaces && whyNotFromHere(peer, interfaces));
  if (because !== undefined) return { kind: "refused", because };
  if (interfaces === undefined)
    return { kind: "waiting", because: "the interfaces of this node are not known yet" };
  if (remote !== undefined) return undefined;
  return { kind: "waiting", because: `no router has made itself known on ${router(peer.endpoint)} yet` };
}

function whyNoPassword(password: PeerPassword): string | undefined {
  if (password.kind === "missing") return password.because;
  return password.kind === "known" && bytesOf(password.text) > MOST_PASSWORD_BYTES
    ? `its password is longer than the ${MOST_PASSWORD_BYTES} bytes that TCP MD5 allows`
    : undefined;
}

function whyNotFromHere(
  { endpoint, vrf, sourceAddress }: BgpPeer,
  interfaces: readonly HostInterface[],
): string | undefined {
  const isHere = (name: string): boolean => interfaces.some((one) => one.name === name);
  if (vrf !== undefined && !isHere(vrf)) return `this node has no VRF device ${vrf}`;
  if (endpoint.by === "interface" && !isHere(endpoint.interface))
    return `this node has no interface ${endpoint.interface}`;
  return sourceAddress !== undefined && !holds(interfaces, sourceAddress)
    ? `its source address ${formatIpAddress(sourceAddress)} is not on this node`
    : undefined;
}

function router(endpoint: BgpPeer["endpoint"]): string {
  return endpoint.by === "interface" ? endpoint.interface : formatIpAddress(endpoint.address);
}

function holds(interfaces: readonly HostInterface[], address: IpAddress): boolean {
  return interfaces.some(({ addresses }) => addresses.some((held) => sameIpAddress(held.address, address)));
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Peers with the same router, seen from the same place, share one session of BFD: so the key says just that. */
function bfdOf(peer: BgpPeer, remote: IpAddress, interfaces: readonly HostInterface[]): BfdPeer | undefined {
  const { bfd: profile, vrf: device, sourceAddress: local, endpoint } = peer;
  if (profile === undefined) return undefined;
  const scope = endpoint.by === "interface" ? endpoint.interface : undefined;
  const multiHop = isMultiHop(peer, remote, interfaces);
  const parts = [
    formatIpAddress(remote),
    scope && `interface ${scope}`,
    local && `from ${formatIpAddress(local)}`,
    device && `vrf ${device}`,
    multiHop && "multihop",
  ];
  const key = parts.filter((part) => typeof part === "string").join(" ");
  return { key, remote, local, interface: scope, device, multiHop, profile };
}

/** As FRR decides: routers of our own AS are next door when they share a subnet with us. */
function isMultiHop(peer: BgpPeer, remote: IpAddress, interfaces: readonly HostInterface[]): boolean {
  const { ttlSecurity } = peer;
  if (ttlSecurity !== undefined && !isInternal(peer)) return ttlSecurity > 1;
  if (peer.ebgpMultiHop) return true;
  return isInternal(peer) && !isLinkLocal(remote) && !interfaces.some((one) => isNextDoor({ remote }, one));
}

function withPort(address: IpAddress, port: number): string {
  const text = formatIpAddress(address);
  return address.family === "IPv4" ? `${text}:${port}` : `[${text}]:${port}`;
}
