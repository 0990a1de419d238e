import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { Lab } from "../../topology/lab.ts";
import { poolObject } from "../../topology/objects.ts";

// Pools that had a priority and selected nothing were never used: "no available IPs" with free pools (users.md, 2.2).
describeNetwork("pools that have nothing but a priority", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1 });
    await lab.apply(
      poolObject("a-none", ["192.168.7.40/32"]),
      poolObject("b-late", ["192.168.7.41/32"], { serviceAllocation: { priority: 20 } }),
      poolObject("c-early", ["192.168.7.42/32"], { serviceAllocation: { priority: 10 } }),
    );
    await lab.startOperator();
  });
  afterAll(() => lab.end());

  test("serve in that order, the one without a priority last, and then all are full", async () => {
    for (const [name, address] of [
      ["first", "192.168.7.42"],
      ["second", "192.168.7.41"],
      ["third", "192.168.7.40"],
    ] as const) {
      await lab.createService(name);
      expect(await lab.untilAddresses(name, 1)).toEqual([address]);
    }
    await lab.createService("fourth");
    const full = await lab.untilCondition("fourth", "steelyard.io/Allocated", "False");
    expect(full.reason).toBe("PoolsFull");
    for (const pool of ["a-none", "b-late", "c-early"]) expect(full.message).toContain(pool);
  });
});
