import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { l2StatusOf, serviceOf } from "../../core/testing/services.ts";
import { OperatorRig } from "../testing/operator-rig.ts";

const names = ["a", "b"] as const;
const pool = ["192.0.2.1", "192.0.2.2", "192.0.2.3"] as const;
const nodes = ["node-1", "node-2"] as const;

type Step =
  | { readonly do: "create" | "delete" | "announce" | "withdraw"; readonly name: (typeof names)[number] }
  | {
      readonly do: "hold" | "release";
      readonly node: (typeof nodes)[number];
      readonly address: (typeof pool)[number];
    }
  | { readonly do: "restart" };

const name = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("create", "create", "create", "delete"), name }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom("announce", "announce", "withdraw"), name }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("hold", "release"),
      node: fc.constantFrom(...nodes),
      address: fc.constantFrom(...pool),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart") }) },
);

/** Agents that see foreign hosts come and go, and an operator; nothing is late. */
class Segment {
  readonly rig = new OperatorRig();
  readonly #held = new Map(nodes.map((node) => [node, new Set<string>()]));
  readonly broken: string[] = [];
  moves = 0;
  reasons = 0;

  async begin(): Promise<void> {
    this.rig.pool("edge", [`${pool[0]}-${pool[2]}`]);
    this.rig.advertisement("lan");
    this.rig.cluster.onCarriedOut = ({ before, after }) => this.#judge(before.metadata.name, before, after);
    await this.rig.start();
  }

  async take(step: Step): Promise<void> {
    const { cluster } = this.rig;
    switch (step.do) {
      case "create":
        if (cluster.services.get(`shop/${step.name}`) === undefined)
          cluster.services.put(serviceOf(`shop/${step.name}`));
        break;
      case "delete":
        cluster.services.remove(`shop/${step.name}`);
        cluster.l2Statuses.remove(`metallb-system/l2-${step.name}-node-1`);
        break;
      case "announce": {
        const [address] = this.rig.addressesOf(`shop/${step.name}`);
        // No agent announces what it finds held.
        if (address !== undefined && !this.isHeld(address))
          cluster.l2Statuses.put(l2StatusOf(`shop/${step.name}`, "node-1"));
        break;
      }
      case "withdraw":
        cluster.l2Statuses.remove(`metallb-system/l2-${step.name}-node-1`);
        this.reasons += 1;
        break;
      case "hold":
        this.reasons += 1;
        this.#held.get(step.node)?.add(step.address);
        this.#report(step.node);
        break;
      case "release":
        this.#held.get(step.node)?.delete(step.address);
        this.#report(step.node);
        break;
      case "restart":
        return this.rig.restart();
    }
    await this.rig.settle();
  }

  isHeld(address: string): boolean {
    return [...this.#held.values()].some((held) => held.has(address));
  }

  isAnnounced(name: string): boolean {
    return this.rig.cluster.l2Statuses.get(`metallb-system/l2-${name}-node-1`) !== undefined;
  }

  #report(node: string): void {
    const held = [...(this.#held.get(node as (typeof nodes)[number]) ?? [])];
    const report = {
      held: Object.fromEntries(held.map((address) => [address, { mac: "aa:bb:cc:dd:ee:01" }])),
    };
    this.rig.cluster.configurationStates.put({
      apiVersion: "metallb.io/v1beta1",
      kind: "ConfigurationState",
      metadata: {
        namespace: "metallb-system",
        name: `speaker-${node}`,
        annotations: { "steelyard.io/segment": JSON.stringify(report) },
      },
    });
  }

  #judge(name: string, before: object, after: object): void {
    const [from, to] = [before, after].map(addressIn);
    if (from !== undefined && from !== to) {
      this.moves += 1;
      if (to === undefined) this.broken.push(`${name} lost ${from} for nothing`);
      if (!this.isHeld(from)) this.broken.push(`${name} left ${from}, which is free`);
      if (this.isAnnounced(name)) this.broken.push(`${name} left ${from}, which works`);
    }
    if (to !== undefined && from !== to && this.isHeld(to)) this.broken.push(`${name} was given ${to}`);
  }
}

function addressIn(object: object): string | undefined {
  const { status } = object as { status?: { loadBalancer?: { ingress?: readonly { ip?: string }[] } } };
  return status?.loadBalancer?.ingress?.[0]?.ip;
}

test("what works never moves, what cannot work moves once and for something, and nobody is moved back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25, size: "max" }), async (steps) => {
      const segment = new Segment();
      await segment.begin();
      for (const one of steps) await segment.take(one);
      const { rig } = segment;
      rig.takeWrites();
      await rig.restart();
      expect(rig.takeWrites()).toEqual([]);
      expect(segment.broken).toEqual([]);
      // Each report can cost each Service one move, and each withdrawal one.
      expect(segment.moves).toBeLessThanOrEqual(segment.reasons * names.length);
      const services = rig.cluster.services.list().map(({ metadata }) => metadata.name);
      const taken = services.flatMap((one) => rig.addressesOf(`shop/${one}`));
      expect(new Set(taken).size).toBe(taken.length);
      const free = pool.filter((address) => !taken.includes(address) && !segment.isHeld(address));
      for (const one of services) {
        const [address] = rig.addressesOf(`shop/${one}`);
        const isStuck = address === undefined || (segment.isHeld(address) && !segment.isAnnounced(one));
        if (isStuck) expect([one, free]).toEqual([one, []]);
      }
      await rig.stop();
    }),
    { numRuns: 40 },
  );
}, 60_000);
