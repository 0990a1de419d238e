import { expect, test } from "@jest/globals";
import { churnedRing, measureRingTraffic, settledRing } from "./testing/measure-ring.ts";
import { nameOf, type SimulatedRing } from "./testing/simulated-ring.ts";
import { suspicionTimeout } from "./timing.ts";
import { lanTuning } from "./tuning.ts";

function deathsIn(ring: SimulatedRing): readonly string[] {
  return ring.log.filter(({ to }) => to === "dead").map(({ node }) => node);
}

/**
 * When everybody knows of a crash at the latest. Somebody probes the node within one round; its suspicion ends within the
 * greatest timeout; the news needs a few beats of gossip.
 */
function detectionBound(size: number): number {
  const { suspicionMult, suspicionMaxTimeoutMult, probeIntervalMillis } = lanTuning;
  const timeout = suspicionTimeout(suspicionMult, size, probeIntervalMillis);
  // Of n nodes that each probe a random one per second, all miss a given one for s seconds with (1-1/n)^(n*s).
  const probed = 10 * probeIntervalMillis;
  return probed + suspicionMaxTimeoutMult * timeout + 5_000;
}

test.each([
  { nodes: 50, minutes: 1 },
  { nodes: 10, minutes: 5 },
])("$nodes nodes lose every tenth datagram, and nobody is taken for dead", ({ nodes, minutes }) => {
  const ring = settledRing(nodes, { seed: 1, tuning: { disableTcpPings: true } });
  ring.loss = 0.1;
  ring.advance(minutes * 60_000);
  expect(deathsIn(ring)).toEqual([]);
  ring.loss = 0;
  ring.advance(10_000);
  expect(ring.agrees).toBe(true);
});

test("a crash is known to all of 60 nodes within the bound, with loss and without", () => {
  const ring = settledRing(60, { seed: 2 });
  for (const [loss, victim] of [
    [0, 37],
    [0.1, 38],
  ] as const) {
    ring.loss = loss;
    ring.log.length = 0;
    ring.crash(nameOf(victim));
    const crashedAt = ring.now;
    ring.advance(detectionBound(60));
    expect(ring.agrees).toBe(true);
    expect(new Set(deathsIn(ring))).toEqual(new Set([nameOf(victim)]));
    const known = ring.log.filter(({ to }) => to === "dead").map(({ at }) => at - crashedAt);
    // With enough confirmations the least timeout decides.
    expect(Math.max(...known)).toBeLessThan(30_000);
  }
});

test("half a ring that was cut off for two minutes comes back, without anybody being started anew", () => {
  const ring = settledRing(30, { seed: 3 });
  ring.partition((name) => Number(name.slice(1)) % 2);
  ring.advance(120_000);
  expect(ring.living(nameOf(0))).toHaveLength(15);
  ring.heal();
  ring.advance(15_000);
  expect(ring.agrees).toBe(true);
});

test("a single node that was cut off for ten minutes finds back within seconds", () => {
  const ring = settledRing(10, { seed: 4 });
  ring.partition((name) => (name === nameOf(3) ? 1 : 0));
  ring.advance(600_000);
  expect(ring.living(nameOf(3))).toEqual([nameOf(3)]);
  ring.heal();
  ring.advance(15_000);
  expect(ring.agrees).toBe(true);
});

test("a process that stops for five seconds declares nobody dead, and nobody declares it dead", () => {
  const ring = settledRing(20, { seed: 5 });
  ring.pause(nameOf(4), 3_000);
  ring.advance(60_000);
  expect(deathsIn(ring)).toEqual([]);
  ring.pause(nameOf(4), 60_000);
  ring.advance(70_000);
  expect(new Set(deathsIn(ring))).toEqual(new Set([nameOf(4)]));
  expect(ring.agrees).toBe(true);
});

test("half an hour of joins, goodbyes, crashes and stalls ends in one table", () => {
  expect(churnedRing(12, 30).agrees).toBe(true);
});

test("a broadcast reaches everybody, once, though each node sends it only a few times", () => {
  const ring = settledRing(60, { seed: 7, loss: 0.1 });
  const before = ring.now;
  ring.take(nameOf(0), { kind: "broadcast", key: "k", payload: new Uint8Array([104, 105]) });
  ring.advance(2_000);
  const deaf = ring.running.filter((name) => ring.messagesOf(name).join() !== "hi" && name !== nameOf(0));
  expect(deaf).toEqual([]);
  expect(ring.messagesOf(nameOf(0))).toEqual([]);
  expect(ring.now - before).toBe(2_000);
});

test("the same seed gives the same run", () => {
  const runs = [0, 1].map(() => {
    const ring = settledRing(15, { seed: 8, loss: 0.2 });
    ring.crash(nameOf(2));
    ring.advance(30_000);
    return ring.log;
  });
  expect(runs[0]).toEqual(runs[1]);
});

test("what a node sends does not depend on how many there are", () => {
  const [small, large] = [5, 40].map((size) => measureRingTraffic(size, 10_000));
  expect(large?.datagramsPerSecond).toBeCloseTo(small?.datagramsPerSecond ?? 0, 1);
  expect(Math.round(large?.datagramBytesPerSecond ?? 0)).toBe(Math.round(small?.datagramBytesPerSecond ?? 0));
  // One ping and one answer.
  expect(small?.datagramsPerSecond).toBeCloseTo(2, 1);
});
