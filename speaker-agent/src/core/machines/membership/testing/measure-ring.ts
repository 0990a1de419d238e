import { type Millis } from "@steelyard/model/foundation";
import { suspicionTimeout } from "../timing.ts";
import { lanTuning } from "../tuning.ts";
import { nameOf, SimulatedRing, type SimulatedRingOptions } from "./simulated-ring.ts";

/** What one node of a quiet ring sends, in the mean; bytes with Ethernet, IP and UDP, before compression. */
export interface RingTraffic {
  readonly nodes: number;
  readonly datagramsPerSecond: number;
  readonly datagramBytesPerSecond: number;
  /** Exchanges of tables: these grow with the ring. */
  readonly streamBytesPerSecond: number;
}

export interface RingCrash {
  readonly nodes: number;
  /** Until the first and until the last of the others took the node for dead. */
  readonly firstMillis: Millis;
  readonly lastMillis: Millis;
  /** What memberlist's formulas allow at the most, from the first failed probe on. */
  readonly boundMillis: Millis;
}

/** A ring whose nodes joined one after the other, each by way of the first, and then settled. */
export function settledRing(size: number, options: SimulatedRingOptions): SimulatedRing {
  const ring = new SimulatedRing(options);
  for (let index = 0; index < size; index++) {
    ring.start(index, [0]);
    ring.advance(20);
  }
  const all = [...Array(size).keys()];
  for (const index of all) ring.list(nameOf(index), all);
  for (let seconds = 0; seconds < 60 && !ring.agrees; seconds++) ring.advance(1_000);
  if (!ring.agrees) throw new Error(`a ring of ${size} nodes does not agree`);
  return ring;
}

/** The traffic of a node has to be the same in rings of every size, tables left aside. */
export function measureRingTraffic(size: number, millis: Millis = 60_000): RingTraffic {
  const ring = settledRing(size, { seed: size, countsBytes: true });
  // Until the news of the joins have died away.
  ring.advance(20_000);
  ring.forgetTraffic();
  ring.advance(millis);
  const sent = ring.running.map((name) => ring.trafficOf(name));
  const rate = (of: (traffic: (typeof sent)[number]) => number): number =>
    sent.reduce((sum, traffic) => sum + of(traffic), 0) / size / (millis / 1_000);
  return {
    nodes: size,
    datagramsPerSecond: rate(({ datagrams }) => datagrams),
    datagramBytesPerSecond: rate(({ datagramBytes }) => datagramBytes),
    streamBytesPerSecond: rate(({ streamBytes }) => streamBytes),
  };
}

/** Living nodes that somebody took for dead while so many datagrams were lost; TCP is no help. */
export function countFalseDeaths(size: number, loss: number, millis: Millis): number {
  const ring = settledRing(size, { seed: 1, tuning: { disableTcpPings: true } });
  ring.loss = loss;
  ring.advance(millis);
  return new Set(ring.log.filter(({ to }) => to === "dead").map(({ node }) => node)).size;
}

export function measureCrash(size: number, loss: number): RingCrash {
  const ring = settledRing(size, { seed: 2 });
  ring.loss = loss;
  const victim = nameOf(size >> 1);
  ring.crash(victim);
  const crashedAt = ring.now;
  const { suspicionMult, suspicionMaxTimeoutMult, probeIntervalMillis } = lanTuning;
  const boundMillis =
    suspicionMaxTimeoutMult * suspicionTimeout(suspicionMult, size, probeIntervalMillis) +
    probeIntervalMillis;
  for (let seconds = 0; seconds < 300 && !ring.agrees; seconds++) ring.advance(1_000);
  if (!ring.agrees) throw new Error(`a ring of ${size} nodes does not agree about a crash`);
  const known = ring.log
    .filter(({ to, node }) => to === "dead" && node === victim)
    .map(({ at }) => at - crashedAt);
  return { nodes: size, firstMillis: Math.min(...known), lastMillis: Math.max(...known), boundMillis };
}

/**
 * A ring in which every minute somebody joins, says goodbye, crashes or stalls while a twentieth of the datagrams is lost,
 * and which then has two quiet minutes to agree.
 */
export function churnedRing(size: number, minutes: number): SimulatedRing {
  const ring = settledRing(size, { seed: 6, loss: 0.05 });
  for (let minute = 0; minute < minutes; minute++) {
    disturb(ring, Math.floor(ring.random.fraction() * size * 1.3));
    ring.advance(60_000);
  }
  ring.loss = 0;
  const running = ring.runningIndices();
  for (const index of running) ring.list(nameOf(index), running);
  ring.advance(120_000);
  return ring;
}

function disturb(ring: SimulatedRing, index: number): void {
  const name = nameOf(index);
  if (!ring.running.includes(name)) ring.start(index);
  else if (ring.random.fraction() < 0.3) ring.leave(name);
  else if (ring.random.fraction() < 0.5) ring.crash(name);
  else ring.pause(name, 20_000 * ring.random.fraction());
}
