import { describe, expect, test } from "@jest/globals";
import { exitCodeOf, type PlannedService, type PlanReport } from "./plan-report.ts";
import { printPlan } from "./print-plan.ts";

function service(name: string, rest: Partial<PlannedService>): PlannedService {
  return {
    service: `shop/${name}`,
    consequence: "keeps",
    before: ["192.0.2.1"],
    after: ["192.0.2.1"],
    poolBefore: "lan",
    poolAfter: "lan",
    changes: [],
    reason: "192.0.2.1 from pool lan",
    isPending: false,
    ...rest,
  };
}

const because = "no IPAddressPool gives it out any more";
const loses = service("a", {
  consequence: "loses",
  after: [],
  poolAfter: undefined,
  changes: [{ from: "192.0.2.1", to: undefined, cause: "in-no-pool", because }],
  reason: `${because}; pool lan is full`,
});
const moves = service("bcd", {
  consequence: "moves",
  before: ["192.0.2.2", "2001:db8::1"],
  after: ["2001:db8::1", "192.0.2.9"],
  changes: [{ from: "192.0.2.2", to: "192.0.2.9", cause: "in-no-pool", because }],
  reason: because,
});
const gains = service("e", {
  consequence: "gains",
  before: [],
  after: ["192.0.2.3"],
  poolBefore: undefined,
  reason: "192.0.2.3 from pool lan",
  isPending: true,
});
const rehomed = service("f", {
  poolAfter: "office",
  reason: "pool office contains it now, in place of pool lan",
});
const kept = "192.0.2.1 is kept: no pool in force contains it, but pool new is refused because of a fault";
const homeless = service("k", { poolAfter: undefined, reason: kept });
const waits = service("g", {
  consequence: "waits",
  before: [],
  after: [],
  poolBefore: undefined,
  poolAfter: undefined,
  reason: "pool lan is full",
});

const report: PlanReport = {
  version: 1,
  verdict: "refused",
  counts: { loses: 1, moves: 1, gains: 1, keeps: 3, waits: 1 },
  pools: [
    { name: "lan", change: "edited", before: ["192.0.2.0/28", "2001:db8::/126"], after: ["192.0.2.0/29"] },
  ],
  refused: [
    { name: "new", isGiven: true, faults: [{ path: "spec.addresses[0]", message: "overlaps" }], inForce: [] },
    {
      name: "old",
      isGiven: false,
      faults: [{ path: "spec.addresses[1]", message: "is no range" }],
      inForce: ["203.0.113.0/28"],
    },
  ],
  services: [loses, moves, gains, rehomed, service("h", {}), homeless, waits],
  interrupted: [{ service: "shop/h", addresses: ["192.0.2.1"], after: ["192.0.2.1"], pool: "lan" }],
  ignored: ["Namespace shop"],
  notes: ["is this the operator's namespace?", "nothing is interrupted in this order: office, then lan"],
};

describe("the printed plan", () => {
  test("has a table per kind of consequence, and the counts in the last line", () => {
    expect(printPlan(report, { wide: false })).toBe(`POOLS
  POOL  CHANGE  IN FORCE NOW                  IN FORCE AFTER
  lan   edited  192.0.2.0/28, 2001:db8::/126  192.0.2.0/29

IPAddressPool new would be refused; nothing of it is in force
  spec.addresses[0]: overlaps

IPAddressPool old is refused in the cluster already; its last good form stays in force: 203.0.113.0/28
  spec.addresses[1]: is no range

LOSE an address and get none in its place
  SERVICE  FROM       TO  KEEPS  WHY
  shop/a   192.0.2.1  -   -      no IPAddressPool gives it out any more; pool lan is full

MOVE to another address
  SERVICE   FROM       TO         KEEPS        WHY
  shop/bcd  192.0.2.2  192.0.2.9  2001:db8::1  no IPAddressPool gives it out any more

INTERRUPTED when the objects are written one by one, in this order
  SERVICE  LOSES      AFTER      WHY
  shop/h   192.0.2.1  192.0.2.1  the write of pool lan takes it away before the others follow

GAIN an address
  SERVICE  AFTER      POOL  WHY
  shop/e   192.0.2.3  lan   * 192.0.2.3 from pool lan

KEEP for now, in no pool in force
  SERVICE  AFTER      POOL  WHY
  shop/k   192.0.2.1  -     ${kept}

KEEP their addresses, from another pool
  SERVICE  AFTER      POOL    WHY
  shop/f   192.0.2.1  office  pool office contains it now, in place of pool lan

Note: is this the operator's namespace?
Note: nothing is interrupted in this order: office, then lan.
Note: 1 of these changes without the edit too (marked *): no operator has brought the cluster to rest.
Ignored, only IPAddressPools are played: Namespace shop.

lose 1, move 1, gain 1, keep 3, wait 1
`);
  });

  test("lists with wide those who keep what they have and those who wait as well", () => {
    expect(printPlan(report, { wide: true })).toContain(`KEEP for now, in no pool in force
  SERVICE  AFTER      POOL  WHY
  shop/k   192.0.2.1  -     ${kept}

KEEP their addresses
  SERVICE  AFTER      POOL    WHY
  shop/f   192.0.2.1  office  pool office contains it now, in place of pool lan
  shop/h   192.0.2.1  lan     192.0.2.1 from pool lan

WAIT for an address as before
  SERVICE  AFTER  POOL  WHY
  shop/g   -      -     pool lan is full
`);
  });

  test("of an edit that changes nothing is two lines", () => {
    const empty = {
      ...report,
      pools: [],
      refused: [],
      services: [],
      interrupted: [],
      ignored: [],
      notes: [],
    };
    const counts = { loses: 0, moves: 0, gains: 0, keeps: 3, waits: 0 };
    expect(printPlan({ ...empty, counts }, { wide: false })).toBe(`The edit changes no pool.

lose 0, move 0, gain 0, keep 3, wait 0
`);
  });
});

test.each([
  { verdict: "stays", code: 0 },
  { verdict: "changes", code: 1 },
  { verdict: "refused", code: 2 },
] as const)("verdict $verdict is exit code $code", ({ verdict, code }) => {
  expect(exitCodeOf({ verdict })).toBe(code);
});
