import { type IpFamily, type IpPrefix, parseIpPrefix } from "@steelyard/model/address";
import { ip } from "../../../wire/testing/ip.ts";
import { fromHex } from "../../../wire/testing/hex.ts";
import { type BgpCapability, type BgpMessage, type BgpUpdateMessage } from "../../../wire/bgp/messages.ts";
import { encodeShutdownCommunication } from "../../../wire/bgp/shutdown-communication.ts";
import { type BfdVerdict, type BgpSessionConfig, type BgpSessionInput } from "../types.ts";
import { bytesOf, helperMode, idOf, routerOpen } from "./router-messages.ts";

export type ScenarioInput =
  | BgpSessionInput
  | { readonly kind: "wait"; readonly millis: number }
  /** As `configure`, before the session exists as well as later. */
  | { readonly kind: "settings"; readonly config: Partial<BgpSessionConfig> }
  | { readonly kind: "restarted" }
  | { readonly kind: "report" };

/**
 * One line of a scenario:
 *
 *     config hold=30 keepalive=5000 retry=1000 families=IPv4 as=65000 peer=65001|internal|external
 *            id=10.0.0.1 passive restart=120 no-restart extended-next-hop transport=…
 *     restarted                     this agent has just started: the R bit
 *     start, stop roll-out|shut-down|deconfigured words, retry, report
 *     connected 1, inbound 2, refused: why, closed 1, closed 1: why
 *     from 1: open as=65001 hold=90 id=10.0.0.2 helper refresh no-as4 families=IPv4
 *     from 1: keepalive; refresh IPv4; update +192.0.2.0/24 -198.51.100.0/24; end-of-rib IPv4;
 *             notification 6/2 words                   several at once: with ;
 *     bytes 1 ffff…
 *     bfd up|down|admin-down|waiting|none
 *     advertise 192.0.2.1/32
 *     wait 1000ms
 */
export function parseScenarioLine(line: string): ScenarioInput {
  const [, verb = "", rest = ""] = /^(\S+?):? ?((?<= ).*)?$/.exec(line) ?? [];
  switch (verb) {
    case "start":
    case "retry":
    case "report":
    case "restarted":
      return { kind: verb };
    case "config":
      return { kind: "settings", config: parseConfig(rest.split(" ")) };
    case "stop":
      return parseStop(rest);
    case "connected":
    case "inbound":
      return {
        kind: "connected",
        connection: Number(rest),
        inbound: verb === "inbound",
        fallbackRouterId: idOf("192.0.2.254"),
      };
    case "refused":
      return { kind: "connect-failed", because: rest };
    case "closed": {
      const [connection = "", because] = rest.split(": ");
      return { kind: "closed", connection: Number(connection), because };
    }
    case "from":
      return parseReceived(rest);
    case "bytes": {
      const [connection = "", bytes = ""] = rest.split(" ");
      return { kind: "received", connection: Number(connection), bytes: fromHex(bytes) };
    }
    case "bfd":
      return { kind: "bfd", state: rest === "none" ? undefined : (rest as BfdVerdict) };
    case "advertise":
      return { kind: "advertise", messages: [updateOf(rest.split(" ").map((prefix) => `+${prefix}`))] };
    case "wait":
      return { kind: "wait", millis: Number.parseInt(rest, 10) };
    default:
      throw new Error(`not a line of a scenario: ${line}`);
  }
}

function parseStop(text: string): BgpSessionInput {
  const [exit = "", ...words] = text.split(" ");
  if (exit !== "roll-out" && exit !== "shut-down" && exit !== "deconfigured") throw new Error(exit);
  return { kind: "stop", exit, ...(words.length > 0 && { communication: words.join(" ") }) };
}

/** The value of `key=value` among words, or whether `key` stands there alone. */
class Words {
  readonly #words: readonly string[];

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  has(key: string): boolean {
    return this.#words.includes(key);
  }

  get(key: string): string | undefined {
    return this.#words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  }

  number(key: string): number | undefined {
    const text = this.get(key);
    return text === undefined ? undefined : Number(text);
  }
}

function parseConfig(texts: readonly string[]): Partial<BgpSessionConfig> {
  const words = new Words(texts);
  const [as, peer, hold, id] = [words.number("as"), words.get("peer"), words.number("hold"), words.get("id")];
  const [keepalive, retry, restart] = ["keepalive", "retry", "restart"].map((key) => words.number(key));
  const [families, transport] = [words.get("families"), words.get("transport")];
  return {
    ...(as !== undefined && { localAsn: as }),
    ...(peer !== undefined && { peerAsn: parsePeerAsn(peer) }),
    ...(hold !== undefined && { holdTimeSeconds: hold }),
    ...(id !== undefined && { routerId: id === "none" ? undefined : idOf(id) }),
    ...(keepalive !== undefined && { keepalive }),
    ...(retry !== undefined && { connectRetry: retry }),
    ...(restart !== undefined && { gracefulRestart: { restartTimeSeconds: restart } }),
    ...(words.has("no-restart") && { gracefulRestart: undefined }),
    ...(families !== undefined && { families: families.split(",") as IpFamily[] }),
    ...(transport !== undefined && { transport }),
    ...(words.has("passive") && { passive: true }),
    ...(words.has("extended-next-hop") && { extendedNextHop: true }),
  };
}

function parsePeerAsn(text: string): BgpSessionConfig["peerAsn"] {
  return text === "internal" || text === "external" ? text : Number(text);
}

function parseReceived(text: string): BgpSessionInput {
  const [connection = "", said = ""] = text.split(": ");
  const messages = said.split("; ").map(parseMessage);
  return { kind: "received", connection: Number(connection), bytes: bytesOf(...messages) };
}

function parseMessage(text: string): BgpMessage {
  const [kind = "", ...words] = text.split(" ");
  const [first = ""] = words;
  switch (kind) {
    case "open":
      return parseOpen(words);
    case "keepalive":
      return { kind };
    case "refresh":
      return { kind: "route-refresh", family: first as IpFamily, subtype: "request" };
    case "update":
      return updateOf(words);
    case "end-of-rib":
      return { ...emptyUpdate, endOfRib: first as IpFamily };
    case "notification": {
      const [code = 0, subcode = 0] = first.split("/").map(Number);
      const communication = words.slice(1).join(" ");
      const data = communication === "" ? new Uint8Array(0) : encodeShutdownCommunication(communication);
      return { kind, code, subcode, data };
    }
    default:
      throw new Error(`no message: ${text}`);
  }
}

function parseOpen(texts: readonly string[]): BgpMessage {
  const words = new Words(texts);
  const asn = words.number("as") ?? routerOpen.asn;
  const families = (words.get("families")?.split(",") ?? ["IPv4", "IPv6"]) as IpFamily[];
  const capabilities: BgpCapability[] = words.has("no-multiprotocol")
    ? []
    : families.map((family) => ({ kind: "multiprotocol", family }));
  if (words.has("refresh")) capabilities.push({ kind: "route-refresh" });
  if (!words.has("no-as4")) capabilities.push({ kind: "four-byte-asn", asn });
  if (words.has("helper")) capabilities.push(helperMode);
  if (words.has("extended-next-hop"))
    capabilities.push({ kind: "extended-next-hop", family: "IPv4", nextHop: "IPv6" });
  const id = words.get("id");
  return {
    kind: "open",
    asn,
    holdTimeSeconds: words.number("hold") ?? routerOpen.holdTimeSeconds,
    routerId: id === undefined ? routerOpen.routerId : idOf(id),
    capabilities,
  };
}

const emptyUpdate: BgpUpdateMessage = {
  kind: "update",
  withdrawn: [],
  announced: [],
  attributes: undefined,
  endOfRib: undefined,
};

/** Of prefixes with a sign in front: announced or withdrawn. */
export function updateOf(texts: readonly string[]): BgpUpdateMessage {
  const of = (sign: string) =>
    texts.filter((text) => text.startsWith(sign)).map((text) => prefix(text.slice(1)));
  const announced = of("+");
  const isIpv6 = announced.some(({ network }) => network.family === "IPv6");
  const nextHop = { address: ip(isIpv6 ? "2001:db8::1" : "10.0.0.1") };
  const attributes = {
    origin: "igp" as const,
    asPath: [65001],
    nextHop,
    localPref: undefined,
    communities: [],
  };
  return {
    ...emptyUpdate,
    withdrawn: of("-"),
    announced,
    attributes: announced.length > 0 ? attributes : undefined,
  };
}

export function prefix(text: string): IpPrefix {
  const parsed = parseIpPrefix(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}
