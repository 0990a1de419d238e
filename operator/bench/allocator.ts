import { readFileSync } from "node:fs";
import { type IpAddress, type IpRange, parseIpRange } from "@steelyard/model/address";
import { buildConfig, type BuiltConfig, NO_OBJECTS } from "@steelyard/model/config";
import { type Instant } from "@steelyard/model/foundation";
import { projectService, type ServiceResource } from "@steelyard/model/resources";
import { MemoryCluster } from "../src/adapters/memory/memory-cluster.ts";
import { mergePatch } from "../src/core/merge-patch.ts";
import { AddressBook, decideAddresses } from "../src/core/allocator/index.ts";
import { subjectOf } from "../src/core/reconcile/index.ts";
import { AllocationState } from "../src/shell/term/allocation-state.ts";

/**
 * The allocator by itself, without an API server: what one allocation costs beside more and more held addresses, and how
 * long a start needs that finds 100 000 of them. Prints one line of JSON per figure: a name, and microseconds or
 * milliseconds.
 */
const namespace = "metallb-system";
const moment = { timestamp: "2026-01-01T00:00:00.000000Z", now: 0 as Instant };
const batches = 9;
const perBatch = 1_000;
const adopted = 100_000;
/** Nobody listens, and nobody works against us. */
const surroundings = {
  listener: { onPoolUsage: () => {}, onLineMayMove: () => {} },
  contests: { of: () => undefined },
};

measureAllocation("10 held in a row", ["10.0.0.0/8"], everyNth(1, 10), { isBaseline: true });
for (const held of [1_000, adopted]) {
  measureAllocation(`${held} held in a row`, ["10.0.0.0/8"], everyNth(1, held));
  measureAllocation(`${held} held, every second address`, ["10.0.0.0/8"], everyNth(2, held));
}
measureAllocation("100000 held in an IPv6 /64", ["fd00::/64"], everyNth(1, adopted));
measureAllocation("a /16, one free address at a random place", ["10.0.0.0/16"], allBut(1));
measureAllocation("2000 ranges, one free address at a random place", apart(2_000), allBut(1));
measureAdoption();

/** Which of a range's addresses are held: by their number. */
type Holding = (ranges: readonly IpRange[]) => Iterable<IpAddress>;

function everyNth(n: number, count: number): Holding {
  return function* ([range]) {
    if (range === undefined) return;
    for (let index = 0; index < count; index++)
      yield { family: range.family, value: range.first + BigInt(index * n) };
  };
}

function allBut(_free: 1): Holding {
  return function* (ranges) {
    for (const { family, first, last } of ranges)
      for (let value = first; value <= last; value++) yield { family, value };
  };
}

/** `count` ranges of 16 addresses with as many between them. */
function apart(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const [high, low] = [Math.floor(index / 8), (index % 8) * 32];
    return `10.${Math.floor(high / 256)}.${high % 256}.${low}/28`;
  });
}

function measureAllocation(
  name: string,
  addresses: readonly string[],
  holding: Holding,
  marks: object = {},
): void {
  const built = builtFor(addresses);
  const ranges = addresses.map(rangeOf);
  const book = new AddressBook();
  const held = [...holding(ranges)];
  for (const [index, address] of held.entries()) book.observe(`held/s${index}`, [address]);
  const clusterIp = ranges[0]?.family === "IPv6" ? "fd96::1" : "10.96.0.1";
  let created = 0;
  const isFull = ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n) === BigInt(held.length);
  const random = sequence();
  // In a full pool somebody gives an address up, at a random place, and the new one gets that and keeps it.
  const holders = held.map((_, index) => `held/s${index}`);
  const once = (): void => {
    const key = `default/new${created++}`;
    const subject = subjectOf(key, serviceNamed(key, clusterIp));
    const place = Math.floor(random() * holders.length);
    if (isFull) book.forget(holders[place] ?? "");
    const { addresses: given } = decideAddresses(subject, built, book);
    if (given.length !== 1) throw new Error(`${name}: nothing was given`);
    book.reserve(key, given);
    if (isFull) holders[place] = key;
    else book.forget(key);
  };
  print(`one allocation, ${name}`, { micros: medianMicros(once), ...marks });
}

/** Everything a start does between the first complete list and readiness, and the plans after it. */
function measureAdoption(): void {
  const cluster = new MemoryCluster();
  cluster.pools.put(poolNamed("bench", ["10.0.0.0/8"]));
  store(cluster);
  fulfil(cluster);
  const reader = cluster.openReader();
  const started = processorMillis();
  const state = new AllocationState(
    { lbClasses: [], configNamespace: namespace },
    { reader, ...surroundings },
  );
  const { keys } = state.settle();
  const settled = millisSince(started);
  let writes = 0;
  for (const key of keys) {
    const service = reader.services.get(key);
    if (service !== undefined && state.plan(key, service, moment).patch !== undefined) writes += 1;
  }
  if (writes > 0) throw new Error(`${writes} Services that had everything were written`);
  print(`${adopted} Services: every address adopted`, { millis: settled, goalMillis: 2_000 });
  print(`${adopted} Services: adopted, and each of them planned`, { millis: millisSince(started) });
}

/** Of the raw objects nothing is left when this returns, as in the operator. */
function store(cluster: MemoryCluster): void {
  const raw = Array.from({ length: adopted }, (_, index) => satisfied(`s${index}`));
  const started = processorMillis();
  for (const service of raw) cluster.services.put(projectService(service));
  print(`${adopted} Services: projected and stored`, { millis: millisSince(started) });
}

/** Lets an operator write what it wants, so that the start that is measured finds everything as it should be. */
function fulfil(cluster: MemoryCluster): void {
  const reader = cluster.openReader();
  const state = new AllocationState(
    { lbClasses: [], configNamespace: namespace },
    { reader, ...surroundings },
  );
  for (const key of state.settle().keys) {
    const service = reader.services.get(key);
    const patch = service && state.plan(key, service, moment).patch;
    if (patch !== undefined) cluster.services.put(mergePatch(service, patch) as ServiceResource);
  }
}

function medianMicros(once: () => void): number {
  const times: number[] = [];
  for (let batch = 0; batch <= batches; batch++) {
    const started = processorMillis();
    for (let round = 0; round < perBatch; round++) once();
    // The first batch is the compiler's.
    if (batch > 0) times.push((millisSince(started) * 1000) / perBatch);
  }
  return times.sort((a, b) => a - b)[Math.floor(batches / 2)] ?? Number.NaN;
}

function builtFor(addresses: readonly string[]): BuiltConfig {
  return buildConfig({ ...NO_OBJECTS, namespace, pools: [poolNamed("bench", addresses)] });
}

function poolNamed(name: string, addresses: readonly string[]) {
  const metadata = { name, namespace, creationTimestamp: "2026-01-01T00:00:00Z" };
  const head = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool" } as const;
  return { ...head, metadata, spec: { addresses, autoAssign: true, avoidBuggyIPs: false } };
}

/** As an API server would send it. */
function satisfied(name: string): object {
  return { ...serviceNamed(name, "10.96.0.1"), apiVersion: "v1", kind: "Service" };
}

function serviceNamed(name: string, clusterIP: string): ServiceResource {
  return {
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: {
      type: "LoadBalancer",
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: [clusterIP.includes(":") ? "IPv6" : "IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "http", protocol: "TCP", port: 80 }],
      selector: { app: name },
    },
    status: { loadBalancer: {} },
  };
}

function rangeOf(text: string): IpRange {
  const range = parseIpRange(text);
  if (!range.ok) throw new Error(range.error.message);
  return range.value;
}

/** Numbers in [0, 1) that are the same at every run. */
function sequence(): () => number {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/**
 * Milliseconds that this thread was on a processor: what a clock on the wall shows where nobody else uses the machine. The
 * collector's helper threads do not count, they work beside it.
 */
function processorMillis(): number {
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}

function millisSince(started: number): number {
  return processorMillis() - started;
}

function print(name: string, figures: object): void {
  process.stdout.write(`${JSON.stringify({ name, ...figures })}\n`);
}
