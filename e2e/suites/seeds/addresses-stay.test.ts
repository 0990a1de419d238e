import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { poolObject } from "../../topology/objects.ts";

describeNetwork("an address that a Service holds stays", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1 });
  });
  afterEach(async () => {
    await lab.stopOperator();
    await lab.removeServices();
  });
  afterAll(() => lab.end());

  test("the first of three is deleted and another is pending before a restart: nobody's address changes", async () => {
    await lab.apply(poolObject("lan", ["192.168.7.40-192.168.7.49"]));
    await lab.startOperator();
    for (const name of ["first", "second", "third"]) {
      await lab.createService(name);
      await lab.untilAddresses(name, 1);
    }
    const held = { second: await lab.addresses("second"), third: await lab.addresses("third") };
    await lab.stopOperator();

    await lab.removeService("first");
    await lab.createService("a-newcomer");
    await lab.startOperator();

    expect(await lab.untilAddresses("a-newcomer", 1)).toEqual(["192.168.7.40"]);
    expect({ second: await lab.addresses("second"), third: await lab.addresses("third") }).toEqual(held);
  });

  test("a pool that is too small says full, with numbers; a deletion serves the one that waited longest", async () => {
    await lab.apply(poolObject("lan", ["192.168.7.40-192.168.7.41"]));
    await lab.startOperator();
    for (const name of ["one", "two"]) {
      await lab.createService(name);
      await lab.untilAddresses(name, 1);
    }
    await lab.createService("waits-longest");
    const full = await lab.untilCondition("waits-longest", "steelyard.io/Allocated", "False");
    expect(full.message).toMatch(/lan.*full.*2 of 2/s);
    await lab.untilNextSecond();
    await lab.createService("a-latecomer");
    await lab.untilCondition("a-latecomer", "steelyard.io/Allocated", "False");

    await lab.removeService("one");
    expect(await lab.untilAddresses("waits-longest", 1)).toEqual(["192.168.7.40"]);
    expect(await lab.addresses("a-latecomer")).toEqual([]);
    expect(await lab.addresses("two")).toEqual(["192.168.7.41"]);
  });

  test("an operator that finds every Service satisfied writes nothing", async () => {
    await lab.apply(poolObject("lan", ["192.168.7.40-192.168.7.49", "fd07::40-fd07::49"]));
    await lab.startOperator();
    const names = ["a", "b", "c", "d", "e", "f"];
    for (const [index, name] of names.entries())
      await lab.createService(name, index % 2 === 0 ? "dual" : "IPv6");
    for (const [index, name] of names.entries()) await lab.untilAddresses(name, index % 2 === 0 ? 2 : 1);
    for (const name of names) await lab.untilCondition(name, "steelyard.io/Announced", "False");
    await untilCounted({ assignedIPv6: 6 });
    await lab.stopOperator();

    const mark = (await lab.writes()).length;
    const operator = await lab.startOperator();
    await lab.createService("newcomer");
    await lab.untilAddresses("newcomer", 1);
    await lab.untilCondition("newcomer", "steelyard.io/Announced", "False");
    await untilCounted({ assignedIPv4: 4 });
    // The newcomer was served, so everything before it in the queue has been looked at. All that was written is its own:
    // its status, the event about it, the counters of its pool, and the Lease of whoever leads.
    const written = (await lab.writes()).slice(mark).filter((write) => !write.resource.startsWith("leases"));
    expect(new Set(written.map((write) => write.resource))).toEqual(
      new Set(["events", "ipaddresspools.metallb.io", "services"]),
    );
    expect(written.filter((write) => write.resource === "services").map((write) => write.name)).toEqual([
      "newcomer",
    ]);
    expect(operator.isRunning).toBe(true);
  });

  /** Counters follow the addresses, once a second at most. */
  async function untilCounted(counters: Readonly<Record<string, number>>): Promise<void> {
    await eventually("the pool's counters", async () => {
      const status = (await lab.get(poolObject("lan", []))).status ?? {};
      return Object.entries(counters).every(([name, count]) => status[name] === count);
    });
  }
});
