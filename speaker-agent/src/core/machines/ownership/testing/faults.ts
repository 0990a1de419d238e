import fc from "fast-check";
import { snapshotOf } from "./snapshots.ts";
import { type Plane, type World } from "./world.ts";

/** Something that goes wrong, or is changed, at a time and for a while. */
export type Fault = { readonly at: number; readonly for: number } & (
  | { readonly kind: "crash" | "kill" | "pause" | "drain"; readonly node: string }
  | { readonly kind: "part"; readonly planes: readonly Plane[]; readonly side: readonly string[] }
  | { readonly kind: "api-cut"; readonly node: string }
  | { readonly kind: "clock"; readonly node: string; readonly by: number }
  | { readonly kind: "loss"; readonly rate: number }
  | { readonly kind: "candidates"; readonly without: string }
  | { readonly kind: "preferred"; readonly node: string }
);

/** All faults have ended by then. */
export const LAST_FAULT = 60_000;

export function anyFaults(nodes: readonly string[], most: number): fc.Arbitrary<readonly Fault[]> {
  const node = fc.constantFrom(...nodes);
  const planes = fc.constantFrom<readonly Plane[]>(["gossip"], ["segment"], ["gossip", "segment"]);
  const what = fc.oneof(
    fc.record({
      kind: fc.constantFrom("crash" as const, "kill" as const, "pause" as const, "drain" as const),
      node,
    }),
    fc.record({
      kind: fc.constant("part" as const),
      planes,
      side: fc.subarray([...nodes], { minLength: 1 }),
    }),
    fc.record({ kind: fc.constant("api-cut" as const), node }),
    fc.record({
      kind: fc.constant("clock" as const),
      node,
      by: fc.constantFrom(-3_600_000, -5000, 5000, 3_600_000),
    }),
    fc.record({ kind: fc.constant("loss" as const), rate: fc.constantFrom(0.2, 0.5) }),
    fc.record({ kind: fc.constant("candidates" as const), without: node }),
    fc.record({ kind: fc.constant("preferred" as const), node }),
  );
  const when = fc.record({
    at: fc.integer({ min: 0, max: 40_000 }),
    for: fc.oneof(fc.integer({ min: 50, max: 3000 }), fc.integer({ min: 3000, max: 20_000 })),
  });
  return fc.array(
    fc.tuple(what, when).map(([fault, time]): Fault => ({ ...fault, ...time })),
    { minLength: 1, maxLength: most },
  );
}

/** Plans faults from now on. Two that overlap on one thing end when the first of them does. */
export function plan(
  world: World,
  faults: readonly Fault[],
  { addresses, nodes }: { readonly addresses: readonly string[]; readonly nodes: readonly string[] },
): void {
  const begin = world.now;
  let version = 100;
  const publish = (candidates: readonly string[], preferred: Readonly<Record<string, number>>): void => {
    version += 1;
    world.publish(snapshotOf(addresses, candidates, { version, preferred, ready: nodes }));
  };
  for (const fault of faults) {
    const from = begin + fault.at;
    const until = from + fault.for;
    const during = (start: () => void, end: () => void): void => {
      world.agenda.at(from, start);
      world.agenda.at(until, end);
    };
    switch (fault.kind) {
      case "crash":
        during(
          () => {
            world.crash(fault.node);
          },
          () => {
            world.start(fault.node);
          },
        );
        break;
      case "kill":
        during(
          () => {
            world.kill(fault.node);
          },
          () => {
            world.start(fault.node);
          },
        );
        break;
      case "drain":
        during(
          () => {
            world.drain(fault.node);
          },
          () => {
            world.agenda.after(1500, () => {
              world.start(fault.node);
            });
          },
        );
        break;
      case "pause":
        world.agenda.at(from, () => {
          world.pause(fault.node, fault.for);
        });
        break;
      case "part":
        for (const plane of fault.planes) {
          during(
            () => {
              world.part(plane, fault.side);
            },
            () => {
              world.heal(plane);
            },
          );
        }
        break;
      case "api-cut":
        during(
          () => {
            world.setApiLag(fault.node, undefined);
          },
          () => {
            world.setApiLag(fault.node, 5);
          },
        );
        break;
      case "clock":
        world.agenda.at(from, () => {
          world.jumpClock(fault.node, fault.by);
        });
        break;
      case "loss":
        during(
          () => (world.loss = fault.rate),
          () => (world.loss = 0),
        );
        break;
      case "candidates":
        during(
          () => {
            publish(
              nodes.filter((node) => node !== fault.without),
              {},
            );
          },
          () => {
            publish(nodes, {});
          },
        );
        break;
      case "preferred":
        during(
          () => {
            publish(nodes, { [fault.node]: 10 });
          },
          () => {
            publish(nodes, {});
          },
        );
        break;
    }
  }
}
