import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { capabilityOf } from "./testing/drive.ts";
import { Outages } from "./testing/outage.ts";
import { snapshotOf } from "./testing/snapshots.ts";
import { GIVE_UP, World } from "./testing/world.ts";

const nodes = ["a", "b", "c", "d", "e"];
const addresses = Array.from({ length: 20 }, (_, index) => `192.0.2.${index + 10}`);

/** Five nodes that have been running for a while. */
function calm(options: { readonly loss?: number; readonly seed?: number } = {}) {
  const world = new World({ nodes, seed: options.seed ?? 1, loss: options.loss ?? 0 });
  world.publish(snapshotOf(addresses, nodes));
  for (const node of nodes) world.start(node);
  world.run(15_000);
  const outages = new Outages(world, addresses);
  world.moves.length = 0;
  return { world, outages };
}

function ownedBy(outages: Outages, node: string): readonly string[] {
  return addresses.filter((address) => outages.owners.get(address) === node);
}

describe.each([0, 0.3])("with %p of all messages lost", (loss) => {
  test("everything is owned by somebody, and by more than one node", () => {
    const { outages } = calm({ loss });
    expect(outages.longest("nobody")).toBe(0);
    expect(outages.longest("several")).toBe(0);
    expect(new Set(outages.owners.values()).size).toBeGreaterThan(3);
  });

  test.each<["crash" | "kill", number]>([
    ["crash", 350],
    ["kill", 150],
  ])("a %s costs less than %d ms, and moves the lost node's addresses only, each once", (how, limit) => {
    const { world, outages } = calm({ loss });
    const lost = ownedBy(outages, "a");
    world[how]("a");
    world.run(20_000);
    expect(outages.longest("nobody")).toBeLessThan(limit);
    expect(outages.longest("several")).toBe(0);
    expect(outages.changes.map(({ address }) => address).sort()).toEqual([...lost].sort());
    outages.reset();
    world.start("a");
    world.run(30_000);
    // Who comes back takes nothing back.
    expect(outages.changes).toEqual([]);
    expect([outages.longest("nobody"), outages.longest("several")]).toEqual([0, 0]);
  });

  test("a stall of a second moves nothing; one of five moves each address once, and has one owner after it", () => {
    const { world, outages } = calm({ loss });
    const lost = ownedBy(outages, "b");
    world.pause("b", 1000);
    world.run(5000);
    expect(outages.changes).toEqual([]);
    outages.reset();
    world.pause("b", 5000);
    world.run(30_000);
    expect(outages.longest("nobody")).toBeLessThan(2700);
    expect(outages.longest("several")).toBeLessThan(1500);
    expect(outages.changes.map(({ address }) => address).sort()).toEqual([...lost].sort());
  });

  test("SIGTERM: at every instant somebody answers, and it takes less than 1.3 s", () => {
    const { world, outages } = calm({ loss });
    const lost = ownedBy(outages, "c");
    const began = world.now;
    let ended = 0;
    world.drain("c", () => (ended = world.now));
    world.run(20_000);
    expect(ended - began).toBeLessThan(1300);
    expect(outages.longest("nobody")).toBe(0);
    expect(outages.changes.map(({ address }) => address).sort()).toEqual([...lost].sort());
  });
});

test("whenever and whatever node is lost: a short outage, its own addresses move, and it takes nothing back", () => {
  const anyLoss = fc.record({
    node: fc.constantFrom(...nodes),
    how: fc.constantFrom("crash" as const, "kill" as const),
    seed: fc.nat(10_000),
    after: fc.nat(3000),
    loss: fc.constantFrom(0, 0.2, 0.4),
  });
  fc.assert(
    fc.property(anyLoss, ({ node, how, seed, after, loss }) => {
      const { world, outages } = calm({ seed, loss });
      world.run(after);
      const lost = ownedBy(outages, node);
      world[how](node);
      world.run(10_000);
      expect(outages.longest("nobody")).toBeLessThan(how === "crash" ? 350 : 150);
      expect(outages.changes.map(({ address }) => address).sort()).toEqual([...lost].sort());
      outages.reset();
      world.start(node);
      world.run(15_000);
      expect(outages.changes).toEqual([]);
      expect([outages.longest("nobody"), outages.longest("several")]).toEqual([0, 0]);
    }),
    { numRuns: 20 },
  );
});

test("a lost interface: the next one takes over before anybody has to ask", () => {
  const { world, outages } = calm();
  for (const node of nodes) world.give(node, { kind: "capability", capability: capabilityOf("eth0") });
  world.run(2000);
  const lost = ownedBy(outages, "a");
  world.give("a", { kind: "capability", capability: { complete: true, links: [] } });
  world.run(5000);
  expect(outages.longest("nobody")).toBeLessThan(30);
  expect(outages.changes.map(({ address }) => address).sort()).toEqual([...lost].sort());
  outages.reset();
  world.give("a", { kind: "capability", capability: capabilityOf("eth0") });
  world.run(10_000);
  expect(outages.changes).toEqual([]);
});

test("a roll-out of all nodes: nobody is ever without an answer, and few addresses move more than once", () => {
  const { world, outages } = calm();
  for (const node of nodes) {
    world.drain(node);
    world.run(3000);
    world.start(node);
    world.run(3000);
  }
  expect(outages.longest("nobody")).toBe(0);
  const times = addresses.map((address) => outages.changes.filter((each) => each.address === address).length);
  expect(Math.max(...times)).toBeLessThanOrEqual(2);
  // Only what the first of all had to give to a node that had yet to be restarted.
  expect(times.filter((each) => each === 2).length).toBeLessThanOrEqual(ownedBy(outages, "a").length + 8);
});

test("a better preference: each address moves once, and somebody always answers", () => {
  const { world, outages } = calm();
  world.publish(snapshotOf(addresses, nodes, { version: 2, preferred: { d: 10 } }));
  world.run(20_000);
  expect(outages.longest("nobody")).toBe(0);
  expect(new Set(outages.owners.values())).toEqual(new Set(["d"]));
  expect(outages.changes.length).toBe(new Set(outages.changes.map(({ address }) => address)).size);
});

test("no candidate any more: each of its addresses moves once, and somebody always answers", () => {
  const { world, outages } = calm();
  const lost = ownedBy(outages, "a");
  world.publish(snapshotOf(addresses, nodes.slice(1), { version: 2 }));
  world.run(20_000);
  expect(outages.longest("nobody")).toBe(0);
  expect(outages.changes.map(({ address }) => address).sort()).toEqual([...lost].sort());
});

test("a holder that is cut off from the API server and must not hold an address is overruled", () => {
  const { world, outages } = calm();
  const lost = ownedBy(outages, "a");
  world.setApiLag("a", undefined);
  world.publish(snapshotOf(addresses, nodes.slice(1), { version: 2 }));
  world.run(9000);
  expect(outages.changes).toEqual([]);
  world.run(11_000);
  expect(outages.changes.map(({ address }) => address).sort()).toEqual([...lost].sort());
  expect(outages.longest("nobody")).toBe(0);
});

test("gossip is cut and the segment is not: no more than one move, and one owner", () => {
  const { world, outages } = calm();
  world.part("gossip", ["a", "b"]);
  world.run(GIVE_UP + 60_000);
  expect(outages.longest("nobody")).toBe(0);
  expect(outages.longest("several")).toBeLessThan(50);
  for (const address of addresses) {
    expect(outages.changes.filter((each) => each.address === address).length).toBeLessThanOrEqual(2);
  }
  outages.reset();
  world.heal("gossip");
  world.run(60_000);
  expect(outages.changes).toEqual([]);
  expect([outages.longest("nobody"), outages.longest("several")]).toEqual([0, 0]);
});
