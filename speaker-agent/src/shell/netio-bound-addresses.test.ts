import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { formatIpAddress } from "@steelyard/model/address";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { MemorySegment } from "../adapters/memory/memory-segment.ts";
import { sha256 } from "../adapters/node/sha256.ts";
import { type ElectionSnapshot } from "../core/election/types.ts";
import { addressed, link } from "../core/interfaces/testing/links.ts";
import { questionFrame } from "../core/wire/neighbor-questions.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { Netio } from "./netio.ts";
import { settle } from "./testing/settle.ts";

// A worker without a ring whose addresses are to be bound: what is announced is on the interface, and nobody answers twice.

const ETH0 = 10;
const ADDRESS = "2001:db8::50";
const asker = Uint8Array.of(2, 0, 0, 0, 0, 0x0c);

let clock: ManualClock;
let host: MemoryHost;
let segment: MemorySegment;
let netio: Netio;
let heard: Uint8Array[];
let log: RecordingLog;
const station = { groups: new Set<string>(), receive: (frame: Uint8Array) => void heard.push(frame) };

beforeEach(async () => {
  clock = new ManualClock({ startMillis: 1000 });
  host = new MemoryHost();
  segment = new MemorySegment();
  heard = [];
  log = new RecordingLog();
  segment.attach(station);
  host.links.add(link("eth0", ETH0, addressed("2001:db8::1/64")), segment);
  netio = new Netio(
    {
      nodeName: "a",
      startedAt: clock.now(),
      policy: "sticky",
      excludeInterfaces: undefined,
      refreshInterval: 0,
      wireCheckInterval: 0,
      membership: undefined,
    },
    {
      ...host,
      binding: {
        interfaceAddresses: host.interfaceAddresses,
        arpSettings: { read: () => ({ arpIgnore: 0, arpFilter: false }) },
      },
      clock,
      random: seededRandom(1),
      sha256,
      log,
      onReport: () => undefined,
      onMove: () => undefined,
    },
  );
  netio.start();
  await pass();
});
afterEach(() => netio.stop());

/** Lets everything that is under way come to rest. */
async function pass(millis = 100): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await settle();
    clock.advance(millis / 5);
  }
  await settle();
}

function elect(version: number, bindTo: string | undefined, node = "a"): void {
  const candidates = [{ node, preference: 0, interfaces: [] }];
  const address = { address: ip(ADDRESS), electionKey: ip(ADDRESS), candidates, fresh: false, bindTo };
  const snapshot: ElectionSnapshot = {
    version,
    nodeName: "a",
    addresses: [address],
    probeOnly: [],
    readyNodes: [node],
  };
  netio.elect(snapshot);
}

const bound = (): readonly string[] =>
  (host.links.find(ETH0)?.addresses ?? [])
    .filter((each) => each.bound)
    .map(({ address }) => formatIpAddress(address));

/** How often the agent answers; the simulated host has no kernel that would. */
async function answers(): Promise<number> {
  await pass();
  heard = [];
  segment.transmit(station, questionFrame({ mac: asker, from: ip("2001:db8::9"), target: ip(ADDRESS) }));
  await settle();
  return heard.length;
}

test("an address is bound while it is announced, and the kernel alone answers for it", async () => {
  elect(1, undefined);
  expect([await answers(), bound()]).toEqual([1, []]);
  elect(2, "eth0");
  await pass(6000);
  expect([bound(), await answers()]).toEqual([[ADDRESS], 0]);
  elect(3, undefined);
  await pass();
  expect([bound(), await answers()]).toEqual([[], 1]);
});

test("it comes off with the announcement, and at the stop", async () => {
  elect(1, "eth0");
  await pass();
  expect(bound()).toEqual([ADDRESS]);
  elect(2, "eth0", "b");
  await pass(11_000);
  expect(bound()).toEqual([]);
  elect(3, "eth0");
  await pass();
  expect(bound()).toEqual([ADDRESS]);
  netio.stop();
  expect(bound()).toEqual([]);
});

test("announcing on a wireless interface is warned of once", async () => {
  host.links.change(ETH0, { wireless: true });
  elect(1, undefined);
  await pass();
  elect(2, "eth0");
  await pass();
  const warnings = log.entries.filter(({ level }) => level === "warn");
  expect(warnings.map(({ fields }) => fields)).toEqual([{ interface: "eth0" }]);
});
