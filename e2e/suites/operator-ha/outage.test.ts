import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type FaultRule } from "../../cluster/index.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { OperatorGroup, type Replica } from "./operator-group.ts";

const userAgent = "steelyard-operator";
/** Longer than a leader may act without renewing: it is deposed, and has to come back. */
const longMillis = 12_000;
const shortMillis = 5_000;
/** The promise is five; one more is for the machine. */
const recoversWithinMillis = 6_000;

interface Outage {
  readonly name: string;
  readonly rule: FaultRule;
  readonly millis: number;
  /** Of each second on the average, and of the first moment, in which everything is met that is under way. */
  readonly requests: { readonly perSecond: number; readonly atFirst: number };
}

const statusWrites = { verbs: ["patch"], resources: ["services"], subresource: "status" } as const;
const many = { perSecond: 12, atFirst: 20 };

const outages: readonly Outage[] = [
  {
    name: "an API server that resets every connection",
    rule: { fault: "reset" },
    millis: longMillis,
    requests: many,
  },
  {
    name: "one that answers everything with 500",
    rule: { fault: "error", code: 500 },
    millis: longMillis,
    requests: many,
  },
  {
    name: "one whose history is always gone",
    rule: { fault: "gone", verbs: ["list", "watch"] },
    millis: shortMillis,
    requests: many,
  },
  {
    name: "one that takes no status",
    rule: { fault: "error", code: 500, ...statusWrites },
    millis: shortMillis,
    requests: { perSecond: 2, atFirst: 20 },
  },
  {
    name: "one that finds a conflict in every write",
    rule: { fault: "error", code: 409, reason: "Conflict", ...statusWrites },
    millis: shortMillis,
    requests: { perSecond: 2, atFirst: 64 + 20 },
  },
  {
    name: "one that asks to slow down",
    rule: { fault: "too-many-requests", retryAfterSeconds: 1 },
    millis: shortMillis,
    requests: many,
  },
];

// The same outages as in operator/src/shell/scenarios/outage.test.ts, there ten minutes long on a clock by hand.
describeNetwork("the operator in an outage of the API server", () => {
  let group: OperatorGroup;
  let operator: Replica;

  beforeAll(async () => {
    group = await OperatorGroup.create();
    operator = await group.start("operator");
    await group.createServices("held", 20);
    await group.untilAllServed();
  });
  afterAll(() => group.end());

  test.each(outages)("$name: bounded requests, nothing lost, back in five seconds", async (outage) => {
    const { name, rule, millis, requests } = outage;
    const before = await group.addresses();
    const metBefore = group.api.faults.metCount;
    group.api.faults.inject({ ...rule, userAgent });
    group.api.faults.interruptWatches("reset");
    await group.createServices(`new-${outages.indexOf(outage)}-`, 10);
    await pause(millis);
    const met = group.api.faults.metCount - metBefore;
    expect(await group.addresses()).toMatchObject(before);
    group.api.faults.clear();
    const cleared = monotonicMillis();
    await group.untilAllServed(recoversWithinMillis);
    const took = ((monotonicMillis() - cleared) / 1000).toFixed(1);
    console.info(`${name}: ${met} requests in ${millis / 1000} s, all served ${took} s after it`);
    const after = await group.addresses();
    expect(after).toMatchObject(before);
    expect(new Set(Object.values(after)).size).toBe(Object.keys(after).length);
    expect(met).toBeLessThanOrEqual((millis / 1000) * requests.perSecond + requests.atFirst);
    expect(operator.program.isRunning).toBe(true);
  });
});
