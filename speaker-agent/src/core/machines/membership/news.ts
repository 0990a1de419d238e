import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import {
  type AliveMessage,
  type DeadMessage,
  type GossipEndpoint,
  type GossipVersions,
  MAX_META_BYTES,
  OWN_VERSIONS,
  type SuspectMessage,
} from "../../wire/gossip/messages.ts";
import {
  endpointKey,
  isGone,
  isOwn,
  memberOf,
  putMember,
  randomBelow,
  sameEndpoint,
} from "./member-table.ts";
import { spread } from "./sending.ts";
import { applyAwareness, suspicionMillis, suspicionTimeout } from "./timing.ts";
import { complain, tell, type Turn } from "./turn.ts";
import { type Member, type Suspicion } from "./types.ts";

/** Where the protocol's counters end; see "left out on purpose". */
const GREATEST_INCARNATION = 0xffff_ffff;
/** So many names are remembered and no more, whatever the network says. */
const MOST_MEMBERS = 5_000;
/** A failed node that comes back with another address has to wait this long for its name, in case both live. */
const RECLAIM_MILLIS: Millis = 5_000;

/** Rule "setAlive" (memberlist.go) and "UpdateNode": this node's own line, with a fresh incarnation. */
export function announceSelf(turn: Turn, meta: Uint8Array): void {
  const { state, context, now } = turn;
  const { name, endpoint } = context.options;
  const before = memberOf(state.members, name);
  state.incarnation = nextIncarnation(state.incarnation);
  const { incarnation } = state;
  const base = before ?? {
    name,
    endpoint,
    endpointKey: endpointKey(endpoint),
    state: "alive",
    since: now,
    versions: OWN_VERSIONS,
  };
  const self: Member = { ...base, meta, incarnation };
  state.members = putMember(state.members, self);
  if (before === undefined) state.probeOrder = [...state.probeOrder, name];
  spread(turn, name, aliveMessage(self));
}

/** Rule "aliveNode" (state.go). */
export function heardAlive(turn: Turn, raw: AliveMessage): void {
  const { state, context } = turn;
  // A goodbye must not be taken back by our own echo.
  if (isOwn(turn, raw.node) && state.phase !== "running") return;
  if (!isSane(raw)) return;
  const message = { ...raw, endpoint: withPort(raw.endpoint, context.options.endpoint.port) };
  const member = memberOf(state.members, message.node);
  if (member === undefined) {
    if (state.members.length < MOST_MEMBERS) welcome(turn, message);
    return;
  }
  const moved = !sameEndpoint(member.endpoint, message.endpoint);
  if (moved && !mayMove(member, turn.now)) return complainOfConflict(turn, member, message.endpoint);
  if (isOwn(turn, message.node)) return heardOfSelf(turn, member, message);
  if (message.incarnation <= member.incarnation && !moved) return;
  acceptAlive(turn, member, message);
}

/** Rule "suspectNode" (state.go). */
export function heardSuspect(turn: Turn, message: SuspectMessage): void {
  const { state } = turn;
  const member = memberOf(state.members, message.node);
  if (member === undefined || message.incarnation < member.incarnation) return;
  const suspicion = state.suspicions.get(message.node);
  if (suspicion !== undefined) {
    confirmSuspicion(turn, suspicion, message);
    return;
  }
  if (member.state !== "alive") return;
  if (isOwn(turn, message.node)) {
    refute(turn, message.incarnation, `${message.from} suspects this node`);
    return;
  }
  spread(turn, message.node, message);
  changeState(turn, member, "suspect", message.incarnation);
  setSuspicion(turn, message.node, beginSuspicion(turn, message.from));
  tell(turn, message.node, "suspect", `${message.from} suspects it`);
}

/** Rule "deadNode" (state.go). A node that declares itself dead has left. */
export function heardDead(turn: Turn, message: DeadMessage, because?: string): void {
  const { state } = turn;
  const member = memberOf(state.members, message.node);
  if (member === undefined || message.incarnation < member.incarnation) return;
  setSuspicion(turn, message.node, undefined);
  if (isGone(member)) return;
  if (isOwn(turn, message.node) && state.phase === "running") {
    refute(turn, message.incarnation, `${message.from} takes this node for dead`);
    return;
  }
  spread(turn, message.node, message);
  const left = message.from === message.node;
  changeState(turn, member, left ? "left" : "dead", message.incarnation);
  tell(turn, message.node, left ? "left" : "dead", because ?? reasonOf(message));
}

/** Rule "suspicion", its end: nobody has refuted in time. */
export function endSuspicions(turn: Turn): void {
  for (const [node, { deadline, from, wanted }] of turn.state.suspicions) {
    if (deadline > turn.now) continue;
    const incarnation = memberOf(turn.state.members, node)?.incarnation ?? 0;
    const because = `suspected too long, ${from.length - 1} of ${wanted} confirmations`;
    heardDead(turn, { type: "dead", incarnation, node, from: turn.context.options.name }, because);
    setSuspicion(turn, node, undefined);
  }
}

/** Rule "refute" (state.go): says with a greater incarnation that this node lives, and takes the blame. */
export function refute(turn: Turn, accusedIncarnation: number, because: string): void {
  const { state, context } = turn;
  const { name, tuning } = context.options;
  const self = memberOf(state.members, name);
  if (self === undefined) return;
  state.incarnation = nextIncarnation(Math.max(state.incarnation, accusedIncarnation));
  state.awareness = applyAwareness(state.awareness, 1, tuning.awarenessMaxMultiplier);
  const refuting: Member = { ...self, incarnation: state.incarnation };
  state.members = putMember(state.members, refuting);
  spread(turn, name, aliveMessage(refuting));
  complain(turn, name, "refuting", because);
}

export function aliveMessage({ name: node, incarnation, endpoint, meta, versions }: Member): AliveMessage {
  return { type: "alive", incarnation, node, endpoint, meta, versions };
}

/** The incarnation never wraps: the least number would be ignored by everybody who knows the greatest. */
function nextIncarnation(incarnation: number): number {
  return Math.min(incarnation + 1, GREATEST_INCARNATION);
}

/** A node of protocol version 1 does not say its port: it is everybody's. */
function withPort(endpoint: GossipEndpoint, port: number): GossipEndpoint {
  return endpoint.port === 0 ? { ...endpoint, port } : endpoint;
}

function isSane({ node, meta, versions, endpoint }: AliveMessage): boolean {
  const { minimum, maximum } = versions.protocol;
  const saysVersions = !isUnsaid(versions);
  const wrongVersions = saysVersions && (minimum === 0 || maximum === 0 || minimum > maximum);
  return node !== "" && meta.length <= MAX_META_BYTES && !wrongVersions && endpoint.address.value !== 0n;
}

/** Whoever speaks any version of the protocol has a maximum above 0. */
export function isUnsaid({ protocol, delegate }: GossipVersions): boolean {
  return protocol.maximum === 0 && protocol.minimum === 0 && protocol.current === 0 && delegate.maximum === 0;
}

/** A node never heard of, or forgotten: it joins the probed ones at a random place, so that they are not all last. */
function welcome(turn: Turn, message: AliveMessage): void {
  const { state, context } = turn;
  const place = randomBelow(state.probeOrder.length, context.random);
  const displaced = state.probeOrder[place];
  state.probeOrder =
    displaced === undefined
      ? [...state.probeOrder, message.node]
      : [...state.probeOrder.with(place, message.node), displaced];
  accept(turn, message, turn.now);
  tell(turn, message.node, "alive", "it joined");
}

/** News that is newer than ours, of a node we know. */
function acceptAlive(turn: Turn, member: Member, message: AliveMessage): void {
  setSuspicion(turn, member.name, undefined);
  accept(turn, message, member.state === "alive" ? member.since : turn.now, member);
  if (member.state === "suspect") tell(turn, member.name, "alive", "it refuted the suspicion");
  else if (isGone(member)) tell(turn, member.name, "alive", "it came back");
}

/** Copies the bytes of a node: those of the message belong to the buffer it came in. */
function accept(turn: Turn, message: AliveMessage, since: Instant, before?: Member): void {
  const { node: name, incarnation } = message;
  const versions = isUnsaid(message.versions) && before ? before.versions : message.versions;
  const meta = before && sameBytes(before.meta, message.meta) ? before.meta : message.meta.slice();
  const stays = before !== undefined && sameEndpoint(before.endpoint, message.endpoint);
  const { endpoint } = stays ? before : message;
  const key = stays ? before.endpointKey : endpointKey(endpoint);
  const member: Member = {
    name,
    endpoint,
    endpointKey: key,
    meta,
    incarnation,
    versions,
    state: "alive",
    since,
  };
  turn.state.members = putMember(turn.state.members, member);
  spread(turn, name, { ...message, meta });
}

/** Rule "aliveNode", the part about this node: an equal incarnation with other contents is from before a restart. */
function heardOfSelf(turn: Turn, self: Member, message: AliveMessage): void {
  if (message.incarnation < self.incarnation) return;
  const same = sameBytes(message.meta, self.meta) && sameVersions(message.versions, self.versions);
  if (message.incarnation === self.incarnation && same) return;
  refute(turn, message.incarnation, "the ring remembers this node from before its restart");
}

/** Rule "aliveNode", its conflict branch: the name stays with the first address while that one may live. */
function mayMove({ state, since }: Member, now: Instant): boolean {
  return state === "left" || (state === "dead" && now - since >= RECLAIM_MILLIS);
}

function complainOfConflict(turn: Turn, member: Member, endpoint: GossipEndpoint): void {
  const { address, port } = endpoint;
  const where = `${address.family} ${address.value.toString(16)} port ${port}`;
  complain(turn, member.name, "conflict", `another node of this name, at ${where}; the first one counts`);
}

function beginSuspicion({ state, context, now }: Turn, from: string): Suspicion {
  const { suspicionMult, suspicionMaxTimeoutMult, probeIntervalMillis } = context.options.tuning;
  const nodes = state.members.length;
  // Two of the nodes cannot confirm: this one and the suspect.
  const wanted = nodes - 2 < suspicionMult - 2 ? 0 : suspicionMult - 2;
  const minimumMillis = suspicionTimeout(suspicionMult, nodes, probeIntervalMillis);
  const bounds = { minimumMillis, maximumMillis: suspicionMaxTimeoutMult * minimumMillis };
  const deadline = instantAfter(now, suspicionMillis(0, wanted, bounds));
  return { startedAt: now, wanted, ...bounds, from: [from], deadline, lastPing: undefined };
}

/** Rule "Confirm" (suspicion.go): each other node that suspects it as well shortens the time, and is passed on. */
function confirmSuspicion(turn: Turn, suspicion: Suspicion, message: SuspectMessage): void {
  const { from, wanted, startedAt } = suspicion;
  if (from.length - 1 >= wanted || from.includes(message.from)) return;
  const confirmed = [...from, message.from];
  const deadline = instantAfter(startedAt, suspicionMillis(confirmed.length - 1, wanted, suspicion));
  setSuspicion(turn, message.node, { ...suspicion, from: confirmed, deadline });
  spread(turn, message.node, message);
}

function setSuspicion({ state }: Turn, node: string, suspicion: Suspicion | undefined): void {
  if (suspicion === undefined && !state.suspicions.has(node)) return;
  const suspicions = new Map(state.suspicions);
  if (suspicion === undefined) suspicions.delete(node);
  else suspicions.set(node, suspicion);
  state.suspicions = suspicions;
}

function changeState(turn: Turn, member: Member, to: Member["state"], incarnation: number): void {
  const changed = { ...member, state: to, incarnation, since: turn.now };
  turn.state.members = putMember(turn.state.members, changed);
}

function reasonOf({ from, node }: DeadMessage): string {
  return from === node ? "it said goodbye" : `${from} says it has failed`;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function sameVersions(a: GossipVersions, b: GossipVersions): boolean {
  return (["protocol", "delegate"] as const).every((part) =>
    (["minimum", "maximum", "current"] as const).every((field) => a[part][field] === b[part][field]),
  );
}
