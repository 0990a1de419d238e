import { join } from "node:path";
import { type IpFamily } from "@steelyard/model/address";
import { askUnpacked, unpacked, unpackedEnvironment } from "./router-programs.ts";
import {
  familiesOf,
  type LearnedRoute,
  nameOf,
  type RouterConfig,
  type RouterNeighbor,
  type RouterSession,
} from "./router-config.ts";
import { type RouterPlace, type RouterSoftware } from "./router-software.ts";

/** OpenBGPD 7.7 portable; on Linux its routes do not get to the kernel. */
export const openbgpd: RouterSoftware = {
  kind: "openbgpd",
  files: (config, place) => ({ "bgpd.conf": configuration(config, place) }),
  daemons: (place) => [
    {
      name: "bgp",
      program: unpacked("usr/sbin/bgpd"),
      args: ["-d", "-v", "-f", join(place.folder, "bgpd.conf")],
      env: unpackedEnvironment(),
      isReady: async () => (await bgpctl(place, "show")) !== "",
    },
  ],
  reload: async (place) => {
    await bgpctl(place, "reload");
  },
  table: async (place, family, prefix) => {
    const which = prefix === undefined ? [] : [prefix];
    const rib = await ask(place, "show", "rib", "detail", words[family], ...which);
    return ((rib as { rib?: readonly OpenbgpdPath[] }).rib ?? []).filter(isLearned).map(toRoute);
  },
  count: async (place, family, neighbor) => {
    const rib = await ask(place, "show", "rib", words[family], "neighbor", neighbor);
    return ((rib as { rib?: readonly unknown[] }).rib ?? []).length;
  },
  sessions: async (place) => {
    const answer = (await ask(place, "show", "neighbor")) as { neighbors?: readonly OpenbgpdNeighbor[] };
    return (answer.neighbors ?? []).map(toSession);
  },
  bfdSessions: undefined,
};

const words: Readonly<Record<IpFamily, string>> = { IPv4: "inet", IPv6: "inet6" };
const announcing: Readonly<Record<IpFamily, string>> = { IPv4: "IPv4 unicast", IPv6: "IPv6 unicast" };

// --- configuration

function configuration(config: RouterConfig, place: RouterPlace): string {
  return [
    `AS ${config.asn}`,
    `router-id ${config.routerId}`,
    `socket "${socket(place)}"`,
    "fib-update no",
    "rde evaluate all",
    ...(config.networks ?? []).map((prefix) => `network ${prefix}`),
    ...config.neighbors.flatMap(neighborLines),
    ...(config.extra ?? []),
    "allow from any",
    "allow to any",
    "",
  ].join("\n");
}

function neighborLines(neighbor: RouterNeighbor): readonly string[] {
  const { holdSeconds, password, hops, ttlSecurity, source, localAsn } = neighbor;
  const families = familiesOf(neighbor);
  return [
    `neighbor ${nameOf(neighbor)} {`,
    `  remote-as ${neighbor.asn}`,
    ...(localAsn === undefined ? [] : [`  local-as ${localAsn}`]),
    ...(source === undefined ? [] : [`  local-address ${source}`]),
    ...(holdSeconds === undefined ? [] : [`  holdtime ${holdSeconds}`]),
    ...(password === undefined ? [] : [`  tcp md5sig password "${password}"`]),
    ...(hops === undefined ? [] : [`  multihop ${hops}`]),
    ...(ttlSecurity === undefined ? [] : ["  ttl-security yes"]),
    ...(neighbor.dials === true ? [] : ["  passive"]),
    ...(neighbor.keepsRoutes === false ? ["  announce restart no"] : []),
    // Nothing but what is asked for: it announces IPv4 by itself over a session of IPv4.
    ...(["IPv4", "IPv6"] as const).map(
      (family) => `  announce ${announcing[family]}${families.includes(family) ? "" : " none"}`,
    ),
    "}",
  ].map((line) => line.replace(/^ {2}announce (IPv. )unicast none$/, "  announce $1none"));
}

// --- answers

function socket(place: RouterPlace): string {
  return join(place.folder, "bgpd.sock");
}

function bgpctl(place: RouterPlace, ...args: readonly string[]): Promise<string> {
  return askUnpacked(unpacked("usr/sbin/bgpctl"), ["-s", socket(place), ...args]);
}

async function ask(place: RouterPlace, ...args: readonly string[]): Promise<unknown> {
  return JSON.parse(await bgpctl(place, "-j", ...args));
}

interface OpenbgpdPath {
  readonly prefix: string;
  readonly aspath: string;
  readonly exit_nexthop: string;
  readonly neighbor?: { readonly remote_addr?: string };
  readonly localpref?: number;
  readonly stale?: boolean;
  readonly communities?: readonly string[];
  readonly large_communities?: readonly string[];
  readonly source?: string;
}

function isLearned(path: OpenbgpdPath): boolean {
  return path.neighbor?.remote_addr !== undefined && path.neighbor.remote_addr !== "LOCAL";
}

/** RFC 1997, RFC 8326: OpenBGPD says them in words. */
const wellKnown: Readonly<Record<string, string>> = {
  NO_EXPORT: "65535:65281",
  NO_ADVERTISE: "65535:65282",
  NO_EXPORT_SUBCONFED: "65535:65283",
  GRACEFUL_SHUTDOWN: "65535:0",
};

function toRoute(path: OpenbgpdPath): LearnedRoute {
  return {
    prefix: path.prefix,
    from: path.neighbor?.remote_addr ?? "",
    nextHop: path.exit_nexthop,
    asPath: path.aspath.split(" ").filter(Boolean).map(Number),
    ...(path.localpref === undefined ? {} : { localPref: path.localpref }),
    communities: (path.communities ?? []).map((word) => wellKnown[word] ?? word).sort(),
    largeCommunities: [...(path.large_communities ?? [])].sort(),
    stale: path.stale === true,
  };
}

interface OpenbgpdNeighbor {
  readonly remote_addr?: string;
  readonly state: string;
  readonly last_updown_sec?: number;
  readonly last_error?: string;
  readonly session?: { readonly local?: unknown; readonly remote?: unknown };
}

function toSession(neighbor: OpenbgpdNeighbor): RouterSession {
  const isUp = neighbor.state === "Established";
  return {
    neighbor: neighbor.remote_addr ?? "",
    established: isUp,
    state: neighbor.state,
    // Its time of being up has whole seconds; the ports of the connection are the session's own.
    identity: isUp ? JSON.stringify(neighbor.session) : "",
    ...(neighbor.last_error === undefined ? {} : { lastError: neighbor.last_error }),
  };
}
