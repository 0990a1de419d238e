import { type IpAddress } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { macNumber } from "../../wire/mac-address.ts";
import { nextRound, planBursts, sendDueRounds } from "./burst.ts";
import { planGroups } from "./groups.ts";
import { protocolOf, socketKey } from "./keys.ts";
import { type WantedAddress, wantedAddresses } from "./wanted-addresses.ts";
import { buildReport, reportFingerprint } from "./report.ts";
import { nextRetry, planSockets, type WantedSocket } from "./sockets.ts";
import { armTimer, countOnto } from "./timers.ts";
import { transitionsBetween } from "./transitions.ts";
import { type Link } from "../../interfaces/link.ts";
import {
  type AnnouncerState,
  type AnnouncerStep,
  type AnsweringTable,
  type OwnedAddress,
  type SocketState,
} from "./types.ts";

/**
 * Brings everything to the level that snapshot and links demand. A second run right after changes nothing. What is
 * withdrawn goes first: a filter that no longer lets requests through comes before any new socket.
 */
export function settle(state: AnnouncerState, now: Instant): AnnouncerStep {
  const { snapshot, links } = state;
  if (snapshot === undefined || links === undefined) return { state, effects: [] };
  const wanted = wantedAddresses(snapshot, links);
  const { sockets, effects: socketEffects } = planSockets(state.sockets, wantedSockets(wanted), now);
  const owned = ownedAddresses(wanted, sockets);
  const answering = answeringTables(owned, links);
  const { groups, effects: groupEffects } = planGroups(state.groups, owned);
  const bursts = planBursts(state.bursts, state.answering, answering, now);
  const settled = { ...state, sockets, owned, answering, groups, bursts };
  return followedBy({ state: settled, effects: [...socketEffects, ...groupEffects] }, [
    (current) => sendRounds(current, now),
    armRetry,
    tell,
  ]);
}

/** Sends what is due and arms the timer for the round after it. */
export function sendRounds(state: AnnouncerState, now: Instant): AnnouncerStep {
  const round = sendDueRounds(state.bursts, state.answering, state.tally, now);
  return followedBy({ state: { ...state, bursts: round.bursts }, effects: round.effects }, [
    (sent) => countOnto(sent, round.tally, now),
    (sent) => armTimer(sent, "repeat-gratuitous", nextRound(round.bursts)),
  ]);
}

/**
 * Tells log and main thread what is new; counters have their own pace. While a socket is being opened there is nothing
 * settled to tell: a socket that is refused every second must not read as an address that comes and goes.
 */
function tell(state: AnnouncerState): AnnouncerStep {
  if ([...state.sockets.values()].some((socket) => socket.at === "opening")) return { state, effects: [] };
  const transitions = transitionsBetween(state.told, state.owned);
  const report = buildReport(state);
  const reported = reportFingerprint(report);
  const told = { ...state, told: state.owned };
  if (reported === state.reported) return { state: told, effects: transitions };
  return {
    state: { ...told, reported, reportedTally: state.tally },
    effects: [...transitions, { kind: "report", report }],
  };
}

/** Runs further steps on the outcome of a first one, effects in order. */
export function followedBy(
  first: AnnouncerStep,
  next: readonly ((state: AnnouncerState) => AnnouncerStep)[],
): AnnouncerStep {
  return next.reduce((before, run) => {
    const after = run(before.state);
    return { state: after.state, effects: [...before.effects, ...after.effects] };
  }, first);
}

function armRetry(state: AnnouncerState): AnnouncerStep {
  return armTimer(state, "retry-sockets", nextRetry(state.sockets));
}

function wantedSockets(wanted: ReadonlyMap<string, WantedAddress>): ReadonlyMap<string, WantedSocket> {
  const sockets = new Map<string, WantedSocket & { readonly addresses: IpAddress[] }>();
  for (const { announcement, links } of wanted.values()) {
    const protocol = protocolOf(announcement.address);
    for (const { index: interfaceIndex } of links) {
      const key = socketKey(interfaceIndex, protocol);
      const socket = sockets.get(key) ?? { interfaceIndex, protocol, addresses: [] };
      socket.addresses.push(announcement.address);
      sockets.set(key, socket);
    }
  }
  return sockets;
}

/** A link without a socket announces nothing, whatever was wanted of it. */
function ownedAddresses(
  wanted: ReadonlyMap<string, WantedAddress>,
  sockets: ReadonlyMap<string, SocketState>,
): ReadonlyMap<string, OwnedAddress> {
  const owned = new Map<string, OwnedAddress>();
  for (const [key, { announcement, links, obstacles }] of wanted) {
    const { address } = announcement;
    const socketOf = (link: Link) => sockets.get(socketKey(link.index, protocolOf(address)));
    const announcing = links.filter((link) => socketOf(link)?.at === "open");
    const faults = links.flatMap((link) => faultOf(link, socketOf(link)));
    const because = announcing.length > 0 ? "this node owns it" : noInterface([...obstacles, ...faults]);
    owned.set(key, { address, links: announcing, because });
  }
  return owned;
}

function faultOf(link: Link, socket: SocketState | undefined): readonly string[] {
  if (socket?.at !== "failed") return [];
  const hint = socket.code === "EPERM" ? ", which takes the capability NET_RAW" : "";
  return [`interface ${link.name} has no packet socket (${socket.code})${hint}`];
}

/** The first few obstacles tell the story. */
const MOST_OBSTACLES = 4;

function noInterface(obstacles: readonly string[]): string {
  if (obstacles.length === 0) return "no interface of this node may announce";
  const shown = obstacles.slice(0, MOST_OBSTACLES).join(", ");
  const hidden = obstacles.length - MOST_OBSTACLES;
  return hidden > 0 ? `${shown} and ${hidden} more cannot either` : shown;
}

function answeringTables(
  owned: ReadonlyMap<string, OwnedAddress>,
  all: readonly Link[],
): ReadonlyMap<string, AnsweringTable> {
  const ownMacs = new Set(all.flatMap(({ mac }) => macNumber(mac) ?? []));
  const tables = new Map<string, AnsweringTable & { readonly addresses: Map<bigint, IpAddress> }>();
  for (const { address, links } of owned.values()) {
    for (const link of links) {
      const key = socketKey(link.index, protocolOf(address));
      const table = tables.get(key) ?? { link, ownMacs, addresses: new Map<bigint, IpAddress>() };
      table.addresses.set(address.value, address);
      tables.set(key, table);
    }
  }
  return tables;
}
