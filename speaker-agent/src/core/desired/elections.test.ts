import { expect, test } from "@jest/globals";
import { type ServiceResource } from "@steelyard/model/resources";
import fc from "fast-check";
import { decideAnnouncements } from "./decide-announcements.ts";
import { advertisement, announcingOptions, config, node, pool, service, slice } from "./testing/cluster.ts";
import { type ClusterSnapshot, type DesiredState, type Predecessor } from "./types.ts";

const everything = config(pool("main", ["10.0.0.0/24"], [advertisement()]));

function webs(count: number): readonly ServiceResource[] {
  return Array.from({ length: count }, (_unused, index) =>
    service(`s${index}`, { ips: [`10.0.0.${index}`] }),
  );
}

const start: ClusterSnapshot = {
  config: everything,
  services: webs(10),
  endpointSlices: webs(10).map(({ metadata }) => slice(metadata.name, "node-b")),
  nodes: ["node-a", "node-b", "node-c"].map((name) => node(name)),
};

function decide(cluster: ClusterSnapshot, previous?: Predecessor): DesiredState {
  return decideAnnouncements(cluster, announcingOptions, previous);
}

/** How many elections were held anew. */
function heldAgain(before: DesiredState, after: DesiredState): number {
  return [...after.elections.byService].filter(([key, one]) => before.elections.byService.get(key) !== one)
    .length;
}

const replaceAt = <T>(list: readonly T[], index: number, item: T): readonly T[] =>
  list.toSpliced(index, 1, item);

test.each<[string, (cluster: ClusterSnapshot) => ClusterSnapshot, number]>([
  ["nothing changed", (cluster) => ({ ...cluster, services: [...cluster.services] }), 0],
  [
    "one Service changed",
    (cluster) => ({
      ...cluster,
      services: replaceAt(cluster.services, 3, service("s3", { ips: ["10.0.0.33"] })),
    }),
    1,
  ],
  [
    "one slice changed",
    (cluster) => ({
      ...cluster,
      endpointSlices: replaceAt(cluster.endpointSlices, 3, slice("s3", "node-a")),
    }),
    1,
  ],
  ["one slice went", (cluster) => ({ ...cluster, endpointSlices: cluster.endpointSlices.slice(1) }), 1],
  ["a node changed", (cluster) => ({ ...cluster, nodes: [...cluster.nodes] }), 10],
  ["the configuration changed", (cluster) => ({ ...cluster, config: { ...cluster.config } }), 10],
])("elections held again: %s", (_name, change, expected) => {
  const before = decide(start);
  expect(heldAgain(before, decide(change(start), before))).toBe(expected);
});

test("equal candidates are one list, over Services and over decisions", () => {
  const before = decide(start);
  const after = decide({ ...start, config: { ...everything }, nodes: [...start.nodes] }, before);
  const lists = [before, after].flatMap(({ addresses }) => addresses.map(({ candidates }) => candidates));
  expect(lists).toHaveLength(20);
  expect(new Set(lists).size).toBe(1);
});

test("with Local, Services with endpoints on the same nodes share a list", () => {
  const services = start.services.map((one) => ({
    ...one,
    spec: { ...one.spec, externalTrafficPolicy: "Local" },
  }));
  const endpointSlices = services.map(({ metadata }, index) =>
    slice(metadata.name, ...(index % 2 === 0 ? ["node-a", "node-b"] : ["node-c"])),
  );
  const { addresses } = decide({ ...start, services, endpointSlices });
  expect(new Set(addresses.map(({ candidates }) => candidates)).size).toBe(2);
});

const anyChange = fc.oneof(
  fc.record({ kind: fc.constant("service" as const), at: fc.nat(9), last: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant("slice" as const), at: fc.nat(9), on: fc.constantFrom("node-a", "node-b") }),
  fc.record({ kind: fc.constant("node" as const), at: fc.nat(2), ready: fc.constantFrom("True", "False") }),
);

type Change = typeof anyChange extends fc.Arbitrary<infer C> ? C : never;

function apply(cluster: ClusterSnapshot, change: Change): ClusterSnapshot {
  switch (change.kind) {
    case "service": {
      const changed = service(`s${change.at}`, { ips: [`10.0.0.${change.last}`] });
      return { ...cluster, services: replaceAt(cluster.services, change.at, changed) };
    }
    case "slice":
      return {
        ...cluster,
        endpointSlices: replaceAt(cluster.endpointSlices, change.at, slice(`s${change.at}`, change.on)),
      };
    case "node": {
      const name = cluster.nodes[change.at]?.metadata.name ?? "";
      return { ...cluster, nodes: replaceAt(cluster.nodes, change.at, node(name, { ready: change.ready })) };
    }
  }
}

/** All of a decision but what makes the next one cheap. */
function outcome({ addresses, readyNodes, settled, verdicts, remembered }: DesiredState) {
  return { addresses, readyNodes, settled, verdicts, remembered };
}

test("with earlier elections or without, over any history the decision is the same", () => {
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 20 }), (changes) => {
      let cluster = start;
      let previous: DesiredState | undefined;
      for (const change of changes) {
        cluster = apply(cluster, change);
        const remembered = previous?.remembered ?? new Map();
        previous = decide(cluster, previous);
        const anew = decide(cluster, { remembered });
        expect(outcome(previous)).toEqual(outcome(anew));
      }
    }),
    { numRuns: 30 },
  );
});
