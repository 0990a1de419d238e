import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type IpFamily } from "@steelyard/model/address";
import { unpacked, unpackedEnvironment } from "./router-programs.ts";
import {
  familiesOf,
  type LearnedRoute,
  nameOf,
  type RouterConfig,
  type RouterNeighbor,
  type RouterSession,
} from "./router-config.ts";
import { type RouterPlace, type RouterSoftware } from "./router-software.ts";

/** ExaBGP 4.2, which keeps no table: what it is told it tells on, a JSON object a line, and the table is made from those. */
export const exabgp: RouterSoftware = {
  kind: "exabgp",
  files: (config, place) => ({
    "exabgp.conf": configuration(config, place),
    // The shell stays: ExaBGP takes a listener that closes its standard output for dead.
    "listen.sh": `cat >> ${events(place)}\n`,
    "events.json": "",
  }),
  daemons: (place, config) => [
    {
      name: "bgp",
      program: python(),
      args: [
        "-c",
        "from exabgp.application import run_exabgp; run_exabgp()",
        join(place.folder, "exabgp.conf"),
      ],
      env: unpackedEnvironment({
        PYTHONPATH: unpacked("usr/lib/python3/dist-packages"),
        "exabgp.daemon.user": "root",
        "exabgp.daemon.drop": "false",
        "exabgp.log.destination": "stdout",
        "exabgp.api.cli": "false",
        "exabgp.tcp.port": "179",
        "exabgp.tcp.bind": [...new Set(config.neighbors.flatMap(({ source }) => source ?? []))].join(" "),
      }),
      isReady: async () => (await place.host.run("ss", ["-Hltn", "sport = :179"])) !== "",
    },
  ],
  reload: undefined,
  table: async (place, family, prefix) => {
    const routes = [...tableFrom(eventsOf(place)).values()].flatMap((routesOf) => [...routesOf.values()]);
    const isWanted = (route: LearnedRoute): boolean =>
      route.prefix.includes(":") === (family === "IPv6") && (prefix ?? route.prefix) === route.prefix;
    return routes.filter(isWanted);
  },
  count: async (place, family, neighbor) => {
    const routes = [...(tableFrom(eventsOf(place)).get(neighbor)?.values() ?? [])];
    return routes.filter(({ prefix }) => prefix.includes(":") === (family === "IPv6")).length;
  },
  sessions: async (place) => sessionsFrom(eventsOf(place)),
  bfdSessions: undefined,
};

/** Debian's own, for which the package is made; one that was unpacked where the machine has none. */
function python(): string {
  return existsSync("/usr/bin/python3") ? "/usr/bin/python3" : unpacked("usr/bin/python3");
}

// --- configuration

function configuration(config: RouterConfig, place: RouterPlace): string {
  return [
    "process listener {",
    `  run /bin/sh ${join(place.folder, "listen.sh")};`,
    "  encoder json;",
    "}",
    ...config.neighbors.flatMap((neighbor) => neighborLines(config, neighbor)),
    "",
  ].join("\n");
}

function neighborLines(config: RouterConfig, neighbor: RouterNeighbor): readonly string[] {
  const { source, holdSeconds = 90, password, hops } = neighbor;
  if (source === undefined) throw new Error("ExaBGP wants to know its own address: source");
  const own = config.networks ?? [];
  // IPv4 over IPv6 with a next hop of IPv6 (RFC 8950).
  const isMixed = nameOf(neighbor).includes(":") && familiesOf(neighbor).includes("IPv4");
  const families = familiesOf(neighbor).map((family) => `    ${words[family]} unicast;`);
  return [
    `neighbor ${nameOf(neighbor)} {`,
    `  router-id ${config.routerId};`,
    `  local-address ${source};`,
    `  local-as ${config.asn};`,
    `  peer-as ${neighbor.asn};`,
    `  hold-time ${holdSeconds};`,
    ...(neighbor.dials === true ? [] : ["  passive true;", "  listen 179;"]),
    ...(password === undefined ? [] : [`  md5-password '${password}';`]),
    ...(hops === undefined ? [] : [`  outgoing-ttl ${hops};`]),
    "  capability {",
    "    asn4 enable;",
    "    route-refresh enable;",
    ...(isMixed ? ["    nexthop enable;"] : []),
    ...(neighbor.keepsRoutes === false ? [] : ["    graceful-restart 60;"]),
    "  }",
    "  family {",
    ...families,
    "  }",
    ...(isMixed ? ["  nexthop {", "    ipv4 unicast ipv6;", "  }"] : []),
    "  static {",
    ...own.map((prefix) => `    route ${prefix} next-hop self;`),
    "  }",
    "  api {",
    "    processes [ listener ];",
    "    neighbor-changes;",
    "    receive { parsed; update; notification; }",
    "    send { parsed; notification; }",
    "  }",
    "}",
  ];
}

const words: Readonly<Record<IpFamily, string>> = { IPv4: "ipv4", IPv6: "ipv6" };

// --- what it tells

function events(place: RouterPlace): string {
  return join(place.folder, "events.json");
}

interface ExaEvent {
  readonly type: string;
  readonly time: number;
  readonly neighbor?: {
    readonly address: { readonly peer: string };
    readonly state?: "up" | "down" | "connected";
    readonly reason?: string;
    readonly message?: { readonly update?: ExaUpdate };
  };
}

interface ExaUpdate {
  readonly attribute?: {
    readonly "as-path"?: readonly number[];
    readonly "local-preference"?: number;
    readonly community?: readonly (readonly [number, number])[];
    readonly "large-community"?: readonly (readonly [number, number, number])[];
  };
  /** By family, then next hop. */
  readonly announce?: Readonly<
    Record<string, Readonly<Record<string, readonly { readonly nlri: string }[]>>>
  >;
  readonly withdraw?: Readonly<Record<string, readonly { readonly nlri: string }[]>>;
}

/** Its last line may not be whole yet. */
function eventsOf(place: RouterPlace): readonly ExaEvent[] {
  const lines = readFileSync(events(place), "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ExaEvent);
}

type Tables = Map<string, Map<string, LearnedRoute>>;

function tableFrom(told: readonly ExaEvent[]): Tables {
  const tables: Tables = new Map();
  for (const { neighbor } of told) {
    if (neighbor === undefined) continue;
    const from = neighbor.address.peer;
    if (neighbor.state !== undefined) tables.delete(from);
    if (neighbor.message?.update !== undefined) take(tables, from, neighbor.message.update);
  }
  return tables;
}

function take(tables: Tables, from: string, update: ExaUpdate): void {
  const table = tables.get(from) ?? new Map<string, LearnedRoute>();
  tables.set(from, table);
  const before = new Map(table);
  for (const nlri of Object.values(update.withdraw ?? {}).flat()) table.delete(nlri.nlri);
  for (const [nextHop, announced] of Object.values(update.announce ?? {}).flatMap((hops) =>
    Object.entries(hops),
  )) {
    // The key of an End-of-RIB holds no list of prefixes.
    if (!Array.isArray(announced)) continue;
    for (const { nlri } of announced as readonly { nlri?: string }[])
      // Of a global and a link-local next hop, told as two, the first counts.
      if (nlri !== undefined && !(nextHop.startsWith("fe80:") && table.get(nlri) !== before.get(nlri)))
        table.set(nlri, toRoute(nlri, from, nextHop, update));
  }
}

function toRoute(prefix: string, from: string, nextHop: string, { attribute = {} }: ExaUpdate): LearnedRoute {
  const localPref = attribute["local-preference"];
  const texts = (tuples: readonly (readonly number[])[] = []): readonly string[] =>
    tuples.map((numbers) => numbers.join(":")).sort();
  return {
    prefix,
    from,
    nextHop,
    asPath: attribute["as-path"] ?? [],
    ...(localPref === undefined ? {} : { localPref }),
    communities: texts(attribute.community),
    largeCommunities: texts(attribute["large-community"]),
    stale: false,
  };
}

function sessionsFrom(told: readonly ExaEvent[]): readonly RouterSession[] {
  const sessions = new Map<string, RouterSession>();
  for (const { neighbor, time } of told) {
    if (neighbor?.state === undefined) continue;
    const { peer } = neighbor.address;
    const isUp = neighbor.state === "up";
    const lastError = neighbor.reason ?? sessions.get(peer)?.lastError;
    sessions.set(peer, {
      neighbor: peer,
      established: isUp,
      state: neighbor.state,
      identity: isUp ? String(time) : "",
      ...(lastError === undefined ? {} : { lastError }),
    });
  }
  return [...sessions.values()];
}
