import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { Lab } from "../../topology/lab.ts";
import { poolObject } from "../../topology/objects.ts";

describeNetwork("a pool is deleted and made anew", () => {
  let lab: Lab;
  const pool = poolObject("lan", ["192.168.7.40-192.168.7.49", "fd07::40-fd07::49"]);
  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1 });
  });
  afterAll(() => lab.end());

  test("every Service gets its old address back, before those who came while it was away", async () => {
    await lab.apply(pool);
    await lab.startOperator();
    await lab.createService("gone");
    await lab.untilAddresses("gone", 1);
    for (const name of ["one", "two"]) {
      await lab.createService(name, "dual");
      await lab.untilAddresses(name, 2);
    }
    const held = { one: await lab.addresses("one"), two: await lab.addresses("two") };
    expect(held.two).toEqual(["192.168.7.42", "fd07::41"]);
    await lab.removeService("gone");

    await lab.remove(pool);
    for (const name of ["one", "two"]) await lab.untilAddresses(name, 0);
    await lab.createService("a-newcomer");
    await lab.untilCondition("a-newcomer", "steelyard.io/Allocated", "False");
    // The memory is on the Services, not in the operator.
    await lab.stopOperator();
    await lab.apply(pool);
    await lab.startOperator();

    for (const name of ["one", "two"]) await lab.untilAddresses(name, 2);
    expect({ one: await lab.addresses("one"), two: await lab.addresses("two") }).toEqual(held);
    expect(await lab.untilAddresses("a-newcomer", 1)).toEqual(["192.168.7.40"]);
    const { annotations } = (await lab.service("one")).metadata;
    expect(annotations).not.toHaveProperty("steelyard.io/remembered-addresses");
  });
});
