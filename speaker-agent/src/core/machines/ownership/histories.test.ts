import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { anyFaults, type Fault, LAST_FAULT, plan } from "./testing/faults.ts";
import { Outages } from "./testing/outage.ts";
import { snapshotOf } from "./testing/snapshots.ts";
import { World } from "./testing/world.ts";

const nodes = ["a", "b", "c", "d", "e"];
const addresses = ["192.0.2.10", "192.0.2.11", "192.0.2.12", "2001:db8::10"];

/** A cluster that has been running for a while, and what then happens to it. */
function played(faults: readonly Fault[], seed: number, policy: "sticky" | "hash" = "sticky") {
  const world = new World({ nodes, seed, policy });
  world.publish(snapshotOf(addresses, nodes));
  for (const node of nodes) world.start(node);
  world.run(10_000);
  const outages = new Outages(world, addresses);
  plan(world, faults, { addresses, nodes });
  world.run(LAST_FAULT);
  for (const node of nodes) world.start(node);
  return { world, outages };
}

/** Membership has to find everybody again, and every owner to have announced once. */
const RECOVERY = 8000;

describe("after the last of any faults", () => {
  test.each(["sticky", "hash"] as const)("%s: every address has one owner, and nothing moves", (policy) => {
    fc.assert(
      fc.property(anyFaults(nodes, 8), fc.nat(1000), (faults, seed) => {
        const { world, outages } = played(faults, seed, policy);
        world.run(RECOVERY);
        outages.reset();
        const movesBefore = world.moves.length;
        world.run(60_000);
        expect(outages.changes).toEqual([]);
        expect([outages.longest("nobody"), outages.longest("several")]).toEqual([0, 0]);
        expect(world.moves.slice(movesBefore)).toEqual([]);
        // All that are believed in name the same owner.
        for (const address of addresses) {
          const believed = new Set(nodes.map((node) => world.node(node).reported.get(address)));
          expect([...believed]).toEqual(world.answering(address));
        }
      }),
      { numRuns: 40, interruptAfterTimeLimit: 30_000 },
    );
  });
});
