import { expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { MemorySegment } from "../adapters/memory/memory-segment.ts";
import { addressed, link } from "../core/interfaces/testing/links.ts";
import { announce } from "../core/machines/announcer/testing/drive.ts";
import { type WireCheckReport } from "../core/machines/wire-check/types.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { NetioAnnouncer } from "./netio-announcer.ts";
import { NetioWireCheck } from "./netio-wire-check.ts";

const INDEX = 2;
const random = { fraction: () => 0 };
const addresses = ["192.0.2.10", "2001:db8::10"];

/** Node a verifies what the announcer of node b does, on a simulated segment. */
async function setUp() {
  const clock = new ManualClock();
  const log = new RecordingLog();
  const segment = new MemorySegment();
  const host = (last: number) => {
    const made = new MemoryHost();
    const mac = Uint8Array.of(2, 0, 0, 0, 0, last);
    made.links.add(
      link("eth0", INDEX, { mac, ...addressed(`192.0.2.${last}/24`, `2001:db8::${last}/64`) }),
      segment,
    );
    return made;
  };
  const [a, b] = [host(0x0a), host(0x0b)];
  const announcer = new NetioAnnouncer(
    { nameHash: new Uint8Array(8), refreshInterval: 0 },
    { ...portsOf(b), clock, random, log, onReport: () => undefined, onObserved: () => undefined },
  );
  b.routeNetlink.watch((seen) => announcer.updateLinks(seen));
  const reports: WireCheckReport[] = [];
  const check = new NetioWireCheck(
    { interval: 1000, excludeInterfaces: undefined },
    { packetSockets: a.packetSockets, clock, random, log, onReport: (report) => reports.push(report) },
  );
  const links = a.routeNetlink.watch((seen) => check.updateLinks(seen));
  check.updateNodes([{ node: "b", macs: [Uint8Array.of(2, 0, 0, 0, 0, 0x0b)] }]);
  let version = 0;
  const announceOnB = (texts: readonly string[]) =>
    announcer.announce({
      version: ++version,
      nodeName: "b",
      announcements: texts.map((text) => announce(text)),
      probeOnly: [],
      excludeInterfaces: undefined,
    });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  /** In steps short enough for questions, and answers in the turns between. */
  const wait = async (millis: number): Promise<void> => {
    for (let passed = 0; passed < millis; passed += 100) {
      clock.advance(100);
      await turn();
    }
  };
  await turn();
  return { announceOnB, check, clock, links, log, reports, wait };
}

function portsOf({ packetSockets, multicastGroups }: MemoryHost) {
  return { packetSockets, multicastGroups };
}

test("an address that is announced is reachable; one that is not is answered by nobody", async () => {
  const { announceOnB, check, log, reports, wait } = await setUp();
  announceOnB(addresses);
  await wait(100);
  check.verify(addresses.map((text) => ({ address: ip(text), owner: "b", interfaces: [] })));
  await wait(3000);
  expect(reports.at(-1)).toMatchObject({ checks: [], checked: { Reachable: 1, NobodyAnswers: 0 } });
  announceOnB([]);
  await wait(5000);
  expect(reports.at(-1)?.checks.map(({ verdict }) => verdict)).toEqual(["NobodyAnswers", "NobodyAnswers"]);
  expect(log.at("warn")).toHaveLength(2);
});

test("after stop nothing is asked", async () => {
  const { announceOnB, check, clock, links, reports, wait } = await setUp();
  announceOnB([]);
  check.verify(addresses.map((text) => ({ address: ip(text), owner: "b", interfaces: [] })));
  await wait(50);
  check.stop();
  links.close();
  await wait(5000);
  expect([reports, clock.pendingTimers]).toEqual([[], 0]);
});
