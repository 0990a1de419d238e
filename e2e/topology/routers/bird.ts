import { join } from "node:path";
import { type IpFamily } from "@steelyard/model/address";
import { askUnpacked, unpacked, unpackedEnvironment } from "./router-programs.ts";
import {
  familiesOf,
  type LearnedRoute,
  nameOf,
  type RouterBfdSession,
  type RouterConfig,
  type RouterNeighbor,
  type RouterSession,
} from "./router-config.ts";
import { type RouterPlace, type RouterSoftware } from "./router-software.ts";

/** BIRD 2.0, which gives its routes to the kernel itself, paths of equal worth as one. */
export const bird: RouterSoftware = {
  kind: "bird",
  files: (config) => ({ "bird.conf": configuration(config) }),
  daemons: (place) => [
    {
      name: "bgp",
      program: unpacked("usr/sbin/bird"),
      args: [
        "-f",
        "-c",
        inFolder(place, "bird.conf"),
        "-s",
        socket(place),
        "-P",
        inFolder(place, "bird.pid"),
      ],
      env: unpackedEnvironment(),
      isReady: async () => (await ask(place, "show status")).includes("up and running"),
    },
  ],
  reload: async (place) => {
    await ask(place, "configure");
  },
  table: async (place, family, prefix) => {
    const one = prefix === undefined ? "" : ` ${prefix}`;
    const question = birdc(place, `show route${one} table ${tables[family]} all`);
    return routesIn((await askUnpacked(...question, /not found/)) ?? "");
  },
  count: async (place, family, neighbor) => {
    const protocol = (await protocols(place)).find((one) => one.neighbor === neighbor);
    const channel = protocol?.lines.indexOf(`Channel ${words[family]}`) ?? -1;
    const routes = protocol?.lines.slice(channel).find((line) => line.startsWith("Routes:"));
    return channel < 0 ? 0 : Number(/(\d+) imported/.exec(routes ?? "")?.[1] ?? 0);
  },
  sessions: async (place) => (await protocols(place)).map(toSession),
  bfdSessions: async (place) => bfdSessionsIn(await ask(place, "show bfd sessions")),
};

const words: Readonly<Record<IpFamily, string>> = { IPv4: "ipv4", IPv6: "ipv6" };
const tables: Readonly<Record<IpFamily, string>> = { IPv4: "master4", IPv6: "master6" };

// --- configuration

function configuration(config: RouterConfig): string {
  const { neighbors, networks = [] } = config;
  const bfd = neighbors.some((neighbor) => neighbor.bfd !== undefined);
  return [
    "log stderr all;",
    `router id ${config.routerId};`,
    // Tells one session from the next. In finer parts the same moment is told in different words.
    'timeformat protocol "%F %T.%1f";',
    "protocol device {}",
    ...(["IPv4", "IPv6"] as const).flatMap((family) => kernelLines(family, networks)),
    ...(bfd ? ["protocol bfd {}"] : []),
    ...neighbors.flatMap((neighbor, index) => neighborLines(config, neighbor, index)),
    ...(config.extra ?? []),
    "",
  ].join("\n");
}

function kernelLines(family: IpFamily, networks: readonly string[]): readonly string[] {
  const own = networks.filter((prefix) => prefix.includes(":") === (family === "IPv6"));
  return [
    `protocol kernel kernel${family} {`,
    "  merge paths yes limit 64;",
    `  ${words[family]} { import none; export where source = RTS_BGP; };`,
    "}",
    `protocol static static${family} {`,
    `  ${words[family]};`,
    ...own.map((prefix) => `  route ${prefix} blackhole;`),
    "}",
  ];
}

function neighborLines(config: RouterConfig, neighbor: RouterNeighbor, index: number): readonly string[] {
  const { holdSeconds: hold = 90 } = neighbor;
  const who = neighbor.range === undefined ? (neighbor.address ?? "") : `range ${neighbor.range}`;
  const as = neighbor.asn === "external" ? "external" : `as ${neighbor.asn}`;
  const internal = neighbor.asn === (neighbor.localAsn ?? config.asn);
  const setting = (text: string, isSet: boolean): readonly string[] => (isSet ? [`  ${text};`] : []);
  return [
    `protocol bgp peer${index} {`,
    `  local ${neighbor.source ?? ""} as ${neighbor.localAsn ?? config.asn};`,
    `  neighbor ${who} ${as};`,
    `  hold time ${hold};`,
    `  keepalive time ${neighbor.keepaliveSeconds ?? Math.max(1, Math.floor(hold / 3))};`,
    "  connect delay time 1;",
    "  connect retry time 1;",
    "  error wait time 1, 2;",
    "  error forget time 1;",
    ...setting("passive on", neighbor.dials !== true),
    ...setting(`password "${neighbor.password ?? ""}"`, neighbor.password !== undefined),
    ...setting(`multihop ${neighbor.hops ?? 0}`, neighbor.hops !== undefined),
    ...setting("direct", internal && neighbor.hops === undefined),
    ...setting("ttl security on", neighbor.ttlSecurity !== undefined),
    ...setting(`graceful restart ${neighbor.keepsRoutes === false ? "off" : "aware"}`, true),
    ...bfdLines(neighbor),
    ...familiesOf(neighbor).map((family) => channelLine(neighbor, family)),
    "}",
  ];
}

function channelLine(neighbor: RouterNeighbor, family: IpFamily): string {
  // IPv4 over a session of IPv6 needs it (RFC 8950); a neighbour that does not offer it sends none.
  const isMixed = family === "IPv4" && nameOf(neighbor).includes(":");
  const next = isMixed ? "extended next hop on; " : "";
  return `  ${words[family]} { ${next}import all; export where source = RTS_STATIC; };`;
}

function bfdLines({ bfd }: RouterNeighbor): readonly string[] {
  if (bfd === undefined) return [];
  const passive = bfd.passive === true ? " passive yes;" : "";
  return [
    ...(bfd.graceful === true ? ["  bfd graceful;"] : []),
    `  bfd { min rx interval ${bfd.receiveMillis} ms; min tx interval ${bfd.transmitMillis} ms; ` +
      `idle tx interval 1 s; multiplier ${bfd.multiplier};${passive} };`,
  ];
}

// --- answers

function inFolder(place: RouterPlace, file: string): string {
  return join(place.folder, file);
}

function socket(place: RouterPlace): string {
  return inFolder(place, "bird.ctl");
}

function birdc(place: RouterPlace, question: string): readonly [string, readonly string[]] {
  return [unpacked("usr/sbin/birdc"), ["-s", socket(place), ...question.split(" ")]];
}

function ask(place: RouterPlace, question: string): Promise<string> {
  return askUnpacked(...birdc(place, question));
}

/**
 * `198.51.100.1/32      unicast [peer0 12:00:00.000] * (100) [AS65000i]`, of the second path to it the prefix is left out;
 * behind it one attribute a line.
 */
function routesIn(text: string): readonly LearnedRoute[] {
  const routes: LearnedRoute[] = [];
  let prefix = "";
  let attributes = new Map<string, string>();
  const close = (): void => {
    if (attributes.has("BGP.as_path") || attributes.has("BGP.origin"))
      routes.push(toRoute(prefix, attributes));
    attributes = new Map();
  };
  for (const line of text.split("\n")) {
    const begun = /^(\S*)\s+(?:unicast|blackhole|unreachable) \[(\S+) .*?(?: from (\S+?))?\]/.exec(line);
    if (begun !== null) {
      close();
      prefix = begun[1] === "" ? prefix : (begun[1] ?? prefix);
      if (begun[3] !== undefined) attributes.set("from", begun[3]);
      continue;
    }
    const via = /^\s+via (\S+) on/.exec(line);
    if (via !== null && !attributes.has("from")) attributes.set("from", via[1] ?? "");
    const attribute = /^\s+([\w.]+): ?(.*)$/.exec(line);
    if (attribute !== null) attributes.set(attribute[1] ?? "", attribute[2] ?? "");
  }
  close();
  return routes;
}

function toRoute(prefix: string, attributes: ReadonlyMap<string, string>): LearnedRoute {
  const localPref = attributes.get("BGP.local_pref");
  const tuples = (name: string): readonly string[] =>
    [...(attributes.get(name) ?? "").matchAll(/\(([^)]*)\)/g)]
      .map(([, inside = ""]) => inside.replaceAll(/,\s*/g, ":"))
      .sort();
  return {
    prefix,
    from: attributes.get("from") ?? "",
    nextHop: attributes.get("BGP.next_hop")?.split(" ")[0] ?? "",
    asPath: (attributes.get("BGP.as_path") ?? "").split(" ").filter(Boolean).map(Number),
    ...(localPref === undefined ? {} : { localPref: Number(localPref) }),
    communities: tuples("BGP.community"),
    largeCommunities: tuples("BGP.large_community"),
    stale: attributes.has("stale"),
  };
}

interface BirdProtocol {
  readonly since: string;
  readonly up: boolean;
  readonly state: string;
  readonly neighbor: string;
  readonly lastError: string | undefined;
  readonly lines: readonly string[];
}

async function protocols(place: RouterPlace): Promise<readonly BirdProtocol[]> {
  const text = await ask(place, "show protocols all");
  const blocks = text.split(/\n(?=\S)/).filter((block) => /^\S+\s+BGP\s/.test(block));
  return blocks.map(toProtocol).filter(({ neighbor }) => neighbor !== "");
}

function toProtocol(block: string): BirdProtocol {
  const [first = "", ...rest] = block.split("\n");
  const lines = rest.map((line) => line.trim());
  const value = (name: string): string | undefined =>
    lines
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const since = /\d{4}-\d\d-\d\d [\d:.]+/.exec(first)?.[0] ?? "";
  const state = value("BGP state") ?? "";
  return {
    since,
    up: state === "Established",
    state,
    neighbor: value("Neighbor address") ?? value("Neighbor range") ?? "",
    lastError: value("Last error"),
    lines,
  };
}

function toSession({ neighbor, up, state, since, lastError }: BirdProtocol): RouterSession {
  return {
    neighbor,
    established: up,
    state,
    identity: up ? since : "",
    ...(lastError === undefined ? {} : { lastError }),
  };
}

function bfdSessionsIn(text: string): readonly RouterBfdSession[] {
  const states: Readonly<Record<string, RouterBfdSession["state"]>> = {
    Up: "up",
    Init: "init",
    AdminDown: "admin-down",
  };
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([peer = "", , state]) => /^[\d.]+$|:/.test(peer) && state !== undefined)
    .map(([peer = "", , state = ""]) => ({ peer, state: states[state] ?? "down" }));
}
