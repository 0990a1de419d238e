import { describe, expect, test } from "@jest/globals";
import { KubeError, type KubeRequest } from "@steelyard/client";
import { ApiRig, type RiggedOperator } from "../testing/api-rig.ts";

const refused = new KubeError({ code: "connection", message: "ECONNREFUSED" });
const internal = new KubeError({ code: "internal", message: "etcd has no leader", status: 500 });
const isLease = ({ path }: KubeRequest): boolean => path.includes("/leases");
const isStatusWrite = ({ path }: KubeRequest): boolean => path.endsWith("/status");

/** Two operators, of which the first leads, and forty Services that are served. */
class Pair {
  readonly rig = new ApiRig();
  readonly first: RiggedOperator;
  readonly second: RiggedOperator;
  /** How often both led at the same sample. */
  overlaps = 0;

  private constructor(first: RiggedOperator, second: RiggedOperator, rig: ApiRig) {
    this.first = first;
    this.second = second;
    this.rig = rig;
  }

  static async start(): Promise<Pair> {
    const rig = new ApiRig();
    rig.putPool("edge", ["192.0.2.0/24"]);
    rig.putServices("held", 40);
    const first = await rig.startOperator("first");
    const second = await rig.startOperator("second");
    await rig.pass(5_000);
    expect(rig.waiting).toBe(0);
    expect(second.operator.readiness).toEqual({ ok: true, because: "standing by" });
    rig.takeRequests();
    return new Pair(first, second, rig);
  }

  /** Passes time until `condition` holds; the milliseconds it took. */
  until(condition: () => boolean, limit = 30_000): Promise<number> {
    return this.rig.pass(limit, () => {
      if (this.first.leadership.isLeader() && this.second.leadership.isLeader()) this.overlaps += 1;
      return condition();
    });
  }

  /** Until the second one leads and has everything in its book. */
  untilTakenOver(): Promise<number> {
    return this.until(() => this.second.operator.readiness.because === "leading");
  }

  async end(): Promise<void> {
    const stopped = [this.first.stop(), this.second.stop()];
    await this.rig.pass(2_000);
    await Promise.all(stopped);
    expect(this.overlaps).toBe(0);
    expect(this.rig.clock.pendingTimers).toBe(0);
  }

  /** Status writes since the last call, as `first` or `second`. */
  takeWriters(): readonly string[] {
    const requests = this.rig.takeRequests();
    return requests.filter(({ text }) => /^PATCH .*\/status$/.test(text)).map(({ from }) => from);
  }
}

describe("a standby that takes over", () => {
  test("after a graceful end leads at its next look at the Lease, and writes nothing to satisfied Services", async () => {
    const pair = await Pair.start();
    const before = pair.rig.addresses();
    const stopped = pair.first.stop();
    const tookMs = await pair.untilTakenOver();
    await stopped;
    expect(tookMs).toBeLessThanOrEqual(2_400 + 200);
    await pair.until(() => false, 30_000);
    expect(pair.takeWriters()).toEqual([]);
    expect(pair.rig.addresses()).toEqual(before);
    pair.rig.putServices("late", 1);
    await pair.until(() => pair.rig.waiting === 0, 2_000);
    expect(pair.rig.waiting).toBe(0);
    expect(new Set(pair.takeWriters())).toEqual(new Set(["second"]));
    await pair.end();
  });

  test("shows in its metrics who leads, and what waits there", async () => {
    const pair = await Pair.start();
    pair.first.fault = (request) => (isStatusWrite(request) ? internal : undefined);
    pair.rig.putServices("waiting", 20);
    await pair.until(() => false, 3_000);
    const leader = pair.first.metrics.read?.();
    expect(leader).toMatchObject({ isLeader: true, takesWrites: false, gateClosings: 1 });
    expect(leader?.term?.queues["Service"]?.shutOut).toBeGreaterThanOrEqual(19);
    const standby = { isLeader: false, takesWrites: true, gateClosings: 0, term: undefined };
    expect(pair.second.metrics.read?.()).toMatchObject(standby);
    pair.first.fault = () => undefined;
    await pair.until(() => pair.rig.waiting === 0, 5_000);
    expect(pair.first.metrics.read?.()).toMatchObject({ takesWrites: true });
    expect(pair.first.metrics.term).toMatchObject({ pendingServices: 0, isConfigurationStale: false });
    expect(pair.first.metrics.writes.get("Service written")).toBeGreaterThanOrEqual(60);
    await pair.end();
  });

  test("leaves no number of its predecessor's standing there, nor a gate that is shut", async () => {
    const pair = await Pair.start();
    pair.first.fault = (request) => (isStatusWrite(request) ? internal : undefined);
    pair.rig.putPool("core", ["not a range"]);
    pair.rig.putServices("waiting", 20);
    await pair.until(() => false, 3_000);
    expect(pair.first.metrics.term).toMatchObject({ pendingServices: 0, isConfigurationStale: true });
    expect(pair.first.metrics.read?.()).toMatchObject({ isLeader: true, takesWrites: false });
    pair.first.fault = () => refused;
    await pair.untilTakenOver();
    const deposed = { isLeader: false, takesWrites: true, term: undefined };
    expect(pair.first.metrics.read?.()).toMatchObject(deposed);
    expect([...pair.first.metrics.pools]).toEqual([]);
    expect(pair.second.metrics.term).toMatchObject({ isConfigurationStale: true });
    await pair.end();
  });

  test("lists every kind that decides once, in spite of its watches, and opens no second view", async () => {
    const pair = await Pair.start();
    const stopped = pair.first.stop();
    await pair.untilTakenOver();
    await stopped;
    const lists = pair.rig
      .takeRequests()
      .filter(({ from, text }) => from === "second" && text.startsWith("GET") && !text.includes("/leases"));
    expect(new Set(lists.map(({ text }) => text)).size).toBe(lists.length);
    expect(lists.map(({ text }) => text)).toContain("GET /api/v1/services");
    await pair.end();
  });

  test("of a leader that is cut off waits until the Lease has run out, and never leads beside it", async () => {
    const pair = await Pair.start();
    pair.first.fault = () => refused;
    const tookMs = await pair.untilTakenOver();
    // 15 s from the last renewal it saw, at a look every 2 to 2.4 s.
    expect(tookMs).toBeGreaterThan(10_000);
    expect(tookMs).toBeLessThanOrEqual(15_000 + 2_400 + 200);
    expect(pair.takeWriters()).toEqual([]);
    pair.first.fault = () => undefined;
    await pair.until(() => false, 20_000);
    expect(pair.first.operator.readiness).toEqual({ ok: true, because: "standing by" });
    expect(pair.takeWriters()).toEqual([]);
    await pair.end();
  });

  test("sees what its predecessor wrote last, however long it has heard nothing itself", async () => {
    const pair = await Pair.start();
    pair.second.fault = (request) => (isLease(request) ? undefined : refused);
    pair.rig.api.breakWatches();
    pair.rig.putServices("unheard", 40);
    await pair.until(() => pair.rig.waiting === 0);
    const before = pair.rig.addresses();
    pair.first.fault = () => refused;
    await pair.until(() => pair.second.leadership.isLeader());
    await pair.until(() => false, 3_000);
    expect(pair.second.operator.readiness.because).not.toBe("leading");
    pair.takeWriters();
    pair.rig.putServices("late", 40);
    pair.second.fault = () => undefined;
    await pair.untilTakenOver();
    await pair.until(() => pair.rig.waiting === 0, 5_000);
    expect(pair.rig.addresses()).toMatchObject(before);
    expect(new Set(Object.values(pair.rig.addresses())).size).toBe(120);
    expect(pair.takeWriters().filter((writer) => writer === "second").length).toBeLessThanOrEqual(40 + 5);
    await pair.end();
  });
});

describe("a deposed leader writes nothing,", () => {
  test("neither what waits behind the gate nor what waits for a retry", async () => {
    const pair = await Pair.start();
    pair.first.fault = (request) => (isStatusWrite(request) ? internal : undefined);
    pair.rig.putServices("waiting", 40);
    await pair.until(() => false, 5_000);
    expect(pair.rig.waiting).toBe(40);
    pair.first.fault = (request) =>
      isStatusWrite(request) ? internal : isLease(request) ? refused : undefined;
    await pair.until(() => !pair.first.leadership.isLeader());
    pair.first.fault = (request) => (isLease(request) ? refused : undefined);
    pair.takeWriters();
    await pair.until(() => pair.rig.waiting === 0);
    await pair.until(() => false, 20_000);
    expect(pair.rig.waiting).toBe(0);
    expect(new Set(Object.values(pair.rig.addresses())).size).toBe(80);
    expect(new Set(pair.takeWriters())).toEqual(new Set(["second"]));
    await pair.end();
  });

  test("and what was under way is cut off when its right to write ends, not when its time does", async () => {
    const pair = await Pair.start();
    const cutOffAt: number[] = [];
    pair.first.fault = (request) => {
      if (isLease(request)) return refused;
      if (!isStatusWrite(request)) return undefined;
      request.signal?.addEventListener("abort", () => cutOffAt.push(pair.rig.clock.now()));
      return "hangs";
    };
    await pair.until(() => false, 7_000);
    pair.rig.putServices("stuck", 3);
    await pair.until(() => !pair.first.leadership.isLeader());
    const deposedAt = pair.rig.clock.now();
    await pair.until(() => false, 200);
    expect(cutOffAt.length).toBeGreaterThan(0);
    for (const at of cutOffAt) expect(at).toBeLessThanOrEqual(deposedAt + 100);
    await pair.untilTakenOver();
    await pair.until(() => pair.rig.waiting === 0, 5_000);
    expect(pair.rig.waiting).toBe(0);
    await pair.end();
  });
});
