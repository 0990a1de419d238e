import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { MemoryIpNetwork } from "../adapters/memory/memory-ip-network.ts";
import { MemorySegment } from "../adapters/memory/memory-segment.ts";
import { sha256 } from "../adapters/node/sha256.ts";
import { type ElectionSnapshot } from "../core/election/types.ts";
import { addressed, link } from "../core/interfaces/testing/links.ts";
import { lanTuning } from "../core/machines/membership/tuning.ts";
import { decodeArp } from "../core/wire/arp.ts";
import { decodeEthernet } from "../core/wire/ethernet.ts";
import { testCipher } from "../core/wire/gossip/testing/envelopes.ts";
import { arpReplyFrame } from "../core/wire/neighbor-frames.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { type NetioReport, type OwnerMove } from "../ports/netio-report.ts";
import { Netio } from "./netio.ts";
import { settle } from "./testing/settle.ts";

const PORT = 7946;
const ADDRESSES = ["192.0.2.50", "192.0.2.51", "192.0.2.52", "192.0.2.53"];
const NAMES = ["a", "b", "c"];
/** Of another cluster, on the same segment. */
const FOREIGN = "f";

/** A machine on the segment: its kernel, and the worker of an agent. */
interface Station {
  readonly name: string;
  readonly moves: OwnerMove[];
  /** The addresses it answers for now. */
  owned(): readonly string[];
  drain(): Promise<void>;
  /** The process is killed: its port is closed, the kernel goes on. */
  kill(): void;
  /** Power off: kernel and process are gone at once. */
  crash(): void;
  /** The process starts anew, on a machine that is on. */
  start(): void;
}

let clock: ManualClock;
let segment: MemorySegment;
let network: MemoryIpNetwork;
let stations: Station[];
/** Whether the addresses were never announced before, as far as the cluster knows. */
let fresh: boolean;

beforeEach(() => {
  fresh = false;
  clock = new ManualClock();
  segment = new MemorySegment();
  network = new MemoryIpNetwork({ clock, random: seededRandom(1) });
  stations = NAMES.map((name, index) => stationOf(name, index + 1));
});
afterEach(() => {
  for (const station of stations) station.kill();
});

const endpointOf = (number: number) => ({ address: ip(`192.0.2.${number}`), port: PORT });

function clusterOf(nodeName: string): readonly string[] {
  return nodeName === FOREIGN ? [FOREIGN] : NAMES;
}

function snapshotOf(nodeName: string): ElectionSnapshot {
  const nodes = clusterOf(nodeName);
  const candidates = nodes.map((node) => ({ node, preference: 0, interfaces: [] }));
  const addresses = ADDRESSES.map((text) => {
    return { address: ip(text), electionKey: ip(text), candidates, fresh, bindTo: undefined };
  });
  return { version: 1, nodeName, addresses, probeOnly: [], readyNodes: nodes };
}

/** Answers ARP for the machine's own address, as its kernel would. */
function kernelOf(own: IpAddress, mac: Uint8Array) {
  const port = {
    groups: new Set<string>(),
    receive: (bytes: Uint8Array) => {
      const frame = decodeEthernet(bytes);
      const arp = frame.ok ? decodeArp(frame.value.payload) : frame;
      if (arp.ok && arp.value.operation === "request" && arp.value.targetAddress.value === own.value)
        segment.transmit(port, arpReplyFrame(arp.value, mac));
    },
  };
  return port;
}

function stationOf(name: string, number: number): Station {
  const { address } = endpointOf(number);
  const eth0 = link("eth0", number, addressed(`${formatIpAddress(address)}/24`));
  const unplugKernel = segment.attach(kernelOf(address, eth0.mac));
  const host = network.host(address);
  const moves: OwnerMove[] = [];
  let machine = new MemoryHost();
  let netio: Netio | undefined;
  let report: NetioReport | undefined;
  const station: Station = {
    name,
    moves,
    owned: () => (netio && report ? report.owned.map((each) => formatIpAddress(each.address)) : []),
    drain: () => netio?.drain() ?? Promise.resolve(),
    kill: () => {
      machine.links.remove(eth0.index);
      host.killProcess();
      netio?.stop();
      netio = undefined;
    },
    crash: () => {
      host.setUp(false);
      unplugKernel();
      station.kill();
    },
    start: () => {
      machine = new MemoryHost();
      machine.links.add(eth0, segment);
      report = undefined;
      netio = new Netio(
        {
          nodeName: name,
          startedAt: clock.now(),
          policy: "sticky",
          excludeInterfaces: undefined,
          refreshInterval: 0,
          wireCheckInterval: 0,
          membership: { endpoint: endpointOf(number), tuning: lanTuning },
        },
        {
          packetSockets: machine.packetSockets,
          routeNetlink: machine.routeNetlink,
          multicastGroups: machine.multicastGroups,
          gossip: {
            datagramSockets: host.datagrams,
            streamConnections: host.streams,
            cipher: testCipher(),
          },
          clock,
          random: seededRandom(number),
          sha256,
          log: new RecordingLog(),
          onReport: (newest) => (report = newest),
          onMove: (move) => moves.push(move),
        },
      );
      netio.start();
      netio.configureRing({
        peers: name === FOREIGN ? [] : NAMES.map((_, index) => endpointOf(index + 1)),
        keys: [],
      });
      netio.elect(snapshotOf(name));
    },
  };
  return station;
}

/** In steps short enough to measure by. */
async function pass(millis: number): Promise<void> {
  for (let passed = 0; passed < millis; passed += 10) {
    clock.advance(10);
    await settle();
  }
}

/** By address, who answers for it. */
function ownersOf(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ADDRESSES.map((address) => [
      address,
      stations
        .filter((each) => each.owned().includes(address))
        .map(({ name }) => name)
        .join(" and "),
    ]),
  );
}

async function startAll(): Promise<Readonly<Record<string, string>>> {
  for (const station of stations) station.start();
  await pass(3000);
  return ownersOf();
}

function ownerOf(address: string): Station {
  const owner = stations.find((each) => each.owned().includes(address));
  if (owner === undefined) throw new Error(`nobody owns ${address}`);
  return owner;
}

/** How long nobody answered for some of the addresses, from now on. */
async function outage(millis: number): Promise<number> {
  let longest = 0;
  let current = 0;
  for (let passed = 0; passed < millis; passed += 10) {
    await pass(10);
    const complete = Object.values(ownersOf()).every((owner) => owner !== "");
    current = complete ? 0 : current + 10;
    longest = Math.max(longest, current);
  }
  return longest;
}

const settled = expect.stringMatching(/^[abc]$/) as unknown;
const oneOwnerEach = Object.fromEntries(ADDRESSES.map((address) => [address, settled]));

describe("three agents on a segment", () => {
  test("every address has one owner, and not all the same", async () => {
    const owners = await startAll();
    expect(owners).toEqual(oneOwnerEach);
    expect(new Set(Object.values(owners)).size).toBeGreaterThan(1);
  });

  test.each<[string, "crash" | "kill", number, string]>([
    ["a machine that loses its power", "crash", 260, "holder-gone"],
    ["a process that is killed", "kill", 110, "process-gone"],
  ])("%s loses its addresses at once, and nobody else any", async (_what, fault, atMost, cause) => {
    const before = await startAll();
    const lost = ownerOf("192.0.2.50");
    const names = stations.filter((each) => each !== lost).map(({ name }) => name);
    lost[fault]();
    expect(await outage(2000)).toBeLessThanOrEqual(atMost);
    const after = ownersOf();
    for (const address of ADDRESSES) {
      if (before[address] === lost.name) expect(names).toContain(after[address]);
      else expect(after[address]).toBe(before[address]);
    }
    const moves = stations.flatMap((each) => each.moves).filter(({ from }) => from === lost.name);
    expect(moves.length).toBeGreaterThan(0);
    expect(new Set(moves.map((move) => move.cause))).toEqual(new Set([cause]));
  });

  test("an agent that comes back takes nothing back", async () => {
    await startAll();
    const lost = ownerOf("192.0.2.50");
    lost.kill();
    await pass(1000);
    const without = ownersOf();
    lost.start();
    await pass(10_000);
    expect(ownersOf()).toEqual(without);
  });

  test("an agent that is asked to end is replaced before it stops answering", async () => {
    await startAll();
    const leaving = ownerOf("192.0.2.50");
    const begun = clock.now();
    let ended: number | undefined;
    void leaving.drain().then(() => (ended = clock.now() - begun));
    expect(await outage(2000)).toBe(0);
    expect(ended).toBeLessThan(1800);
    leaving.kill();
    expect(ownersOf()).toEqual(oneOwnerEach);
    expect(await outage(3000)).toBe(0);
  });
});

describe("an address that a stranger has", () => {
  const held = "192.0.2.50";
  let unplug: () => void;

  /** The agent whose task it would be. */
  async function begin(): Promise<Station> {
    fresh = true;
    unplug = segment.attach(kernelOf(ip(held), Uint8Array.of(2, 9, 9, 9, 9, 9)));
    await startAll();
    const { to } = stations
      .flatMap(({ moves }) => moves)
      .filter(({ address }) => formatIpAddress(address) === held)
      .at(-1) ?? { to: "" };
    const claimant = stations.find(({ name }) => name === to);
    if (claimant === undefined) throw new Error("nobody claims the address");
    return claimant;
  }

  test.each<[string, (claimant: Station) => Promise<void>]>([
    ["at first", () => Promise.resolve()],
    [
      "after its claimant has been drained",
      async (claimant) => {
        void claimant.drain();
        await pass(1500);
        claimant.kill();
      },
    ],
    ["after its claimant was lost", (claimant) => Promise.resolve(claimant.kill())],
    [
      "after its claimant was started anew",
      (claimant) => {
        claimant.kill();
        claimant.start();
        return Promise.resolve();
      },
    ],
  ])("is announced by nobody, %s", async (_when, happen) => {
    await happen(await begin());
    for (let passed = 0; passed < 5000; passed += 10) {
      await pass(10);
      expect(ownersOf()[held]).toBe("");
    }
  });

  test("is announced when the stranger has gone", async () => {
    await begin();
    unplug();
    await pass(8000);
    expect(ownersOf()).toEqual(oneOwnerEach);
  });
});

describe("an agent of another cluster, whose pools are the same", () => {
  let foreign: Station;
  beforeEach(() => void (foreign = stationOf(FOREIGN, 9)));
  afterEach(() => foreign.kill());

  test("gets nothing of what is announced already, by its claims or otherwise", async () => {
    fresh = true;
    const before = await startAll();
    foreign.start();
    for (let passed = 0; passed < 30_000; passed += 100) {
      await pass(100);
      expect(foreign.owned()).toEqual([]);
      expect(ownersOf()).toEqual(before);
    }
  });

  test("is kept out by nobody who has no right to: both keep what both announced before they met", async () => {
    foreign.start();
    const before = await startAll();
    await pass(30_000);
    expect(ownersOf()).toEqual(before);
    expect(foreign.owned()).toEqual(ADDRESSES);
  });
});
