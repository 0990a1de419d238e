import { describe, expect, test } from "@jest/globals";
import { serviceOf } from "../../core/testing/services.ts";
import { OperatorRig } from "../testing/operator-rig.ts";
import { turn } from "../testing/turn.ts";

const edge = "metallb-system/edge";
const noughts = { assignedIPv4: 0, assignedIPv6: 0, availableIPv4: 0, availableIPv6: 0 };

function countersOf(rig: OperatorRig) {
  const { status } = rig.cluster.pools.get(edge) ?? {};
  const { assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 } = status ?? {};
  return { assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 };
}

/** The pool with other addresses and what it has in its status, as an edit leaves it. */
function edit(rig: OperatorRig, addresses: readonly string[]): void {
  const pool = rig.cluster.pools.get(edge);
  if (pool === undefined) throw new Error("there is no such pool");
  rig.cluster.pools.put({ ...pool, spec: { ...pool.spec, addresses } });
}

/** What somebody does who thinks he knows the number better. */
function scribble(rig: OperatorRig): void {
  const pool = rig.cluster.pools.get(edge);
  if (pool?.status === undefined) throw new Error("the pool has no status");
  rig.cluster.pools.put({ ...pool, status: { ...pool.status, assignedIPv4: 99 } });
}

describe("the counters of a pool", () => {
  test("are written once a second while addresses change all the time, and are right in the end", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/24"]);
    await rig.start();
    rig.takeWrites();
    for (let index = 0; index < 50; index++) {
      rig.cluster.services.put(serviceOf(`shop/w${index}`));
      await turn();
      rig.clock.advance(100);
    }
    const during = rig.takeWrites().filter((write) => write.startsWith("IPAddressPool"));
    expect(during.length).toBeGreaterThanOrEqual(4);
    expect(during.length).toBeLessThanOrEqual(6);
    await rig.settle();
    expect(countersOf(rig)).toMatchObject({ assignedIPv4: 50, availableIPv4: 206 });
    await rig.stop();
  });

  test("follow a minute of changes to the end, but not a fight about the same numbers", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/24"]);
    await rig.start();
    for (let index = 0; index < 60; index++) {
      rig.cluster.services.put(serviceOf(`shop/w${index}`));
      await turn();
      rig.clock.advance(1000);
    }
    await rig.settle();
    expect(countersOf(rig)).toMatchObject({ assignedIPv4: 60, availableIPv4: 196 });
    rig.takeWrites();
    for (let second = 0; second < 120; second++) {
      scribble(rig);
      await turn();
      rig.clock.advance(1000);
      await turn();
    }
    const { length } = rig.takeWrites();
    expect(length).toBeLessThanOrEqual(20 + 12);
    expect(length).toBeGreaterThanOrEqual(20 + 10);
    await rig.stop();
  });

  test("stay as they were while the pool is refused, also after a restart", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.start();
    const before = countersOf(rig);
    expect(before).toMatchObject({ assignedIPv4: 1, availableIPv4: 3 });
    edit(rig, ["not an address"]);
    await rig.restart();
    expect(countersOf(rig)).toEqual(before);
    expect(rig.metrics.pools.size).toBe(0);
    await rig.stop();
  });

  test("are noughts for a pool that was refused from the first, before and after the start", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["not an address"]);
    await rig.start();
    expect(countersOf(rig)).toEqual(noughts);
    rig.cluster.pools.remove(edge);
    await rig.settle();
    rig.pool("edge", ["not an address either"]);
    await rig.settle();
    expect(countersOf(rig)).toEqual(noughts);
    await rig.stop();
  });

  test("are repaired when somebody edits them, without reading the object again", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    await rig.start();
    rig.takeWrites();
    scribble(rig);
    await rig.settle();
    expect(rig.takeWrites()).toEqual([`IPAddressPool ${edge}`]);
    expect(countersOf(rig)?.assignedIPv4).toBe(0);
    await rig.stop();
  });
});
