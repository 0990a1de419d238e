import { describe, expect, test } from "@jest/globals";
import { type JsonObject } from "@steelyard/model/foundation";
import { type IpAddressPoolResource, type ServiceResource } from "@steelyard/model/resources";
import fc from "fast-check";
import { type GivenPool, type PlanReport } from "../../core/plan/index.ts";
import { dualStack, serviceOf } from "../../core/testing/services.ts";
import { OperatorRig } from "../testing/operator-rig.ts";
import { planEdit } from "./plan-edit.ts";

const namespace = "metallb-system";
/** When the rig creates every pool: of two that are new, names decide. */
const timestamp = "2026-11-22T07:00:00Z";

interface PoolSketch {
  readonly addresses: readonly string[];
  readonly spec: Partial<IpAddressPoolResource["spec"]>;
}

type Pools = Readonly<Record<string, PoolSketch>>;

/** Small pools of neighbouring ranges: edits shrink, split, swap and overlap them. */
const range = fc
  .tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 0, max: 5 }))
  .map(([first, length]) => `192.0.2.${first}-192.0.2.${first + length}`);
const range6 = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 2 }))
  .map(([first, length]) => `2001:db8::${first}-2001:db8::${first + length}`);

const pool: fc.Arbitrary<PoolSketch> = fc.record({
  addresses: fc
    .tuple(range, fc.option(range6, { nil: undefined }))
    .map(([four, six]) => (six === undefined ? [four] : [four, six])),
  spec: fc.record(
    {
      autoAssign: fc.boolean(),
      avoidBuggyIPs: fc.boolean(),
      serviceAllocation: fc.record({
        priority: fc.integer({ min: 0, max: 3 }),
        namespaces: fc.constantFrom(["shop"], ["office"], ["shop", "office"]),
      }),
    },
    { requiredKeys: [] },
  ),
});

const pools = fc.dictionary(fc.constantFrom("a", "b", "c"), pool, { maxKeys: 3, noNullPrototype: true });

interface ServiceSketch {
  readonly namespace: "shop" | "office";
  readonly isDual: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

const service: fc.Arbitrary<ServiceSketch> = fc.record({
  namespace: fc.constantFrom("shop", "office"),
  isDual: fc.boolean(),
  annotations: fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("a", "b", "c").map((name) => ({ "metallb.io/address-pool": name })),
    },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 0, max: 12 })
        .map((last) => ({ "metallb.io/loadBalancerIPs": `192.0.2.${last}` })),
    },
    {
      weight: 1,
      arbitrary: fc.constant({ "metallb.io/allow-shared-ip": "together" }),
    },
  ),
});

const scene = fc.record({
  // No more than the operator has workers: beyond, which of two is decided first is a matter of how fast writes are.
  services: fc.array(service, { minLength: 1, maxLength: 7 }),
  before: pools,
  // What was there before the pools are as they are, so that Services remember, or show what no pool gives.
  earlier: pools,
  after: pools,
});

function keyOf(sketch: ServiceSketch, index: number): string {
  return `${sketch.namespace}/s${index}`;
}

function put(rig: OperatorRig, wanted: Pools): void {
  for (const { metadata } of rig.cluster.pools.list())
    if (wanted[metadata.name] === undefined) rig.cluster.pools.remove(`${namespace}/${metadata.name}`);
  for (const [name, { addresses, spec }] of Object.entries(wanted)) rig.pool(name, addresses, spec);
}

function given(wanted: Pools): readonly GivenPool[] {
  return Object.entries(wanted).map(([name, { addresses, spec }]) => ({
    name,
    object: {
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata: { name, namespace },
      // Everything that could be left over from before is said, as nothing was applied by kubectl.
      spec: { autoAssign: true, avoidBuggyIPs: false, serviceAllocation: null, ...spec, addresses },
    },
  }));
}

function plan(rig: OperatorRig, wanted: Pools): PlanReport {
  const lists = {
    services: rig.cluster.services.list(),
    namespaces: rig.cluster.namespaces.list(),
    pools: rig.cluster.pools.list() as unknown as readonly JsonObject[],
  };
  const edit = { pools: given(wanted), ignored: [], faults: [], notes: [] };
  const request = { edit, deletions: [], prune: true, timestamp };
  const report = planEdit(lists, request, { lbClasses: [], configNamespace: namespace });
  if (!report.ok) throw new Error(report.error);
  return report.value;
}

function shown({ metadata, status }: ServiceResource): readonly [string, readonly (string | undefined)[]] {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
  return [`${metadata.namespace ?? ""}/${metadata.name}`, addresses];
}

function addressesIn(rig: OperatorRig): Readonly<Record<string, readonly (string | undefined)[]>> {
  return Object.fromEntries(rig.cluster.services.list().map(shown));
}

describe("for any cluster and any edit", () => {
  test("the plan is what the operator then does", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(scene, async ({ services, earlier, before, after }) => {
        const rig = new OperatorRig();
        put(rig, earlier);
        for (const [index, sketch] of services.entries()) {
          const { annotations, isDual } = sketch;
          // The youngest first: neither names nor the order of the cache are the order of age.
          const createdAt = `2026-11-22T07:0${9 - index}:00Z`;
          const spec = { ...(isDual && dualStack), ports: [{ port: 80 + index, protocol: "TCP" }] };
          rig.cluster.services.put(serviceOf(keyOf(sketch, index), { annotations, spec, createdAt }));
        }
        await rig.start();
        put(rig, before);
        await rig.settle();
        // A restart, so that no earlier form of a pool is remembered: nobody outside can know of one.
        await rig.restart();
        const found = addressesIn(rig);
        const report = plan(rig, after);
        expect(Object.fromEntries(report.services.map(({ service, before: has }) => [service, has]))).toEqual(
          found,
        );
        put(rig, after);
        await rig.settle();
        await rig.stop();
        expect(
          Object.fromEntries(report.services.map(({ service, after: gets }) => [service, gets])),
        ).toEqual(addressesIn(rig));
        expect(report.services.filter(({ isPending }) => isPending)).toEqual([]);
        for (const { consequence } of report.services) seen.add(consequence);
      }),
      { numRuns: 100 },
    );
    expect([...seen].sort()).toEqual(["gains", "keeps", "loses", "moves", "waits"]);
  }, 120_000);
});
