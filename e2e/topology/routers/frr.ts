import { join } from "node:path";
import { existsSync } from "node:fs";
import { type IpFamily } from "@steelyard/model/address";
import { askUnpacked, unpacked, unpackedEnvironment } from "./router-programs.ts";
import {
  familiesOf,
  type LearnedRoute,
  nameOf,
  type RouterBfd,
  type RouterBfdSession,
  type RouterConfig,
  type RouterNeighbor,
  type RouterSession,
} from "./router-config.ts";
import { type RouterDaemon, type RouterPlace, type RouterSoftware } from "./router-software.ts";

/** FRR 8.4: zebra, which also gives the routes to the kernel, bgpd, and bfdd where somebody wants BFD. */
export const frr: RouterSoftware = {
  kind: "frr",
  files: (config, place) => ({
    "zebra.conf": header(place),
    "bfdd.conf": `${header(place)}bfd\n${config.neighbors.map(bfdProfile).join("")}`,
    "bgpd.conf": bgpdConfiguration(config, place),
    // vtysh asks PAM who we are where nobody says that it need not.
    "vtysh.conf": "username root nopassword\n",
  }),
  daemons: (place, config) => [
    daemon(place, "zebra", "zebra"),
    ...(config.neighbors.some(({ bfd }) => bfd !== undefined) ? [daemon(place, "bfdd", "bfdd")] : []),
    daemon(place, "bgpd", "bgp"),
  ],
  reload: undefined,
  table: async (place, family, prefix) => {
    const prefixes = prefix === undefined ? await knownPrefixes(place, family) : [prefix];
    const questions = prefixes.map((one) => `show bgp ${words[family]} unicast ${one} json`);
    return (await askMany(place, questions)).flatMap(toRoutes);
  },
  count: async (place, family, neighbor) => {
    const summary = (await ask(place, `show bgp ${words[family]} unicast summary json`)) as {
      peers?: Readonly<Record<string, { pfxRcd?: number }>>;
    };
    return summary.peers?.[neighbor]?.pfxRcd ?? 0;
  },
  sessions: async (place) => {
    const neighbors = (await ask(place, "show bgp neighbors json")) as Readonly<Record<string, FrrNeighbor>>;
    return Object.entries(neighbors).filter(isNeighbor).map(toSession);
  },
  bfdSessions: async (place) =>
    ((await ask(place, "show bfd peers json")) as readonly FrrBfdPeer[]).map(toBfdSession),
};

/** Commands of FRR's own: as in `vtysh -c … -c …`, for what no other router has. */
export function vtysh(place: RouterPlace, ...commands: readonly string[]): Promise<string> {
  const where = ["--config_dir", place.folder, "--vty_socket", place.folder];
  return askUnpacked(unpacked("usr/bin/vtysh"), [...where, ...commands.flatMap((text) => ["-c", text])]);
}

const words: Readonly<Record<IpFamily, string>> = { IPv4: "ipv4", IPv6: "ipv6" };

// --- configuration

function header({ name }: RouterPlace): string {
  return `hostname ${name}\nlog stdout informational\nlog timestamp precision 3\n`;
}

function bgpdConfiguration(config: RouterConfig, place: RouterPlace): string {
  const lines = [
    `router bgp ${config.asn}`,
    ` bgp router-id ${config.routerId}`,
    " bgp log-neighbor-changes",
    " no bgp ebgp-requires-policy",
    " no bgp default ipv4-unicast",
    " no bgp network import-check",
    " bgp bestpath as-path multipath-relax",
    " bgp listen limit 100",
    ...config.neighbors.flatMap(neighborLines),
    ...(["IPv4", "IPv6"] as const).flatMap((family) => familyLines(config, family)),
    ...(config.extra ?? []),
    "",
  ];
  return header(place) + lines.join("\n");
}

/** A range of dialling neighbours is a group of FRR's. */
function wordOf(neighbor: RouterNeighbor): string {
  return neighbor.range === undefined
    ? nameOf(neighbor)
    : `range-${neighbor.range.replaceAll(/[.:/]/g, "-")}`;
}

function neighborLines(neighbor: RouterNeighbor): readonly string[] {
  const word = wordOf(neighbor);
  const { holdSeconds: hold, keepaliveSeconds = Math.floor((hold ?? 90) / 3) } = neighbor;
  const set = (text: string): string => ` neighbor ${word} ${text}`;
  return [
    ...(neighbor.range === undefined ? [] : [set("peer-group")]),
    set(`${neighbor.interface === undefined ? "" : "interface "}remote-as ${neighbor.asn}`),
    ...(neighbor.range === undefined ? [] : [` bgp listen range ${neighbor.range} peer-group ${word}`]),
    ...(neighbor.localAsn === undefined ? [] : [set(`local-as ${neighbor.localAsn}`)]),
    ...(neighbor.dials === true || neighbor.interface !== undefined
      ? [set("timers connect 1")]
      : [set("passive")]),
    set(`timers ${keepaliveSeconds} ${hold ?? 90}`),
    ...(neighbor.password === undefined ? [] : [set(`password ${neighbor.password}`)]),
    ...(neighbor.source === undefined ? [] : [set(`update-source ${neighbor.source}`)]),
    ...(neighbor.hops === undefined ? [] : [set(`ebgp-multihop ${neighbor.hops}`)]),
    ...(neighbor.ttlSecurity === undefined ? [] : [set(`ttl-security hops ${neighbor.ttlSecurity}`)]),
    // IPv4 over IPv6 with a next hop of IPv6 (RFC 8950). On an unnumbered link it goes without saying.
    ...(nameOf(neighbor).includes(":") && familiesOf(neighbor).includes("IPv4")
      ? [set("capability extended-nexthop")]
      : []),
    ...(neighbor.keepsRoutes === false ? [set("graceful-restart-disable")] : []),
    ...(neighbor.bfd === undefined ? [] : [set(`bfd profile ${bfdProfileName(neighbor)}`)]),
  ];
}

function familyLines({ neighbors, networks = [] }: RouterConfig, family: IpFamily): readonly string[] {
  return [
    ` address-family ${words[family]} unicast`,
    "  maximum-paths 64",
    "  maximum-paths ibgp 64",
    ...networks
      .filter((prefix) => prefix.includes(":") === (family === "IPv6"))
      .map((prefix) => `  network ${prefix}`),
    ...neighbors
      .filter((neighbor) => familiesOf(neighbor).includes(family))
      .flatMap((neighbor) => [
        `  neighbor ${wordOf(neighbor)} activate`,
        `  neighbor ${wordOf(neighbor)} soft-reconfiguration inbound`,
      ]),
    " exit-address-family",
  ];
}

function bfdProfileName(neighbor: RouterNeighbor): string {
  return `of-${nameOf(neighbor).replaceAll(/[.:/]/g, "-")}`;
}

function bfdProfile(neighbor: RouterNeighbor): string {
  if (neighbor.bfd === undefined) return "";
  return [` profile ${bfdProfileName(neighbor)}`, ...bfdLines(neighbor.bfd), " exit", ""].join("\n");
}

/** Lines of a profile, for changes at run time as well. */
export function bfdLines({
  receiveMillis,
  transmitMillis,
  multiplier,
  passive,
  echoMillis,
}: RouterBfd): readonly string[] {
  return [
    `  receive-interval ${receiveMillis}`,
    `  transmit-interval ${transmitMillis}`,
    `  detect-multiplier ${multiplier}`,
    ...(passive === true ? ["  passive-mode"] : []),
    ...(echoMillis === undefined ? [] : [`  echo transmit-interval ${echoMillis}`, "  echo-mode"]),
  ];
}

// --- programs

function daemon(place: RouterPlace, program: string, name: string): RouterDaemon {
  const inFolder = (file: string): string => join(place.folder, file);
  const ready = inFolder(`${program}.vty`);
  return {
    name,
    program: unpacked(`usr/lib/frr/${program}`),
    args: [
      ...["-f", inFolder(`${program}.conf`), "-i", inFolder(`${program}.pid`), "-z", inFolder("zserv.api")],
      ...["--vty_socket", place.folder, "-u", "root", "-g", "root", "-P", "0"],
      ...(program === "bfdd" ? ["--bfdctl", inFolder("bfdd.sock")] : []),
    ],
    env: unpackedEnvironment(),
    // A socket may be there from before.
    isReady: async () => existsSync(ready) && (await vtyAnswers(place, program)),
  };
}

async function vtyAnswers(place: RouterPlace, program: string): Promise<boolean> {
  const answer = await askUnpacked(unpacked("usr/bin/vtysh"), [
    ...["--config_dir", place.folder, "--vty_socket", place.folder, "-d", program, "-c", "show version"],
  ]);
  return answer.includes("FRRouting");
}

// --- answers

async function ask(place: RouterPlace, question: string): Promise<unknown> {
  return JSON.parse(await vtysh(place, question));
}

/** As many as a command line holds at once: each call of vtysh is a process. */
const questionsAtOnce = 200;

async function askMany(place: RouterPlace, questions: readonly string[]): Promise<readonly FrrPrefix[]> {
  const answers: FrrPrefix[] = [];
  for (let from = 0; from < questions.length; from += questionsAtOnce) {
    const text = await vtysh(place, ...questions.slice(from, from + questionsAtOnce));
    // One object behind the other; each begins at the beginning of a line.
    answers.push(...(JSON.parse(`[${text.trim().replaceAll(/^}\s*{/gm, "},{")}]`) as FrrPrefix[]));
  }
  return answers;
}

async function knownPrefixes(place: RouterPlace, family: IpFamily): Promise<readonly string[]> {
  const table = (await ask(place, `show bgp ${words[family]} unicast json`)) as {
    readonly routes?: Readonly<Record<string, unknown>>;
  };
  return Object.keys(table.routes ?? {});
}

interface FrrPrefix {
  readonly prefix?: string;
  readonly paths?: readonly FrrPath[];
}

interface FrrPath {
  readonly aspath: { readonly segments: readonly { readonly list: readonly number[] }[] };
  readonly locPrf?: number;
  readonly stale?: boolean;
  readonly community?: { readonly string: string };
  readonly largeCommunity?: { readonly string: string };
  readonly nexthops: readonly { readonly ip: string; readonly scope?: string }[];
  readonly peer: { readonly peerId: string; readonly interface?: string };
}

function toRoutes({ prefix, paths = [] }: FrrPrefix): readonly LearnedRoute[] {
  if (prefix === undefined) return [];
  return paths
    .filter(({ peer }) => peer.peerId !== "(unspec)" && peer.peerId !== "0.0.0.0" && peer.peerId !== "::")
    .map((path) => ({
      prefix,
      from: path.peer.interface ?? path.peer.peerId,
      nextHop: path.nexthops[0]?.ip ?? "",
      asPath: path.aspath.segments.flatMap(({ list }) => list),
      ...(path.locPrf === undefined ? {} : { localPref: path.locPrf }),
      communities: communitiesIn(path.community?.string),
      largeCommunities: communitiesIn(path.largeCommunity?.string),
      stale: path.stale === true,
    }));
}

/** RFC 1997, RFC 8326: FRR says them in words. */
const wellKnown: Readonly<Record<string, string>> = {
  "no-export": "65535:65281",
  "no-advertise": "65535:65282",
  "local-AS": "65535:65283",
  "graceful-shutdown": "65535:0",
};

function communitiesIn(text: string | undefined): readonly string[] {
  const words = (text ?? "").split(" ").filter((word) => word !== "");
  return words.map((word) => wellKnown[word] ?? word).sort();
}

interface FrrNeighbor {
  readonly bgpState: string;
  readonly connectionsEstablished?: number;
  readonly lastResetDueTo?: string;
  readonly lastNotificationReason?: string;
}

function isNeighbor([, neighbor]: readonly [string, FrrNeighbor]): boolean {
  return typeof neighbor.bgpState === "string";
}

function toSession([name, neighbor]: readonly [string, FrrNeighbor]): RouterSession {
  const established = neighbor.bgpState === "Established";
  const lastError = neighbor.lastNotificationReason ?? neighbor.lastResetDueTo;
  return {
    neighbor: name,
    established,
    state: neighbor.bgpState,
    identity: established ? String(neighbor.connectionsEstablished) : "",
    ...(lastError === undefined ? {} : { lastError }),
  };
}

interface FrrBfdPeer {
  readonly peer: string;
  readonly status: string;
  readonly diagnostic?: string;
  readonly "remote-receive-interval"?: number;
  readonly "remote-transmit-interval"?: number;
  readonly "remote-detect-multiplier"?: number;
}

function toBfdSession(peer: FrrBfdPeer): RouterBfdSession {
  const states: Readonly<Record<string, RouterBfdSession["state"]>> = {
    shutdown: "admin-down",
    up: "up",
    init: "init",
  };
  return {
    peer: peer.peer,
    state: states[peer.status] ?? "down",
    ...(peer.diagnostic === undefined ? {} : { diagnostic: peer.diagnostic }),
    remote: {
      receiveMillis: peer["remote-receive-interval"] ?? 0,
      transmitMillis: peer["remote-transmit-interval"] ?? 0,
      multiplier: peer["remote-detect-multiplier"] ?? 0,
    },
  };
}
