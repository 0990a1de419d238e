import { type IpAddress } from "@steelyard/model/address";
import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import {
  coarserThan,
  type CompiledFilter,
  compileArpFilter,
  compileNdpFilter,
} from "../../wire/filter/compile-filter.ts";
import { sameMac } from "../../wire/mac-address.ts";
import { type NeighborProtocol } from "../neighbor-socket.ts";
import { socketKey } from "./keys.ts";
import { type Link } from "../../interfaces/link.ts";
import { type AnnouncerEffect, type AnnouncerInput, type FailedSocket, type SocketState } from "./types.ts";

const RETRY_DELAY: Millis = 1000;

/** How kernels say that a filter is too long or takes too much memory (reference data-plane.md, section 2). */
const FILTER_TOO_BIG: ReadonlySet<string> = new Set(["EINVAL", "ENOMEM", "E2BIG"]);

export interface WantedSocket {
  readonly interfaceIndex: number;
  readonly protocol: NeighborProtocol;
  /** Not empty: with nothing to announce there is no socket. */
  readonly addresses: readonly IpAddress[];
}

export interface SocketPlan {
  readonly sockets: ReadonlyMap<string, SocketState>;
  readonly effects: readonly AnnouncerEffect[];
}

/** Opens, refilters and closes until the sockets are the wanted ones; what shrinks or ends comes first. */
export function planSockets(
  sockets: ReadonlyMap<string, SocketState>,
  wanted: ReadonlyMap<string, WantedSocket>,
  now: Instant,
): SocketPlan {
  const next = new Map<string, SocketState>();
  const closing: AnnouncerEffect[] = [];
  const opening: AnnouncerEffect[] = [];
  for (const [key, { at, interfaceIndex, protocol }] of sockets) {
    if (!wanted.has(key) && at !== "failed") closing.push({ kind: "close-socket", interfaceIndex, protocol });
  }
  for (const [key, want] of wanted) {
    const planned = planSocket(sockets.get(key), want, now);
    next.set(key, planned.socket);
    if (planned.effect !== undefined) opening.push(planned.effect);
  }
  return { sockets: next, effects: [...closing, ...opening] };
}

function planSocket(
  present: SocketState | undefined,
  want: WantedSocket,
  now: Instant,
): { socket: SocketState; effect?: AnnouncerEffect } {
  const { interfaceIndex, protocol } = want;
  const selects = want.addresses;
  if (present?.at === "failed" && !isDue(present, now)) return { socket: present };
  if (present !== undefined && present.at !== "failed" && sameAddresses(present.selects, selects))
    return { socket: present };
  const finest = present?.precision ?? "exact";
  const { program: filter, precision } = compileFilter(want, finest);
  const alive = present?.at === "open" || present?.at === "opening";
  return {
    // Remembered is what may be asked for, not what came out: a smaller set can be exact again.
    socket: { interfaceIndex, protocol, precision: finest, at: alive ? present.at : "opening", selects },
    effect: { kind: alive ? "set-filter" : "open-socket", interfaceIndex, protocol, filter, precision },
  };
}

/** Of one family, and in order. */
function sameAddresses(left: readonly IpAddress[] | undefined, right: readonly IpAddress[]): boolean {
  return left?.length === right.length && left.every(({ value }, index) => value === right[index]?.value);
}

function compileFilter(
  { protocol, addresses }: WantedSocket,
  precision: SocketState["precision"],
): CompiledFilter {
  return protocol === "arp"
    ? compileArpFilter(addresses, { precision })
    : compileNdpFilter(addresses, { precision });
}

/** Takes in that a socket is there; one that has been given up meanwhile stays given up. */
export function socketOpened(
  sockets: ReadonlyMap<string, SocketState>,
  { interfaceIndex, protocol }: Extract<AnnouncerInput, { kind: "socket-opened" }>,
): ReadonlyMap<string, SocketState> {
  const key = socketKey(interfaceIndex, protocol);
  const socket = sockets.get(key);
  return socket?.at === "opening" ? replaced(sockets, key, { ...socket, at: "open" }) : sockets;
}

/** Takes a refusal in: a filter that was too big gets coarser at once, any other fault ends the socket for a while. */
export function socketFailed(
  sockets: ReadonlyMap<string, SocketState>,
  error: Extract<AnnouncerInput, { kind: "socket-error" }>,
  now: Instant,
): SocketPlan {
  const { interfaceIndex, protocol, during } = error;
  const key = socketKey(interfaceIndex, protocol);
  const socket = sockets.get(key);
  // The answer to an effect may arrive after the socket has been given up.
  if (socket === undefined || socket.at === "failed") return { sockets, effects: [] };
  const coarser = FILTER_TOO_BIG.has(error.code) ? coarserThan(socket.precision) : undefined;
  if (during === "filter" && coarser !== undefined) {
    return {
      sockets: replaced(sockets, key, { ...socket, precision: coarser, selects: undefined }),
      effects: [],
    };
  }
  // A link that is down or a full queue passes; the socket stays, and the next round of a burst is sent anyway.
  const passes = (during === "send" || during === "receive") && error.verdict === "later";
  if (passes) return { sockets, effects: [] };
  const effects: AnnouncerEffect[] =
    during === "open" ? [] : [{ kind: "close-socket", interfaceIndex, protocol }];
  const failed = failedSocket(error, during === "open" ? coarser : undefined, now);
  return { sockets: replaced(sockets, key, failed), effects };
}

function failedSocket(
  { interfaceIndex, protocol, during, code, verdict }: Extract<AnnouncerInput, { kind: "socket-error" }>,
  coarser: SocketState["precision"] | undefined,
  now: Instant,
): FailedSocket {
  const identity = { interfaceIndex, protocol, at: "failed", code } as const;
  if (coarser !== undefined) return { ...identity, precision: coarser, retryAt: now };
  return {
    ...identity,
    precision: "exact",
    // An interface may be gone and be there again, with the same index, before we hear of either.
    retryAt: verdict === "later" || during !== "open" ? instantAfter(now, RETRY_DELAY) : undefined,
  };
}

/** Forgets failures of links that are not what they were: whatever was wrong may be right now. */
export function forgetFailures(
  sockets: ReadonlyMap<string, SocketState>,
  before: readonly Link[],
  after: readonly Link[],
): ReadonlyMap<string, SocketState> {
  const kept = [...sockets].filter(([, socket]) => {
    return socket.at !== "failed" || isUnchanged(socket.interfaceIndex, before, after);
  });
  return new Map(kept);
}

/** When the next failed socket may be tried again. */
export function nextRetry(sockets: ReadonlyMap<string, SocketState>): Instant | undefined {
  let next: Instant | undefined;
  for (const socket of sockets.values()) {
    if (socket.at !== "failed" || socket.retryAt === undefined) continue;
    if (next === undefined || socket.retryAt < next) next = socket.retryAt;
  }
  return next;
}

function isDue(socket: FailedSocket, now: Instant): boolean {
  return socket.retryAt !== undefined && socket.retryAt <= now;
}

function isUnchanged(index: number, before: readonly Link[], after: readonly Link[]): boolean {
  const [old, young] = [before, after].map((links) => links.find((link) => link.index === index));
  if (old === undefined || young === undefined) return false;
  return old.name === young.name && old.running === young.running && sameMac(old.mac, young.mac);
}

function replaced(
  sockets: ReadonlyMap<string, SocketState>,
  key: string,
  socket: SocketState,
): ReadonlyMap<string, SocketState> {
  return new Map(sockets).set(key, socket);
}
