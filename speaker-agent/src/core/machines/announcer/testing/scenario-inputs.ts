import { parseIpAddress, type IpAddress } from "@steelyard/model/address";
import { formatMac, type MacAddress, sameMac } from "../../../wire/mac-address.ts";
import { ip } from "../../../wire/testing/ip.ts";
import { type Link } from "../../../interfaces/link.ts";
import { type AnnouncerInput, type OwnAnnouncement, type Peer } from "../types.ts";
import { link } from "../../../interfaces/testing/links.ts";
import { hashOf } from "./drive.ts";
import { announcement, answerToProbe, client, CLIENT_MAC, macOf, seeking } from "./station.ts";

/** Which interface has which index and MAC, so that transcripts can speak of names. */
export class ScenarioNames {
  /** Newest first; links that are gone stay known, because transcripts still speak of them. */
  #links: readonly Link[] = [];

  setLinks(links: readonly Link[]): void {
    this.#links = [...links, ...this.#links];
  }

  interfaceName(index: number): string {
    return this.#links.find((each) => each.index === index)?.name ?? `interface-${index}`;
  }

  link(name: string): Link {
    const found = this.#links.find((each) => each.name === name);
    // A refusal may be arranged for an interface that is still to come.
    return found ?? link(name, indexOf(name));
  }

  station(mac: MacAddress): string {
    if (mac.every((byte) => byte === 0xff)) return "broadcast";
    if (mac.every((byte) => byte === 0)) return "nobody";
    if (sameMac(mac, CLIENT_MAC)) return "client";
    if (mac[4] === 2) return `stranger${mac[5] === 0 ? "" : mac[5]}`;
    if (mac[4] === 1) return `node ${String.fromCharCode(mac[5] ?? 0)}`;
    return this.#links.find((each) => sameMac(each.mac, mac))?.name ?? formatMac(mac);
  }
}

export type SocketRefusal = Extract<AnnouncerInput, { kind: "socket-error" }>;

type ScenarioInput =
  | AnnouncerInput
  | { readonly kind: "wait" | "refresh"; readonly millis: number }
  | { readonly kind: "refuse"; readonly error: SocketRefusal }
  | { readonly kind: "allow" };

/**
 * One line of a scenario:
 *
 *     links eth0 eth1(down) br0(index=7,mac=02:00:00:00:00:77)
 *     snapshot 3 192.0.2.10 on eth0,eth1; 2001:db8::10 fresh; 192.0.2.11 epoch 7; exclude ^cali; ask 192.0.2.12
 *     arp eth0 192.0.2.10            the client asks; also: arp-unicast, arp-probe
 *     ndp eth0 2001:db8::10          likewise: ndp-unicast, ndp-probe
 *     peers b c                      nodes of ours, with the MACs of their stations
 *     claim eth0 192.0.2.10 by b epoch 7     somebody announces it; also: answer (to a probe), seek (a probe)
 *     announce-again 192.0.2.10
 *     refresh 60000ms                the configured interval
 *     error eth0 arp receive ENETDOWN later
 *     refuse eth0 arp open EPERM never    from now on the kernel answers so; until: allow
 *     wait 1100ms
 */
export function parseScenarioLine(line: string, names: ScenarioNames): ScenarioInput {
  const [verb = "", ...words] = line.split(" ");
  const rest = words.join(" ");
  switch (verb) {
    case "links": {
      const links = words.map(parseLink);
      names.setLinks(links);
      return { kind: "links", links };
    }
    case "snapshot":
      return parseSnapshot(rest);
    case "error":
      return parseError(words, names);
    case "refuse":
      return { kind: "refuse", error: parseError(words, names) };
    case "allow":
      return { kind: "allow" };
    case "wait":
    case "refresh":
      return { kind: verb, millis: Number.parseInt(rest, 10) };
    case "peers":
      return { kind: "peers", peers: words.map(parsePeer) };
    case "announce-again":
      return { kind: "announce-again", addresses: words.map(ip) };
    case "claim":
    case "answer":
    case "seek":
      return parseStatement(verb, rest, names);
    default:
      return parseQuestion(verb, words, names);
  }
}

function parseSnapshot(text: string): AnnouncerInput {
  const [version = "", ...words] = text.split(" ");
  const parts = words.length === 0 ? [] : words.join(" ").split("; ");
  const exclude = parts.find((part) => part.startsWith("exclude "));
  const asked = parts.filter((part) => part.startsWith("ask "));
  const announcements = parts
    .filter((part) => part !== exclude && !asked.includes(part))
    .map(parseAnnouncement);
  const probeOnly = asked.map((part) => parseAnnouncement(part.slice("ask ".length)));
  const excludeInterfaces = exclude?.slice("exclude ".length);
  return {
    kind: "snapshot",
    snapshot: { version: Number(version), nodeName: "a", announcements, probeOnly, excludeInterfaces },
  };
}

function parsePeer(node: string): Peer {
  return { node, macs: [macOf(node)], nameHash: hashOf(node) };
}

function parseStatement(
  verb: "claim" | "answer" | "seek",
  text: string,
  names: ScenarioNames,
): AnnouncerInput {
  const match = /^(\S+) (\S+) by (\S+)(?: epoch (\d+))?$/.exec(text);
  if (match === null) throw new Error(`not a statement about an address: ${text}`);
  const [, name = "", address = "", station = "", epoch] = match;
  const statement = { station, address, ...(epoch !== undefined && { epoch: Number(epoch) }) };
  const { index: interfaceIndex, mac } = names.link(name);
  const protocol = familyOf(address)?.family === "IPv6" ? "ipv6" : "arp";
  const frames = {
    claim: () => announcement(statement),
    answer: () => [answerToProbe(statement, mac)],
    seek: () => [seeking(statement)],
  }[verb]();
  return { kind: "frames", interfaceIndex, protocol, frames };
}

function parseAnnouncement(text: string): OwnAnnouncement {
  const match = /^(\S+)(?: on (\S+))?(?: epoch (\d+))?( fresh)?$/.exec(text);
  if (match === null) throw new Error(`not an announcement: ${text}`);
  const [, address = "", interfaces, epoch = "1", fresh] = match;
  return {
    address: ip(address),
    interfaces: interfaces?.split(",") ?? [],
    epoch: Number(epoch),
    probe: fresh !== undefined,
  };
}

/** eth0 has index 10, eth1 11 and so on; every other name must say its own. */
function indexOf(name: string): number {
  const digits = /^eth(\d)$/.exec(name)?.[1];
  if (digits === undefined) throw new Error(`the scenario does not say which index ${name} has`);
  return 10 + Number(digits);
}

function parseLink(text: string): Link {
  const match = /^([^(]+)(?:\((.*)\))?$/.exec(text);
  const [, name = "", details] = match ?? [];
  const flags = details?.split(",") ?? [];
  const valueOf = (key: string) => flags.find((flag) => flag.startsWith(`${key}=`))?.slice(key.length + 1);
  const mac = valueOf("mac");
  return link(name, Number(valueOf("index") ?? indexOf(name)), {
    ...(mac !== undefined && { mac: Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16)) }),
    ...(flags.includes("down") && { running: false }),
    ...(flags.includes("noarp") && { noArp: true }),
    ...(flags.includes("port") && { master: 1 }),
    ...(valueOf("master") !== undefined && { master: Number(valueOf("master")) }),
    ...(flags.includes("bridge") && { type: "bridge" }),
    ...(flags.includes("no-link-local") && { addresses: [] }),
  });
}

function parseError(words: readonly string[], names: ScenarioNames): SocketRefusal {
  const [name = "", protocol, during, code = "", verdict] = words;
  if (protocol !== "arp" && protocol !== "ipv6") throw new Error(`no protocol: ${protocol}`);
  if (during !== "open" && during !== "filter" && during !== "send" && during !== "receive") {
    throw new Error(`no phase: ${during}`);
  }
  if (verdict !== "later" && verdict !== "never") throw new Error(`no verdict: ${verdict}`);
  return { kind: "socket-error", interfaceIndex: names.link(name).index, protocol, during, code, verdict };
}

function parseQuestion(
  verb: string,
  [name = "", target = ""]: readonly string[],
  names: ScenarioNames,
): AnnouncerInput {
  const asked = names.link(name);
  const frame = questionFrame(verb, target, asked.mac);
  const protocol = familyOf(target)?.family === "IPv6" ? "ipv6" : "arp";
  return { kind: "frames", interfaceIndex: asked.index, protocol, frames: [frame] };
}

function questionFrame(verb: string, target: string, mac: MacAddress): Uint8Array {
  switch (verb) {
    case "arp":
      return client.arp(target);
    case "arp-unicast":
      return client.arp(target, mac);
    case "arp-probe":
      return client.arpProbe(target);
    case "ndp":
      return client.ndp(target);
    case "ndp-unicast":
      return client.ndp(target, mac);
    case "ndp-probe":
      return client.ndpProbe(target);
    default:
      throw new Error(`unknown input of a scenario: ${verb}`);
  }
}

function familyOf(text: string): IpAddress | undefined {
  const parsed = parseIpAddress(text);
  return parsed.ok ? parsed.value : undefined;
}
