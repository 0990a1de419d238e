import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { encodeEthernet, ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { multicastMac } from "../../wire/ipv6-multicast.ts";
import { encodeIpv6, type Ipv6Packet } from "../../wire/ipv6.ts";
import { routerAdvertisement, routerSolicitation } from "../../wire/router-advertisement.ts";
import {
  type KnownRouter,
  LONGEST_PAUSE,
  MOST_QUESTIONS,
  QUESTION_PAUSE,
  QUICK_PAUSE,
  type RouterDiscoveryContext,
  type RouterDiscoveryEffect,
  SHORTEST_PAUSE,
  type WatchedLink,
} from "./types.ts";
import { lostRouter, openSocket } from "./watched-links.ts";

interface Turn {
  readonly link: WatchedLink;
  readonly effects: readonly RouterDiscoveryEffect[];
}

/** Does on one link what is due by now. */
export function doDue(link: WatchedLink, context: RouterDiscoveryContext): Turn {
  const lost = giveUpSilent(link, context.now);
  if (link.socket === "opening") return lost;
  if (link.socket === "failed") return retry(lost, context.now);
  const asked = ask(lost, context.now);
  return advertise(asked, context);
}

/** When something is due next on a link; undefined = when its socket is open. */
export function nextDue({ socket, advertiseAt, solicitAt, routers }: WatchedLink): Instant | undefined {
  const times = routers.map(({ until }): Instant | undefined => until);
  if (socket !== "opening") times.push(advertiseAt);
  if (socket === "open") times.push(solicitAt, ...routers.map(({ askAt }) => askAt));
  return earliest(times);
}

export function earliest(times: readonly (Instant | undefined)[]): Instant | undefined {
  let first: Instant | undefined;
  for (const time of times) if (time !== undefined && (first === undefined || time < first)) first = time;
  return first;
}

function giveUpSilent(link: WatchedLink, now: Instant): Turn {
  const routers = link.routers.filter(({ until }) => until > now);
  if (routers.length === link.routers.length) return { link, effects: [] };
  const silent = link.routers.filter(({ until }) => until <= now);
  const effects = silent.map(({ address }) =>
    lostRouter(link, address, "it does not advertise itself any more"),
  );
  // Nobody left: somebody who came meanwhile may not have heard that anybody wants to know.
  const isAlone = routers.length === 0;
  return { link: { ...link, routers, ...(isAlone ? { solicitAt: now, questions: 0 } : {}) }, effects };
}

function retry({ link, effects }: Turn, now: Instant): Turn {
  if (link.advertiseAt > now) return { link, effects };
  return { link: { ...link, socket: "opening" }, effects: [...effects, openSocket(link.index)] };
}

/** Asks at first, and again when a router has not been heard for long. */
function ask({ link: before, effects }: Turn, now: Instant): Turn {
  const link = before.routers.some((router) => isDoubtful(router, now)) ? doubting(before, now) : before;
  const { solicitAt, questions } = link;
  if (solicitAt === undefined || solicitAt > now) return { link, effects };
  const isLast = questions + 1 >= MOST_QUESTIONS;
  const next = {
    ...link,
    questions: questions + 1,
    solicitAt: isLast ? undefined : instantAfter(now, QUESTION_PAUSE),
  };
  return { link: next, effects: [...effects, send(link, routerSolicitation(link.source, link.mac))] };
}

function isDoubtful({ askAt }: KnownRouter, now: Instant): boolean {
  return askAt !== undefined && askAt <= now;
}

function doubting(link: WatchedLink, now: Instant): WatchedLink {
  const routers = link.routers.map((router) =>
    isDoubtful(router, now) ? { ...router, askAt: undefined } : router,
  );
  return { ...link, routers, questions: 0, solicitAt: now };
}

function advertise({ link, effects }: Turn, { now, random }: RouterDiscoveryContext): Turn {
  if (link.advertiseAt > now) return { link, effects };
  const quickOnes = Math.max(0, link.quickOnes - 1);
  const pause =
    quickOnes > 0 ? QUICK_PAUSE : SHORTEST_PAUSE + (LONGEST_PAUSE - SHORTEST_PAUSE) * random.fraction();
  const next = { ...link, quickOnes, advertisedAt: now, advertiseAt: instantAfter(now, pause) };
  return { link: next, effects: [...effects, send(link, routerAdvertisement(link.source, link.mac))] };
}

function send({ index, mac }: WatchedLink, packet: Ipv6Packet): RouterDiscoveryEffect {
  const frame = encodeEthernet({
    destination: multicastMac(packet.destination),
    source: mac,
    etherType: ETHERTYPE_IPV6,
    payload: encodeIpv6(packet),
  });
  return { kind: "send", interfaceIndex: index, protocol: "ipv6", frames: [frame] };
}
