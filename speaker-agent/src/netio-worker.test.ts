import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { systemClock } from "@steelyard/client";
import { RecordingLog } from "@steelyard/client/testing";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AfPacketSockets } from "./adapters/linux/af-packet-socket.ts";
import { describeInNamespaces } from "./adapters/linux/testing/namespaces.ts";
import { acceptAll, eventually } from "./adapters/linux/testing/veth.ts";
import { startNetioWorker } from "./adapters/node/worker-thread.ts";
import { describeFrame } from "./core/machines/announcer/testing/describe-frame.ts";
import { client, CLIENT_MAC } from "./core/machines/announcer/testing/station.ts";
import { type NetioReport } from "./ports/netio-report.ts";
import { type ElectableAddress } from "./core/election/types.ts";
import { formatMac } from "./core/wire/mac-address.ts";
import { ip } from "./core/wire/testing/ip.ts";
import { type PacketProtocol, type PacketSocket } from "./ports/packet-socket.ts";
import { netioOptions } from "./ports/testing/netio-options.ts";
import { type NetioWorker } from "./ports/netio-worker.ts";

/** esbuild gives CommonJS no `require` in an ESM bundle; scripts/build.mjs adds the same line. */
const BANNER =
  'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);';

/** The worker as it is shipped: one bundle with the addon beside it. */
function bundleInto(folder: string): URL {
  const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const script = join(folder, "netio-worker.mjs");
  const options = [
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--log-level=error",
    `--banner:js=${BANNER}`,
  ];
  const esbuild = createRequire(import.meta.url).resolve("esbuild/bin/esbuild");
  execFileSync(esbuild, [source("./netio-worker.ts"), ...options, `--outfile=${script}`]);
  copyFileSync(source("../native/build/steelyard.node"), join(folder, "steelyard.node"));
  return pathToFileURL(script);
}

const NODE_MAC = "02:00:00:00:00:0a";

describeInNamespaces("the netio worker as it is shipped", ([node, other]) => {
  const folder = mkdtempSync(join(tmpdir(), "netio-worker-"));
  const reports: NetioReport[] = [];
  /** What arrives at the far end of the cable, readable, but for the kernel's own multicast reports. */
  const heard: string[] = [];
  const stations = new Map<PacketProtocol, PacketSocket>();
  let worker: NetioWorker;
  let version = 0;

  beforeAll(() => {
    node.ip(`link add near address ${NODE_MAC} type veth peer name far address ${formatMac(CLIENT_MAC)}`);
    node.ip(`link set far netns ${other.path()}`);
    node.sysctl("ipv6/conf/near/accept_dad", "0");
    other.sysctl("ipv6/conf/far/disable_ipv6", "1");
    other.ip("link set far up");
    node.ip("link set near up");
    const far = other.addon.interfaceIndex("far");
    for (const protocol of ["arp", "ipv6"] as const) stations.set(protocol, listenAt(far, protocol));
    // A thread lives in the namespace of the thread that starts it.
    worker = node.inside(() =>
      startNetioWorker(
        { script: bundleInto(folder), netio: netioOptions("a") },
        { clock: systemClock, log: new RecordingLog() },
      ),
    );
    worker.onReport((report) => reports.push(report));
  });

  afterAll(async () => {
    await worker.stop();
    for (const station of stations.values()) station.close();
    rmSync(folder, { recursive: true });
  });

  const listenAt = (interfaceIndex: number, protocol: PacketProtocol): PacketSocket => {
    const onFrames = (frames: readonly Uint8Array[]): void => {
      for (const frame of frames.map((bytes) => describeFrame(bytes)))
        if (!frame.includes("not ICMPv6")) heard.push(frame);
    };
    const onError = (error: Error): void => {
      throw error;
    };
    return new AfPacketSockets(other.addon).open(
      { interfaceIndex, protocol, filter: acceptAll },
      { onFrames, onError },
    );
  };

  /** The worker's word on a snapshot of these addresses; what it sends unasked is of no interest any more then. */
  const announce = async (
    addresses: readonly string[],
    interfaces: readonly string[],
  ): Promise<NetioReport> => {
    const candidates = [{ node: "a", preference: 0, interfaces }];
    const electable = addresses.map((text): ElectableAddress => {
      return { address: ip(text), electionKey: ip(text), candidates, fresh: false, bindTo: undefined };
    });
    const snapshot = {
      version: ++version,
      nodeName: "a",
      addresses: electable,
      probeOnly: [],
      readyNodes: ["a"],
    };
    worker.announce(snapshot);
    await eventually(() => reports.at(-1)?.snapshotVersion === version);
    return reports.at(-1) as NetioReport;
  };

  /** Asks one after the other, and answers with what was said about it until the last question was answered. */
  const ask = async (...targets: readonly string[]): Promise<string[]> => {
    const isAnswer = (frame: string): boolean => frame.includes(`> ${formatMac(CLIENT_MAC)}`);
    const last = targets.at(-1) ?? "";
    const before = heard.length;
    for (const target of targets) {
      if (target.includes(":")) stations.get("ipv6")?.send([client.ndp(target)]);
      else stations.get("arp")?.send([client.arp(target)]);
    }
    const answers = () => heard.slice(before).filter(isAnswer);
    await eventually(() => answers().some((answer) => answer.includes(`${last} `)));
    return answers();
  };

  const arpAnswer = (address: string): string =>
    `${NODE_MAC} > 02:00:00:00:00:0c: arp reply ${address} is-at ${NODE_MAC}, to 192.0.2.1 at 02:00:00:00:00:0c`;

  test("tells the segment at once, and answers ARP and neighbour solicitations", async () => {
    const report = await announce(["192.0.2.10", "2001:db8::10"], ["near"]);
    expect(report.owned.map(({ interfaces }) => interfaces)).toEqual([["near"], ["near"]]);
    const claim = `${NODE_MAC} > ff:ff:ff:ff:ff:ff: arp request 192.0.2.10 is-at ${NODE_MAC}, to 192.0.2.10`;
    await eventually(() => heard.some((frame) => frame.startsWith(claim)));
    expect(await ask("192.0.2.10")).toEqual([arpAnswer("192.0.2.10")]);
    expect(await ask("2001:db8::10")).toEqual([
      `${NODE_MAC} > 02:00:00:00:00:0c: 2001:db8::10 > fe80::c neighbor advertisement 2001:db8::10 [solicited override] target-link-layer-address ${NODE_MAC}`,
    ]);
  });

  test("is silent about every other address, and about its own once they are withdrawn", async () => {
    await announce(["192.0.2.10", "192.0.2.12"], ["near"]);
    expect(await ask("192.0.2.11", "192.0.2.10")).toEqual([arpAnswer("192.0.2.10")]);
    await announce(["192.0.2.12"], ["near"]);
    expect(await ask("192.0.2.10", "192.0.2.12")).toEqual([arpAnswer("192.0.2.12")]);
  });

  test("is silent on an interface that is not listed, and says that it cannot announce", async () => {
    const report = await announce(["192.0.2.10"], ["elsewhere"]);
    expect(report.owned).toEqual([]);
    expect(report.unannounceable).toHaveLength(1);
    await announce(["192.0.2.12"], ["near"]);
    expect(await ask("192.0.2.10", "192.0.2.12")).toEqual([arpAnswer("192.0.2.12")]);
  });

  test("goes on when the link has been down", async () => {
    await announce(["192.0.2.10"], ["near"]);
    const silent = (): boolean => reports.at(-1)?.owned.length === 0;
    node.ip("link set near down");
    await eventually(silent);
    node.ip("link set near up");
    await eventually(() => !silent());
    expect(await ask("192.0.2.10")).toEqual([arpAnswer("192.0.2.10")]);
  });

  test("announces on an interface that appears later", async () => {
    await announce(["192.0.2.10"], ["late"]);
    node.ip("link add late type veth peer name later");
    node.ip("link set later up");
    node.ip("link set late up");
    await eventually(() => reports.at(-1)?.owned[0]?.interfaces[0] === "late");
    node.ip("link del late");
    await eventually(() => reports.at(-1)?.owned.length === 0);
  });

  test("says nothing once it is stopped", async () => {
    await announce(["192.0.2.10"], ["near"]);
    await worker.stop();
    // The kernel's own answer, later, is the proof that the question has been heard.
    node.ip("addr add 192.0.2.99/24 dev near");
    expect(await ask("192.0.2.10", "192.0.2.99")).toEqual([arpAnswer("192.0.2.99")]);
  });
});
