import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock } from "@steelyard/model/testing";
import { type ElectionSnapshot } from "../../core/election/types.ts";
import { type NetioReport } from "../../ports/netio-report.ts";
import { netioOptions } from "../../ports/testing/netio-options.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { startNetioWorker } from "./worker-thread.ts";

function snapshot(version: number): ElectionSnapshot {
  return { version, nodeName: "a", addresses: [], probeOnly: [], readyNodes: [] };
}

// Threads take a moment to start, and more than that on a busy machine.
jest.setTimeout(30_000);

/** A worker's entry as text. `answer` puts a report on its way; `port` is the parent port. */
function script(body: string): URL {
  const source = `
    import { parentPort as port } from "node:worker_threads";
    const answer = (snapshotVersion) =>
      port.postMessage({ kind: "report", report: { snapshotVersion, links: [], owned: [], unannounceable: [], counters: [] } });
    ${body}`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/** Answers every snapshot and ends when it is told to. */
const OBEDIENT = `port.on("message", (message) => message.kind === "stop" ? port.close() : answer(message.snapshot.version));`;

/** Fails at version 13. */
const SUPERSTITIOUS = `port.on("message", (message) => {
  if (message.kind === "stop") return port.close();
  if (message.snapshot.version === 13) throw new RangeError("unlucky");
  answer(message.snapshot.version);
});`;

describe("the thread of the netio worker", () => {
  const running: NetioWorker[] = [];
  afterEach(async () => {
    for (const worker of running.splice(0)) await worker.stop();
  });

  function start(body: string) {
    const clock = new ManualClock();
    const log = new RecordingLog();
    const worker = startNetioWorker({ script: script(body), netio: netioOptions("a") }, { clock, log });
    running.push(worker);
    const reports: NetioReport[] = [];
    const failures: Error[] = [];
    worker.onReport((report) => reports.push(report));
    worker.onFailure((failure) => failures.push(failure));
    return { worker, clock, log, reports, failures };
  }

  test("tells of moves", async () => {
    const move = { from: "b", to: "a", cause: "holder-gone" };
    const { worker } = start(`port.postMessage({ kind: "moved", move: ${JSON.stringify(move)} });
      port.on("message", () => port.close());`);
    const moves: unknown[] = [];
    worker.onMove((one) => moves.push(one));
    await eventually(() => moves.length > 0);
    expect(moves).toEqual([move]);
  });

  test("passes on what is seen of routers", async () => {
    const change = { key: "r", state: "down", wasUp: true, because: "silence" };
    const sight = { routers: [], interfaces: [], bfd: [] };
    const { worker } = start(`port.postMessage({ kind: "bfd-change", change: ${JSON.stringify(change)} });
      port.postMessage({ kind: "router-sight", sight: ${JSON.stringify(sight)} });
      port.on("message", () => port.close());`);
    const told: unknown[] = [];
    worker.onBfdChange((one) => told.push(one));
    worker.onRouterSight((one) => told.push(one));
    await eventually(() => told.length > 1);
    expect(told).toEqual([change, sight]);
  });

  test("watches the newest routers again when it has failed", async () => {
    const { worker, clock, failures } = start(`port.on("message", ({ kind, watch }) => {
      if (kind === "stop") return port.close();
      if (watch.discover[0] === "crash") throw new Error("crash");
      port.postMessage({ kind: "router-sight", sight: { routers: [], interfaces: [], bfd: [], seen: watch.discover } });
    });`);
    const seen: unknown[] = [];
    worker.onRouterSight((sight) => seen.push((sight as unknown as { seen: unknown }).seen));
    worker.watchRouters({ bfd: [], discover: ["crash"] });
    await eventually(() => failures.length > 0);
    worker.watchRouters({ bfd: [], discover: ["eth0"] });
    clock.advance(100);
    await eventually(() => seen.length > 0);
    expect(seen).toEqual([["eth0"]]);
  });

  test("is drained when it says so, when it ends, and when it takes too long", async () => {
    const willing = start(`port.on("message", ({ kind }) =>
      kind === "stop" ? port.close() : port.postMessage({ kind: "drained" }));`);
    await willing.worker.drain();
    const dying = start(`port.on("message", () => process.exit());`);
    await dying.worker.drain();
    const deaf = start(`port.on("message", ({ kind }) => kind === "stop" && port.close());`);
    let isOver = false;
    const drained = deaf.worker.drain().then(() => (isOver = true));
    deaf.clock.advance(1300);
    await Promise.resolve();
    expect(isOver).toBe(false);
    deaf.clock.advance(100);
    await drained;
  });

  test("gets snapshots and gives reports", async () => {
    const { worker, reports, failures } = start(OBEDIENT);
    worker.announce(snapshot(1));
    worker.announce(snapshot(2));
    await eventually(() => reports.length === 2);
    expect(reports.map(({ snapshotVersion }) => snapshotVersion)).toEqual([1, 2]);
    expect(failures).toEqual([]);
  });

  test("writes its lines into the log of the main thread", async () => {
    const { log } = start(
      `port.postMessage({ kind: "log", level: "warn", fields: { ip: "192.0.2.10" }, message: "told" }); ${OBEDIENT}`,
    );
    await eventually(() => log.entries.length > 0);
    expect(log.entries).toMatchObject([{ level: "warn", fields: { ip: "192.0.2.10" }, message: "told" }]);
  });

  test("starts again at once after a failure and gets the newest snapshot, not the ones before", async () => {
    const { worker, clock, reports, failures } = start(SUPERSTITIOUS);
    worker.announce(snapshot(1));
    worker.announce(snapshot(13));
    await eventually(() => failures.length === 1);
    expect(failures[0]).toMatchObject({ name: "RangeError", message: "unlucky" });
    worker.announce(snapshot(14));
    clock.advance(0);
    await eventually(() => reports.some(({ snapshotVersion }) => snapshotVersion === 14));
    expect(reports.map(({ snapshotVersion }) => snapshotVersion)).toEqual([1, 14]);
    worker.announce(snapshot(15));
    await eventually(() => reports.length === 3);
  });

  test("waits longer and longer between starts that fail, up to five seconds", async () => {
    const { clock, failures, log } = start(`throw new Error("no addon here");`);
    const pauses: number[] = [];
    for (let count = 1; count <= 9; count++) {
      await eventually(() => failures.length === count);
      pauses.push(clock.untilNextTimer ?? -1);
      clock.advance(clock.untilNextTimer ?? 0);
    }
    expect(pauses).toEqual([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(log.entries[0]).toMatchObject({
      level: "error",
      fields: { error: "no addon here", restartInMs: 0 },
    });
  });

  test("a failure after a long healthy life is the first again", async () => {
    const { worker, clock, failures, reports } = start(SUPERSTITIOUS);
    worker.announce(snapshot(13));
    await eventually(() => failures.length === 1);
    worker.announce(snapshot(1));
    clock.advance(0);
    await eventually(() => reports.length === 1);
    clock.advance(30_000);
    worker.announce(snapshot(13));
    await eventually(() => failures.length === 2);
    expect(clock.untilNextTimer).toBe(0);
    worker.announce(snapshot(1));
  });

  test("a worker may throw what is no Error", async () => {
    const { failures } = start(`throw "just a word";`);
    await eventually(() => failures.length === 1);
    expect(failures[0]?.message).toBe("just a word");
  });

  test("a worker that ends by itself has failed too", async () => {
    const { failures } = start(`process.exit(3);`);
    await eventually(() => failures.length === 1);
    expect(failures[0]?.message).toBe("the netio worker ended by itself with exit code 3");
  });

  test("stops for good: no restart, and a snapshot afterwards does no harm", async () => {
    const { worker, clock, failures } = start(OBEDIENT);
    await worker.stop();
    worker.announce(snapshot(1));
    expect([clock.pendingTimers, failures.length]).toEqual([0, 0]);
    await worker.stop();
  });

  test("stops while it waits to start again", async () => {
    const { worker, clock, failures } = start(`throw new Error("no");`);
    await eventually(() => failures.length === 1);
    await worker.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test("stops although the worker fails on its way out", async () => {
    const { worker, failures } = start(`port.on("message", () => { throw new Error("late"); });`);
    await worker.stop();
    expect(failures).toEqual([]);
  });

  test("a worker that does not listen is ended by force after half a second", async () => {
    const { worker, clock, reports, failures } = start(`answer(0); for (;;) { /* deaf */ }`);
    await eventually(() => reports.length === 1);
    const stopped = worker.stop();
    clock.advance(499);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(1);
    await stopped;
    expect(failures).toEqual([]);
  });
});

async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
