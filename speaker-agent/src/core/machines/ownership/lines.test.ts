import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type ElectionSnapshot, type OwnerPolicy } from "../../election/types.ts";
import { ip } from "../../wire/testing/ip.ts";
import { type MemberView } from "../membership/types.ts";
import { capabilityOf, Driven } from "./testing/drive.ts";
import { candidatesOf } from "./testing/snapshots.ts";

/*
 * Lines are kept up to date by what an input may have changed. Whatever the history, they have to be those that somebody
 * elects who knows nothing but how things are in the end.
 */

const names = ["a", "b", "c", "d", "e", "f"];
const addresses = ["192.0.2.10", "192.0.2.11", "2001:db8::10"];

const anyCandidates = fc
  .tuple(fc.subarray(names), fc.constantFrom(...names), fc.constantFrom(0, 10))
  .map(([nodes, preferred, preference]) => candidatesOf(nodes, { [preferred]: preference }));

const anySnapshot = fc
  .record({
    present: fc.subarray(addresses),
    lists: fc.array(anyCandidates, { minLength: 2, maxLength: 2 }),
    ready: fc.subarray(names, { minLength: 1 }),
    otherKey: fc.boolean(),
  })
  .map(({ present, lists, ready, otherKey }) => ({
    kind: "snapshot" as const,
    snapshot: {
      version: 1,
      nodeName: "a",
      addresses: present.map((address, index) => ({
        address: ip(address),
        electionKey: ip(otherKey ? "192.0.2.99" : address),
        candidates: lists[index % 2] ?? [],
        fresh: false,
        bindTo: undefined,
      })),
      probeOnly: [],
      readyNodes: ready,
    } satisfies ElectionSnapshot,
  }));

const anyMembers = fc
  .array(
    fc.constantFrom(
      "alive" as const,
      "suspect" as const,
      "dead" as const,
      "left" as const,
      "metallb" as const,
      "none" as const,
    ),
    {
      minLength: 5,
      maxLength: 5,
    },
  )
  .map((states) => ({ kind: "members" as const, states }));

const anyCapability = fc.record({
  kind: fc.constant("capability" as const),
  node: fc.constantFrom(...names.slice(1)),
  links: fc.constantFrom([], ["eth0"]),
});

const anyVerdict = fc.record({
  kind: fc.constantFrom("gone" as const, "back" as const),
  node: fc.constantFrom(...names),
});

/** Of one kind, what an arbitrary draws. */
type Drawn<A> = A extends fc.Arbitrary<infer Value> ? Value : never;

type Happening = Drawn<typeof anySnapshot | typeof anyMembers | typeof anyCapability | typeof anyVerdict>;

const anyHistory: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: anySnapshot }, { weight: 3, arbitrary: anyMembers }, anyCapability, {
    weight: 2,
    arbitrary: anyVerdict,
  }),
  { minLength: 1, maxLength: 15 },
);

class Told {
  readonly machine: Driven;
  #sequence = 0;

  constructor(policy: OwnerPolicy, membership: boolean) {
    this.machine = new Driven({ policy, membership });
    this.machine.take({ kind: "start" });
  }

  tell(happening: Happening): void {
    switch (happening.kind) {
      case "snapshot":
        this.machine.take(happening);
        return;
      case "members": {
        const states: Record<string, MemberView["state"] | "metallb"> = { a: "alive" };
        for (const [index, state] of happening.states.entries()) {
          if (state !== "none") states[names[index + 1] ?? ""] = state;
        }
        this.machine.members(states);
        return;
      }
      case "capability": {
        this.#sequence += 1;
        const { node, links } = happening;
        const capability = capabilityOf(...links);
        this.machine.hear({ kind: "capability", node, sequence: this.#sequence, capability });
        return;
      }
      case "gone":
        this.machine.gone(happening.node, "node-gone");
        return;
      case "back":
        this.machine.take({ kind: "back", node: happening.node });
    }
  }

  get lines(): readonly (readonly string[])[] {
    return this.machine.state.entries.map(({ line }) => line);
  }
}

test.each<[OwnerPolicy, boolean]>([
  ["sticky", true],
  ["hash", true],
  ["hash", false],
])("policy %s, membership %p: lines do not depend on history", (policy, membership) => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const told = new Told(policy, membership);
      for (const happening of history) told.tell(happening);
      // The same end, from nothing: all that is known of nodes first, and the addresses last.
      const fresh = new Told(policy, membership);
      for (const happening of history) if (happening.kind !== "snapshot") fresh.tell(happening);
      const last = history.findLast((each) => each.kind === "snapshot");
      if (last !== undefined) fresh.tell(last);
      expect(told.lines).toEqual(fresh.lines);
    }),
    { numRuns: 200 },
  );
});
