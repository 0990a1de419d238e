import { join } from "node:path";
import { type IpFamily } from "@steelyard/model/address";
import { builtPeer } from "./router-programs.ts";
import {
  familiesOf,
  type LearnedRoute,
  nameOf,
  type RouterConfig,
  type RouterNeighbor,
  type RouterSession,
} from "./router-config.ts";
import { type RouterPlace, type RouterSoftware } from "./router-software.ts";

/** GoBGP 3.37; its routes do not get to the kernel. */
export const gobgp: RouterSoftware = {
  kind: "gobgp",
  files: (config) => ({ "gobgpd.json": JSON.stringify(configuration(config), undefined, 2) }),
  daemons: (place, config) => [
    {
      name: "bgp",
      program: builtPeer("gobgpd"),
      // Go listens by Multipath TCP, which knows no keys.
      env: { ...process.env, GODEBUG: "multipathtcp=0" },
      args: ["-f", join(place.folder, "gobgpd.json"), "-t", "json", "--api-hosts", api],
      isReady: async () => {
        await ask(place, "global");
        for (const prefix of config.networks ?? [])
          await gobgpCommand(
            place,
            "global",
            "rib",
            "add",
            prefix,
            "-a",
            prefix.includes(":") ? "ipv6" : "ipv4",
          );
        return true;
      },
    },
  ],
  reload: async (_place, bgp) => {
    bgp.process.kill("SIGHUP");
  },
  table: async (place, family, prefix) => {
    const which = prefix === undefined ? [] : [prefix];
    const question = ["-u", "127.0.0.1", "-j", "global", "rib", ...which, "-a", words[family]];
    const { status, stdout, stderr } = await place.host.attempt(builtPeer("gobgp"), question);
    if (`${stdout}${stderr}`.includes("Network not in table")) return [];
    if (status !== 0) throw new Error(`gobgp ${question.join(" ")} ended with ${status}: ${stderr}`);
    return toRoutes(JSON.parse(stdout) as Readonly<Record<string, readonly GoPath[]>>);
  },
  count: async (place, family, neighbor) => {
    const found = (await neighbors(place)).find((one) => one.state.neighbor_address === neighbor);
    const families = found?.afi_safis ?? [];
    return families.find(({ state }) => state?.family?.afi === afis[family])?.state?.received ?? 0;
  },
  sessions: async (place) => (await neighbors(place)).map(toSession),
  bfdSessions: undefined,
};

/** Every router has a network of its own. */
const api = "127.0.0.1:50051";
const words: Readonly<Record<IpFamily, string>> = { IPv4: "ipv4", IPv6: "ipv6" };
const afis: Readonly<Record<IpFamily, number>> = { IPv4: 1, IPv6: 2 };

// --- configuration

function configuration(config: RouterConfig): unknown {
  const ranges = config.neighbors.filter(({ range }) => range !== undefined);
  return {
    global: { config: { as: config.asn, "router-id": config.routerId } },
    neighbors: config.neighbors
      .filter(({ address }) => address !== undefined)
      .map((neighbor) => ({
        ...settings(neighbor),
        config: { ...identityOf(neighbor), "neighbor-address": neighbor.address },
      })),
    "peer-groups": ranges.map((neighbor) => ({
      ...settings(neighbor),
      config: { ...identityOf(neighbor), "peer-group-name": nameOf(neighbor) },
    })),
    "dynamic-neighbors": ranges.map((neighbor) => ({
      config: { prefix: neighbor.range, "peer-group": nameOf(neighbor) },
    })),
  };
}

function identityOf(neighbor: RouterNeighbor): Readonly<Record<string, unknown>> {
  return {
    "peer-as": neighbor.asn,
    ...(neighbor.localAsn === undefined ? {} : { "local-as": neighbor.localAsn }),
    ...(neighbor.password === undefined ? {} : { "auth-password": neighbor.password }),
  };
}

function settings(neighbor: RouterNeighbor): Readonly<Record<string, unknown>> {
  const { holdSeconds: hold = 90, hops, ttlSecurity } = neighbor;
  const keeps = neighbor.keepsRoutes !== false;
  return {
    timers: {
      config: {
        "hold-time": hold,
        "keepalive-interval": neighbor.keepaliveSeconds ?? Math.max(1, Math.floor(hold / 3)),
        "connect-retry": 1,
        "idle-hold-time-after-reset": 1,
      },
    },
    transport: {
      config: {
        "passive-mode": neighbor.dials !== true,
        ...(neighbor.source === undefined ? {} : { "local-address": neighbor.source }),
      },
    },
    "graceful-restart": { config: { enabled: keeps, "helper-only": true, "restart-time": 20 } },
    "afi-safis": familiesOf(neighbor).map((family) => ({
      config: { "afi-safi-name": `${words[family]}-unicast` },
      "mp-graceful-restart": { config: { enabled: keeps } },
    })),
    ...(hops === undefined ? {} : { "ebgp-multihop": { config: { enabled: true, "multihop-ttl": hops } } }),
    ...(ttlSecurity === undefined
      ? {}
      : { "ttl-security": { config: { enabled: true, "ttl-min": 256 - ttlSecurity } } }),
  };
}

// --- answers

function gobgpCommand(place: RouterPlace, ...args: readonly string[]): Promise<string> {
  return place.host.run(builtPeer("gobgp"), ["-u", "127.0.0.1", ...args]);
}

async function ask(place: RouterPlace, ...args: readonly string[]): Promise<unknown> {
  return JSON.parse(await gobgpCommand(place, "-j", ...args));
}

interface GoPath {
  readonly nlri: { readonly prefix: string };
  readonly "neighbor-ip"?: string;
  readonly stale?: boolean;
  readonly attrs: readonly GoAttribute[];
}

interface GoAttribute {
  readonly type: number;
  readonly nexthop?: string;
  readonly value?: unknown;
  readonly as_paths?: readonly { readonly asns: readonly number[] }[];
  readonly communities?: readonly number[];
}

function toRoutes(table: Readonly<Record<string, readonly GoPath[]>>): readonly LearnedRoute[] {
  return Object.values(table)
    .flat()
    .filter(
      (path) => path["neighbor-ip"] !== undefined && !["<nil>", "invalid IP"].includes(path["neighbor-ip"]),
    )
    .map(toRoute);
}

function toRoute(path: GoPath): LearnedRoute {
  const attribute = (type: number): GoAttribute | undefined => path.attrs.find((one) => one.type === type);
  const localPref = attribute(5)?.value;
  return {
    prefix: path.nlri.prefix,
    from: path["neighbor-ip"] ?? "",
    nextHop: attribute(3)?.nexthop ?? attribute(14)?.nexthop ?? "",
    asPath: (attribute(2)?.as_paths ?? []).flatMap(({ asns }) => asns),
    ...(localPref === undefined ? {} : { localPref: Number(localPref) }),
    communities: (attribute(8)?.communities ?? []).map((n) => `${n >>> 16}:${n & 0xffff}`).sort(),
    largeCommunities: ((attribute(32)?.value ?? []) as readonly LargeCommunity[])
      .map(({ ASN, LocalData1, LocalData2 }) => `${ASN}:${LocalData1}:${LocalData2}`)
      .sort(),
    stale: path.stale === true,
  };
}

interface LargeCommunity {
  readonly ASN: number;
  readonly LocalData1: number;
  readonly LocalData2: number;
}

interface GoNeighbor {
  readonly state: {
    readonly neighbor_address: string;
    readonly session_state?: number | string;
  };
  readonly timers?: { readonly state?: { readonly uptime?: { readonly seconds?: number } | string } };
  readonly afi_safis?: readonly {
    readonly state?: { readonly family?: { readonly afi?: number }; readonly received?: number };
  }[];
}

async function neighbors(place: RouterPlace): Promise<readonly GoNeighbor[]> {
  return ((await ask(place, "neighbor")) ?? []) as readonly GoNeighbor[];
}

const established = 6;

function toSession({ state, timers }: GoNeighbor): RouterSession {
  const isUp = state.session_state === established;
  return {
    neighbor: state.neighbor_address,
    established: isUp,
    state: String(state.session_state ?? "unknown"),
    identity: isUp ? JSON.stringify(timers?.state?.uptime) : "",
  };
}
