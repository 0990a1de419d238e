import { describe, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryCluster } from "../adapters/memory/memory-cluster.ts";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { MemorySegment } from "../adapters/memory/memory-segment.ts";
import { describeFrame } from "../core/machines/announcer/testing/describe-frame.ts";
import { link } from "../core/interfaces/testing/links.ts";
import { client } from "../core/machines/announcer/testing/station.ts";
import { formatMac } from "../core/wire/mac-address.ts";
import { startAgent } from "./testing/agent-harness.ts";
import { l2Advertisement, node, pool, service, slice } from "./testing/cluster-objects.ts";
import { InProcessWorker } from "./testing/in-process-worker.ts";
import { advance } from "./testing/settle.ts";

const stations: Record<string, string> = {
  "02:00:00:00:00:0a": "node-a",
  "02:00:00:00:00:0b": "node-b",
  "02:00:00:00:00:0c": "client",
};
const nameOf = (mac: Uint8Array): string => stations[formatMac(mac)] ?? formatMac(mac);

/** Two nodes and a client on one segment, one cluster, one clock; everything but kernel and API server is real. */
function startTwoNodes() {
  const shared = { cluster: new MemoryCluster(), clock: new ManualClock() };
  const segment = new MemorySegment();
  const received: string[] = [];
  const station = {
    groups: new Set<string>(),
    receive: (frame: Uint8Array) => void received.push(describeFrame(frame, nameOf)),
  };
  segment.attach(station);
  const startNode = (nodeName: string, index: number) => {
    const host = new MemoryHost();
    host.links.add(link("eth0", index), segment);
    const worker = new InProcessWorker(host, { nodeName }, { clock: shared.clock, log: new RecordingLog() });
    shared.cluster.put("nodes", node(nodeName));
    return { host, ...startAgent(worker, { nodeName }, shared) };
  };
  const a = startNode("node-a", 0x0a);
  const b = startNode("node-b", 0x0b);
  const { cluster, clock } = shared;
  cluster.put("pools", pool("first", "192.0.2.0/24", "2001:db8::/64"));
  cluster.put("l2Advertisements", l2Advertisement("all"));
  const pass = (millis = 100): Promise<void> => advance(clock, millis);
  /** What the client hears after it has asked. */
  const ask = async (frame: Uint8Array): Promise<string[]> => {
    received.length = 0;
    segment.transmit(station, frame);
    await pass(0);
    return [...received];
  };
  const put = (name: string, ...ips: string[]): void => {
    cluster.put("services", service({ name, ips }));
    cluster.put("endpointSlices", slice(name, "node-a"));
  };
  const sync = (): void => [a, b].forEach(({ reader }) => reader.sync());
  return { a, b, cluster, received, pass, ask, put, sync };
}

function arpAnswer(who: string, ip: string): string {
  return `${who} > client: arp reply ${ip} is-at ${who}, to 192.0.2.1 at client`;
}

describe("a Service that appears", () => {
  test("is claimed and answered by exactly one node, which both agree on, by ARP and by neighbour discovery", async () => {
    const { put, sync, pass, ask, received, a, b } = startTwoNodes();
    sync();
    await pass();
    put("web", "192.0.2.9", "2001:db8::9");
    await pass(300);
    // First the segment is asked whether somebody has them.
    const isQuestion = (line: string): boolean => /who-has|solicitation/.test(line);
    expect(received.findIndex(isQuestion)).toBe(0);
    received.splice(0, Infinity, ...received.filter((line) => !isQuestion(line)));
    const owner = received[0]?.split(" ")[0] ?? "nobody";
    expect(received.map((line) => line.slice(0, line.indexOf("192.0.2.9")))).toEqual(
      expect.arrayContaining([
        `${owner} > ff:ff:ff:ff:ff:ff: arp request `,
        `${owner} > ff:ff:ff:ff:ff:ff: arp reply `,
      ]),
    );
    const advertisement = `2001:db8::9 > ff02::1 neighbor advertisement 2001:db8::9 [override] target-link-layer-address ${owner}`;
    expect(received[2]).toContain(`${owner} > 33:33:00:00:00:01: ${advertisement}`);
    expect(received).toHaveLength(3);
    expect(await ask(client.arp("192.0.2.9"))).toEqual([arpAnswer(owner, "192.0.2.9")]);
    const advertised = await ask(client.ndp("2001:db8::9"));
    expect(advertised).toHaveLength(1);
    expect(advertised[0]).toContain(`${owner} > client: `);
    const announcing = [a, b].filter(({ metrics }) => metrics.announced.length > 0);
    expect(announcing.map(({ metrics }) => metrics.announced)).toEqual([
      ["default/web 192.0.2.9", "default/web 2001:db8::9"],
    ]);
  });

  test("of several Services each has one owner, and every owner writes one status and one event", async () => {
    const { put, sync, pass, ask, cluster, a, b } = startTwoNodes();
    sync();
    const ips = Array.from({ length: 20 }, (_unused, index) => `192.0.2.${100 + index}`);
    ips.forEach((ip, index) => put(`s${index}`, ip));
    await pass(2000);
    const owners: string[] = [];
    for (const ip of ips) owners.push(...(await ask(client.arp(ip))).map((line) => line.split(" ")[0] ?? ""));
    expect(owners).toHaveLength(ips.length);
    expect(new Set(owners)).toEqual(new Set(["node-a", "node-b"]));
    const statuses = cluster
      .list("serviceL2Statuses")
      .map(({ status }) => `${status?.serviceName} ${status?.node}`);
    expect(statuses.sort()).toEqual(owners.map((owner, index) => `s${index} ${owner}`).sort());
    expect(a.writer.events.length + b.writer.events.length).toBe(ips.length);
    expect([...a.writer.statusWrites, ...b.writer.statusWrites].every(({ kind }) => kind === "create")).toBe(
      true,
    );
    const attempts = a.writer.attempts + b.writer.attempts;
    await pass(30_000);
    expect(a.writer.attempts + b.writer.attempts).toBe(attempts);
  });

  test("is answered by nobody before it has an address, without advertisement, and after its deletion", async () => {
    const { put, sync, pass, ask, cluster } = startTwoNodes();
    sync();
    put("web");
    await pass();
    expect(await ask(client.arp("192.0.2.9"))).toEqual([]);
    cluster.remove("l2Advertisements", "metallb-system/all");
    put("web", "192.0.2.9");
    await pass();
    expect(await ask(client.arp("192.0.2.9"))).toEqual([]);
    cluster.put("l2Advertisements", l2Advertisement("all"));
    await pass(6000);
    expect(await ask(client.arp("192.0.2.9"))).toHaveLength(1);
    cluster.remove("services", "default/web");
    await pass();
    expect(await ask(client.arp("192.0.2.9"))).toEqual([]);
  });
});

describe("when the owner is lost", () => {
  test("the other node takes over, says so, and each writes its own status only", async () => {
    const { put, sync, pass, ask, cluster, received, a, b } = startTwoNodes();
    sync();
    put("web", "192.0.2.9");
    await pass(6000);
    const [first = ""] = await ask(client.arp("192.0.2.9"));
    const owner = first.split(" ")[0] ?? "";
    const other = owner === "node-a" ? "node-b" : "node-a";
    received.length = 0;
    cluster.put("nodes", node(owner, "False"));
    await pass(2000);
    expect(received.every((line) => line.startsWith(`${other} > ff:ff:ff:ff:ff:ff: arp`))).toBe(true);
    expect(await ask(client.arp("192.0.2.9"))).toEqual([arpAnswer(other, "192.0.2.9")]);
    expect(cluster.list("serviceL2Statuses").map(({ status }) => status?.node)).toEqual([other]);
    const newcomer = [a, b].find(({ writer }) => writer.events.at(-1)?.message.includes(`"${other}"`));
    expect(newcomer?.writer.events).toHaveLength(1);
  });

  test("by an API outage nothing is lost: both nodes go on as they were", async () => {
    const { put, sync, pass, ask, cluster, a, b } = startTwoNodes();
    sync();
    put("web", "192.0.2.9");
    await pass(6000);
    const before = await ask(client.arp("192.0.2.9"));
    expect(before).toHaveLength(1);
    [a, b].forEach(({ reader }) => reader.setConnected(false));
    for (const { metadata } of cluster.list("nodes")) cluster.put("nodes", node(metadata.name, "Unknown"));
    await pass(600_000);
    expect(await ask(client.arp("192.0.2.9"))).toEqual(before);
  });
});

test("an interface that the advertisement asks for and nobody has: a warning, no answer, no status; then it comes", async () => {
  const { put, sync, pass, ask, cluster, a, b } = startTwoNodes();
  cluster.put("l2Advertisements", l2Advertisement("all", { interfaces: ["eth1"] }));
  sync();
  put("web", "192.0.2.9");
  await pass(2000);
  expect(await ask(client.arp("192.0.2.9"))).toEqual([]);
  const events = [...a.writer.events, ...b.writer.events];
  expect(events.map(({ type, reason }) => [type, reason])).toEqual([["Warning", "announceFailed"]]);
  expect(cluster.list("serviceL2Statuses")).toEqual([]);
  for (const { host } of [a, b]) host.links.change(host.links.table[0]?.index ?? 0, { name: "eth1" });
  await pass(2000);
  expect(await ask(client.arp("192.0.2.9"))).toHaveLength(1);
  expect(cluster.list("serviceL2Statuses").map(({ status }) => status?.interfaces)).toEqual([
    [{ name: "eth1" }],
  ]);
});
