import { expect, test } from "@jest/globals";
import { type ServiceResource } from "@steelyard/model/resources";
import fc from "fast-check";
import { decideAnnouncements } from "./decide-announcements.ts";
import { advertisement, config, node, pool, service, slice } from "./testing/cluster.ts";
import { sha256 } from "./testing/sha256.ts";
import {
  type AnnouncingOptions,
  type ClusterSnapshot,
  type DesiredState,
  type Predecessor,
} from "./types.ts";

const options: AnnouncingOptions = { nodeName: "node-a", lbClasses: [], ignoreExcludeLb: false };
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

/** A decision, and how many hashes it took. */
function decide(cluster: ClusterSnapshot, previous?: Predecessor) {
  let hashes = 0;
  const counted = (text: string): Uint8Array => {
    hashes += 1;
    return sha256(text);
  };
  return {
    desired: decideAnnouncements(cluster, options, { sha256: counted }, previous),
    hashes: () => hashes,
  };
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
    3,
  ],
  [
    "one slice changed",
    (cluster) => ({
      ...cluster,
      endpointSlices: replaceAt(cluster.endpointSlices, 3, slice("s3", "node-a")),
    }),
    3,
  ],
  ["one slice went", (cluster) => ({ ...cluster, endpointSlices: cluster.endpointSlices.slice(1) }), 0],
  ["a node changed", (cluster) => ({ ...cluster, nodes: [...cluster.nodes] }), 30],
  ["the configuration changed", (cluster) => ({ ...cluster, config: { ...cluster.config } }), 30],
])("elections held again: %s", (_name, change, expected) => {
  const before = decide(start).desired;
  expect(decide(change(start), before).hashes()).toBe(expected);
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

test("with earlier elections or without, over any history the decision is the same", () => {
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 20 }), (changes) => {
      let cluster = start;
      let previous: DesiredState | undefined;
      for (const change of changes) {
        cluster = apply(cluster, change);
        const remembered = previous?.remembered ?? new Map();
        previous = decide(cluster, previous).desired;
        expect(previous).toEqual(decide(cluster, { remembered }).desired);
      }
    }),
    { numRuns: 30 },
  );
});
