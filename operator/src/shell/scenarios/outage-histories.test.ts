import { expect, test } from "@jest/globals";
import { KubeError, type KubeRequest } from "@steelyard/client";
import fc from "fast-check";
import { ApiRig, type Fault, type RiggedOperator } from "../testing/api-rig.ts";

const isLease = ({ path }: KubeRequest): boolean => path.includes("/leases");
const isStatusWrite = ({ path }: KubeRequest): boolean => path.endsWith("/status");

const failures = {
  refused: new KubeError({ code: "connection", message: "ECONNREFUSED" }),
  internal: new KubeError({ code: "internal", message: "etcd has no leader", status: 500 }),
  forbidden: new KubeError({ code: "forbidden", message: "no such role", status: 403 }),
  gone: new KubeError({ code: "expired", message: "too old resource version", status: 410 }),
  conflict: new KubeError({ code: "conflict", message: "modified", status: 409 }),
} as const;

const victims = {
  everything: () => true,
  reads: (request) => request.method === "GET" && !isLease(request),
  statuses: isStatusWrite,
  lease: isLease,
} as const satisfies Record<string, (request: KubeRequest) => boolean>;

interface Spell {
  readonly failure: keyof typeof failures;
  readonly victim: keyof typeof victims;
  /** One request in so many meets the fault. */
  readonly oneIn: number;
  readonly seconds: number;
  readonly newServices: number;
  readonly breaksWatches: boolean;
}

const spell: fc.Arbitrary<Spell> = fc.record({
  failure: fc.constantFrom(...(Object.keys(failures) as (keyof typeof failures)[])),
  victim: fc.constantFrom(...(Object.keys(victims) as (keyof typeof victims)[])),
  oneIn: fc.integer({ min: 1, max: 3 }),
  seconds: fc.integer({ min: 1, max: 40 }),
  newServices: fc.integer({ min: 0, max: 5 }),
  breaksWatches: fc.boolean(),
});

function faultOf({ failure, victim, oneIn }: Spell): Fault {
  let requests = 0;
  return (request) => (victims[victim](request) && requests++ % oneIn === 0 ? failures[failure] : undefined);
}

function expectNothingMoved(rig: ApiRig, before: Readonly<Record<string, string>>): void {
  const now = rig.addresses();
  for (const [name, address] of Object.entries(before)) if (address !== "") expect(now[name]).toBe(address);
  const given = Object.values(now).filter((address) => address !== "");
  expect(new Set(given).size).toBe(given.length);
}

async function live(
  rig: ApiRig,
  operators: readonly RiggedOperator[],
  spells: readonly Spell[],
): Promise<void> {
  for (const [index, one] of spells.entries()) {
    const before = rig.addresses();
    for (const operator of operators) operator.fault = faultOf(one);
    if (one.breaksWatches) rig.api.breakWatches();
    rig.putServices(`s${index}-`, one.newServices);
    await rig.pass(one.seconds * 1000);
    expectNothingMoved(rig, before);
  }
}

test("after any history of outages two operators have served everybody within five seconds, and are at rest", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(spell, { minLength: 1, maxLength: 5 }), async (spells) => {
      const rig = new ApiRig();
      rig.putPool("edge", ["192.0.2.0/24"]);
      const operators = [await rig.startOperator("first"), await rig.startOperator("second")];
      await live(rig, operators, spells);
      const before = rig.addresses();
      for (const operator of operators) operator.fault = () => undefined;
      const hasLeader = operators.some(({ leadership }) => leadership.isLeader());
      // Where nobody leads any more, the Lease of the last one may have to run out first.
      await rig.pass(hasLeader ? 5_000 : 20_000);
      expect(rig.waiting).toBe(0);
      expectNothingMoved(rig, before);
      await rig.pass(20_000);
      rig.takeRequests();
      await rig.pass(20_000);
      expect(rig.takeRequests().filter(({ text }) => /status$/.test(text))).toEqual([]);
      const stopped = operators.map((operator) => operator.stop());
      await rig.pass(1_000);
      await Promise.all(stopped);
      expect(rig.clock.pendingTimers).toBe(0);
    }),
    { numRuns: 25 },
  );
}, 60_000);
