import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryCluster } from "../../adapters/memory/memory-cluster.ts";
import { MemoryMetrics } from "../../adapters/memory/memory-metrics.ts";
import { WriteFailure, type WriteOutcome } from "../../ports/cluster-writer.ts";
import { ApiGate } from "./api-gate.ts";
import { guardedWriter } from "./guarded-writer.ts";
import { RememberingLog } from "../testing/remembering-log.ts";
import { WriteBudget } from "./write-budget.ts";

const written: WriteOutcome = { at: "written", resourceVersion: "2" };
const { signal } = new AbortController();

/** A guarded writer below which every write ends as the test says. */
function rig(ending: () => WriteOutcome | Error) {
  const clock = new ManualClock();
  const gate = new ApiGate({ clock, log: new RememberingLog() });
  const options = { perObject: { burst: 2, perSecond: 0.1 }, total: { burst: 100, perSecond: 1 } };
  const budget = new WriteBudget(options, { clock, knownObjects: () => 0 });
  const leadership = { leads: true, isLeader: () => leadership.leads };
  const sent: string[] = [];
  const end = (key: string): Promise<WriteOutcome> => {
    sent.push(key);
    const result = ending();
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  const writer = guardedWriter({
    writer: { ...new MemoryCluster().writer, patchServiceStatus: end, applyPoolStatus: end },
    budget,
    gate,
    leadership,
    metrics: new MemoryMetrics(),
  });
  const write = (key: string, ended = signal): Promise<WriteOutcome> =>
    writer.patchServiceStatus(key, { metadata: {}, status: {} }, ended);
  const attempt = (key: string, ended = signal): Promise<unknown> =>
    write(key, ended).catch((error: unknown) => error);
  return { clock, gate, budget, leadership, sent, attempt };
}

describe("the guarded writer", () => {
  test("writes nothing for whoever does not lead any more", async () => {
    const { leadership, sent, attempt } = rig(() => written);
    leadership.leads = false;
    expect(await attempt("shop/web")).toEqual({ at: "delayed", afterMs: 1000 });
    expect(sent).toEqual([]);
  });

  test("puts off what is over the budget", async () => {
    const { sent, attempt } = rig(() => written);
    await attempt("shop/web");
    await attempt("shop/web");
    expect(await attempt("shop/web")).toEqual({ at: "delayed", afterMs: 10_000 });
    expect(sent).toHaveLength(2);
  });

  test("charges nothing for what changed nothing", async () => {
    const endings = [{ at: "conflict" } as const, new WriteFailure("reset")];
    const { budget, sent, attempt } = rig(() => endings[sent.length % 2] ?? written);
    for (let time = 0; time < 4; time++) await attempt("shop/web");
    expect([sent.length, budget.remaining]).toEqual([4, 100]);
  });

  test("shuts everybody out after five failures, at no charge, until a probe is answered", async () => {
    const failure = new WriteFailure("reset");
    let isAway = true;
    const { clock, gate, budget, sent, attempt } = rig(() => (isAway ? failure : written));
    for (let object = 0; object < 5; object++) expect(await attempt(`shop/${object}`)).toBe(failure);
    expect(await attempt("shop/5")).toEqual({ at: "shutOut" });
    clock.advance(500);
    expect(await Promise.all([attempt("shop/5"), attempt("shop/6")])).toEqual([failure, { at: "shutOut" }]);
    isAway = false;
    clock.advance(1000);
    expect(await attempt("shop/6")).toEqual(written);
    expect([gate.isOpen, budget.remaining, sent.length]).toEqual([true, 99, 7]);
  });

  test("does not take its own end for a failure of the API server", async () => {
    const { gate, attempt } = rig(() => new WriteFailure("aborted"));
    for (let time = 0; time < 20; time++) await attempt("shop/web", AbortSignal.abort());
    expect(gate.isOpen).toBe(true);
  });

  test("does not take a mistake of our own for a failure of the API server", async () => {
    const mistake = new TypeError("cannot read properties of undefined");
    const { gate, attempt } = rig(() => mistake);
    for (let object = 0; object < 20; object++) expect(await attempt(`shop/${object}`)).toBe(mistake);
    expect(gate.isOpen).toBe(true);
  });

  test("leaves the server alone for as long as it asks", async () => {
    const { clock, attempt } = rig(() => new WriteFailure("too many requests", { retryAfterMs: 30_000 }));
    for (let object = 0; object < 5; object++) await attempt(`shop/${object}`);
    clock.advance(29_999);
    expect(await attempt("shop/5")).toEqual({ at: "shutOut" });
    clock.advance(1);
    expect(await attempt("shop/5")).toBeInstanceOf(WriteFailure);
  });
});
