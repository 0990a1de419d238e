import { compareIpAddresses, sameIpAddress } from "@steelyard/model/address";
import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { decodeEthernet, ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { decodeIpv6 } from "../../wire/ipv6.ts";
import {
  decodeRouterDiscovery,
  type RouterAdvertisement,
  type RouterDiscoveryMessage,
} from "../../wire/router-advertisement.ts";
import {
  type KnownRouter,
  LONGEST_DELAY,
  MOST_QUESTIONS,
  MOST_ROUTERS,
  QUESTION_PAUSE,
  QUICK_ADVERTISEMENTS,
  QUICK_PAUSE,
  type RouterDiscoveryContext,
  SHORTEST_PAUSE,
  UNSTATED_LIFETIME,
  type WatchedLink,
} from "./types.ts";

/** What a frame says about routers; undefined = nothing. */
export function discoveryMessageIn(frame: Uint8Array): RouterDiscoveryMessage | undefined {
  const ethernet = decodeEthernet(frame);
  if (!ethernet.ok || ethernet.value.etherType !== ETHERTYPE_IPV6) return undefined;
  const packet = decodeIpv6(ethernet.value.payload);
  const message = packet.ok ? decodeRouterDiscovery(packet.value) : undefined;
  return message?.ok === true ? message.value : undefined;
}

/** Takes in what was said on a link. */
export function hear(
  link: WatchedLink,
  message: RouterDiscoveryMessage,
  context: RouterDiscoveryContext,
): WatchedLink {
  if (sameIpAddress(message.from, link.source)) return link;
  if (message.kind === "router-solicitation") return advertiseSoon(link, SHORTEST_PAUSE, context);
  // Whoever else is there has heard the question too.
  return hearRouter({ ...link, solicitAt: undefined }, message, context);
}

function hearRouter(
  link: WatchedLink,
  advertisement: RouterAdvertisement,
  context: RouterDiscoveryContext,
): WatchedLink {
  const heard = knownRouter(advertisement, context.now);
  const isHeard = ({ address }: KnownRouter): boolean => sameIpAddress(address, heard.address);
  if (link.routers.some(isHeard))
    return { ...link, routers: link.routers.map((router) => (isHeard(router) ? heard : router)) };
  if (link.routers.length >= MOST_ROUTERS) return link;
  const [inUse, ...others] = link.routers;
  const routers =
    inUse === undefined
      ? [heard]
      : [inUse, ...[...others, heard].sort((a, b) => compareIpAddresses(a.address, b.address))];
  // It cannot have heard of us while it was not there, and it dials only whom it has heard.
  const again = { ...link, routers, quickOnes: QUICK_ADVERTISEMENTS };
  return advertiseSoon(again, QUICK_PAUSE, context);
}

/** After a random delay, so that not all nodes answer at once; never sooner than `pause` after the last one. */
function advertiseSoon(
  link: WatchedLink,
  pause: Millis,
  { now, random }: RouterDiscoveryContext,
): WatchedLink {
  const soon = instantAfter(now, LONGEST_DELAY * random.fraction());
  const earliest = link.advertisedAt === undefined ? now : instantAfter(link.advertisedAt, pause);
  const at = soon > earliest ? soon : earliest;
  return at < link.advertiseAt ? { ...link, advertiseAt: at } : link;
}

function knownRouter({ from, lifetimeSeconds, interval }: RouterAdvertisement, now: Instant): KnownRouter {
  const lifetime = lifetimeOf(lifetimeSeconds, interval);
  const asking = MOST_QUESTIONS * QUESTION_PAUSE;
  const askAt = lifetime > 2 * asking ? instantAfter(now, lifetime - asking) : undefined;
  return { address: from, until: instantAfter(now, lifetime), askAt };
}

/** Of a router that is no default router: as if it had missed its turn three times. */
function lifetimeOf(lifetimeSeconds: number, interval: Millis | undefined): Millis {
  if (lifetimeSeconds > 0) return 1000 * lifetimeSeconds;
  return interval === undefined || interval === 0 ? UNSTATED_LIFETIME : 3 * interval;
}
