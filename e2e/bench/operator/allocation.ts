import { setTimeout as pause } from "node:timers/promises";
import { type AuditRecord } from "../../cluster/index.ts";
import { eventually } from "../../topology/eventually.ts";
import { type Figure, withGoal } from "../figure.ts";
import { peakMegabytes, processorMillis, residentMegabytes } from "../process-status.ts";
import { type StatusTemplate } from "./idle.ts";
import { addressesOf, type OperatorCluster, type RawResult } from "./operator-cluster.ts";
import { acceptedServicePatches, mostPerSecond, rateOf, spanMillis, writesTo } from "./request-record.ts";

/** Late writes, pool counters and events are waited for this long after the last address. */
const settleMillis = 6_000;

/**
 * `count` Services that wait when the operator starts, against a raw client that writes patches of the same size: once
 * before, to the same pending Services, and once after. The operator is held against the mean of both.
 */
export async function measureAllocation(
  cluster: OperatorCluster,
  count: number,
  template: StatusTemplate,
): Promise<Figure[]> {
  await cluster.runRaw("clear");
  await cluster.createServices(count);
  const before = await runRaw(cluster, "write", template);
  await cluster.runRaw("clear");
  const run = await allocateAll(cluster, count);
  await assertDistinct(cluster, count);
  const after = await runRaw(cluster, "rewrite");
  return describe(run, count, [before, after]);
}

interface Run {
  readonly records: readonly AuditRecord[];
  readonly processorMillis: number;
  readonly peakMegabytes: number;
  readonly settledMegabytes: number;
}

async function allocateAll(cluster: OperatorCluster, count: number): Promise<Run> {
  await cluster.api.audit.reset();
  const operator = await cluster.startOperator();
  await eventually(
    `${count} allocated Services`,
    async () => {
      const patches = acceptedServicePatches(await cluster.requests());
      return new Set(patches.map(({ name }) => name)).size === count;
    },
    120_000,
  );
  const processor = processorMillis(operator.pid);
  await pause(settleMillis);
  const settledMegabytes = residentMegabytes(operator.pid);
  const peak = peakMegabytes(operator.pid);
  await operator.stop();
  const records = await cluster.requests();
  return { records, processorMillis: processor, peakMegabytes: peak, settledMegabytes };
}

/** A rate of wrong answers is worth nothing. */
async function assertDistinct(cluster: OperatorCluster, count: number): Promise<void> {
  const addresses = (await cluster.services()).flatMap(addressesOf);
  const distinct = new Set(addresses).size;
  if (addresses.length !== count || distinct !== count)
    throw new Error(`${count} Services have ${addresses.length} addresses, ${distinct} of them distinct`);
}

interface RawRun extends RawResult {
  readonly perSecond: number;
}

async function runRaw(
  cluster: OperatorCluster,
  mode: "write" | "rewrite",
  template: object = {},
): Promise<RawRun> {
  await cluster.api.audit.reset();
  const result = await cluster.runRaw(mode, template);
  const records = await cluster.api.audit.requests({ userAgent: "raw-patches" });
  return { ...result, perSecond: rateOf(acceptedServicePatches(records)) };
}

function describe(run: Run, count: number, [before, after]: readonly [RawRun, RawRun]): Figure[] {
  const patches = acceptedServicePatches(run.records);
  const mean = (before.perSecond + after.perSecond) / 2;
  const share = rateOf(patches) / mean;
  const perService = writesTo(run.records, "services").length / count;
  const pools = mostPerSecond(writesTo(run.records, "ipaddresspools.metallb.io"));
  const events = writesTo(run.records, "events");
  const name = (what: string): string => `${count} pending Services: ${what}`;
  const perWrite = `${(run.processorMillis / count).toFixed(2)} / ${(before.processorMillis / before.patches).toFixed(2)} ms`;
  const rates = `${rateOf(patches).toFixed(0)} / ${before.perSecond.toFixed(0)}, ${after.perSecond.toFixed(0)} per s`;
  return [
    withGoal(name("rate / raw client"), `${(share * 100).toFixed(0)} %`, "≥ 80 %", share >= 0.8),
    { name: name("operator / raw before, after"), value: rates },
    { name: name("first to last write"), value: `${(spanMillis(patches) / 1000).toFixed(1)} s` },
    withGoal(name("writes per Service"), perService.toFixed(3), "exactly 1", perService === 1),
    withGoal(name("pool writes, most in a second"), String(pools), "≤ 1", pools <= 1),
    { name: name("events written"), value: `${events.length}` },
    { name: name("CPU each, start included, / raw"), value: perWrite },
    ...memory(run, count),
  ];
}

function memory({ settledMegabytes, peakMegabytes }: Run, count: number): Figure[] {
  if (count < 10_000) return [];
  const text = (megabytes: number): string => `${megabytes.toFixed(1)} MB`;
  return [
    withGoal(
      `operator, resident, ${count} Services, settled`,
      text(settledMegabytes),
      "≤ 140 MB",
      settledMegabytes <= 140,
    ),
    { name: `operator, resident, ${count} Services, peak`, value: text(peakMegabytes) },
  ];
}
