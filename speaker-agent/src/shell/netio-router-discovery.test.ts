import { expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { formatIpAddress } from "@steelyard/model/address";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { MemorySegment } from "../adapters/memory/memory-segment.ts";
import { link } from "../core/interfaces/testing/links.ts";
import { NetioRouterDiscovery } from "./netio-router-discovery.ts";

const random = { fraction: () => 0 };

/** Two nodes on one segment: as each advertises itself, each is a router to the other. */
async function twoNodes() {
  const clock = new ManualClock();
  const segment = new MemorySegment();
  const node = (index: number) => {
    const host = new MemoryHost();
    host.links.add(link("eth0", index), segment);
    const log = new RecordingLog();
    const heard: (readonly string[])[] = [];
    const discovery = new NetioRouterDiscovery({
      packetSockets: host.packetSockets,
      multicastGroups: host.multicastGroups,
      clock,
      random,
      log,
      onRouters: (routers) =>
        heard.push(routers.map(({ interface: name, address }) => `${name} ${formatIpAddress(address)}`)),
    });
    host.routeNetlink.watch((links) => discovery.updateLinks(links));
    return { host, discovery, heard, log, index };
  };
  const nodes = [node(2), node(3)] as const;
  const wait = async (millis: number): Promise<void> => {
    for (let passed = 0; passed < millis; passed += 100) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await wait(100);
  return { nodes, wait };
}

test("finds who is on the link, keeps it, and loses it", async () => {
  const { nodes, wait } = await twoNodes();
  const [a, b] = nodes;
  a.discovery.watch(["eth0"]);
  b.discovery.watch(["eth0"]);
  await wait(60_000);
  expect([a.heard, b.heard]).toEqual([[["eth0 fe80::3"]], [["eth0 fe80::2"]]]);
  expect(a.host.multicastGroups.joinedOn(2)).toEqual(["ff02::2"]);
  b.discovery.stop();
  await wait(46_000);
  expect(a.heard.at(-1)).toEqual([]);
  a.discovery.watch([]);
  expect(a.host.multicastGroups.joinedOn(2)).toEqual([]);
});

test("a node that does not watch the link says nothing on it", async () => {
  const { nodes, wait } = await twoNodes();
  const [a] = nodes;
  a.discovery.watch(["eth0"]);
  await wait(20_000);
  expect(a.heard).toEqual([]);
});
