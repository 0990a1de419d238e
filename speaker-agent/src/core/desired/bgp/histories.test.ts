import { expect, test } from "@jest/globals";
import { compareIpPrefixes } from "@steelyard/model/address";
import { EXCLUDE_NODE_LABEL } from "@steelyard/model/resources";
import fc from "fast-check";
import {
  announcingOptions,
  bgpAdvertisement,
  bgpConfig,
  bgpPeer,
  node,
  service,
  slice,
} from "../testing/cluster.ts";
import { type ClusterSnapshot } from "../types.ts";
import { decideBgp } from "./decide-bgp.ts";
import { type DesiredBgp } from "./types.ts";

const gold = { matchLabels: { tier: "gold" } };

const advertisements = [
  bgpAdvertisement("a", { localPref: 100 }),
  bgpAdvertisement("b", { aggregationLength: 30, communities: [{ size: "standard", global: 1, local: 2 }] }),
  bgpAdvertisement("c", { serviceSelectors: [gold], localPref: 200 }),
  bgpAdvertisement("d", { peers: ["one"], asPathPrepend: 2 }),
  bgpAdvertisement("e", { serviceSelectors: [gold], peers: ["two", "three"] }),
];
const peers = ["one", "three", "two"].map((name) => bgpPeer(name));

const anyService = fc.record({
  name: fc.constantFrom("a", "b", "c", "d", "e"),
  ip: fc.integer({ min: 1, max: 12 }),
  isGold: fc.boolean(),
  isLocal: fc.boolean(),
});

const anyEvent = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("service" as const), service: anyService }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("gone" as const),
      name: fc.constantFrom("a", "b", "c", "d", "e"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("slice" as const),
      name: fc.constantFrom("a", "b", "c", "d", "e"),
      on: fc.constantFrom("node-a", "node-b", undefined),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("node" as const), isExcluded: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("config" as const),
      ads: fc.subarray(advertisements),
      peers: fc.subarray(peers),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "again" as const }) },
);

type Event = typeof anyEvent extends fc.Arbitrary<infer E> ? E : never;

const start: ClusterSnapshot = {
  config: bgpConfig(["10.0.0.0/24"], advertisements.slice(0, 2), peers),
  services: [],
  endpointSlices: [],
  nodes: [node("node-a"), node("node-b")],
};

function apply(cluster: ClusterSnapshot, event: Event): ClusterSnapshot {
  switch (event.kind) {
    case "service": {
      const { name, ip, isGold, isLocal } = event.service;
      const changed = service(name, {
        ips: [`10.0.0.${ip}`],
        spec: { externalTrafficPolicy: isLocal ? "Local" : "Cluster" },
        metadata: { labels: isGold ? { tier: "gold" } : {} },
      });
      return { ...cluster, services: [...others(cluster, name), changed] };
    }
    case "gone":
      return { ...cluster, services: others(cluster, event.name) };
    case "slice": {
      const { name, on } = event;
      const left = cluster.endpointSlices.filter(({ metadata }) => metadata.name !== `${name}-1`);
      return { ...cluster, endpointSlices: on === undefined ? left : [...left, slice(name, on)] };
    }
    case "node": {
      const labels = event.isExcluded ? { [EXCLUDE_NODE_LABEL]: "" } : {};
      return { ...cluster, nodes: [node("node-a", { labels }), node("node-b")] };
    }
    case "config":
      return { ...cluster, config: bgpConfig(["10.0.0.0/24"], event.ads, event.peers) };
    case "again":
      return cluster;
  }
}

function others({ services }: ClusterSnapshot, name: string) {
  return services.filter(({ metadata }) => metadata.name !== name);
}

/** All of a decision but what makes the next one cheap. */
function outcome({ peers: own, routes, verdicts }: DesiredBgp) {
  return { peers: own, routes, verdicts };
}

test("with an earlier decision or without, over any history the outcome is the same", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      let cluster = start;
      let previous: DesiredBgp | undefined;
      for (const event of events) {
        cluster = apply(cluster, event);
        const decided = decideBgp(cluster, announcingOptions, previous);
        expect(outcome(decided)).toEqual(outcome(decideBgp(cluster, announcingOptions)));
        expectOnlyNews(decided, previous);
        previous = decided;
      }
    }),
    { numRuns: 200 },
  );
});

/** Equal tables are the same table, between routers and between decisions; and each is sorted. */
function expectOnlyNews({ routes }: DesiredBgp, previous: DesiredBgp | undefined): void {
  for (const [name, table] of routes) {
    const before = previous?.routes.get(name);
    if (before !== undefined && JSON.stringify(before, plain) === JSON.stringify(table, plain)) {
      expect(table).toBe(before);
    }
    const prefixes = table.map(({ prefix }) => prefix);
    expect(prefixes).toEqual([...prefixes].sort(compareIpPrefixes));
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

test("nothing that changed is nothing new", () => {
  const cluster = apply(start, {
    kind: "service",
    service: { name: "a", ip: 1, isGold: true, isLocal: false },
  });
  const first = decideBgp(cluster, announcingOptions);
  const second = decideBgp({ ...cluster, endpointSlices: [] }, announcingOptions, first);
  expect(second.verdicts).toBe(first.verdicts);
  expect(second.routes.get("one")).toBe(first.routes.get("one"));
});
