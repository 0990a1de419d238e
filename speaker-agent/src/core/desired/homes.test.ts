import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { type Config, poolContaining } from "@steelyard/model/config";
import { type ServiceResource } from "@steelyard/model/resources";
import { heldAddresses, poolOf } from "@steelyard/model/services";
import fc from "fast-check";
import { decideAnnouncements } from "./decide-announcements.ts";
import { findHomes, type RememberedPools } from "./homes.ts";
import {
  advertisementObject,
  announcingOptions,
  configFrom,
  node,
  poolObject,
  service,
  type ServiceOptions,
  slice,
} from "./testing/cluster.ts";
import { type DesiredState } from "./types.ts";

type Step = { readonly config: Config; readonly services: readonly ServiceResource[] };

/** An agent on the only node of a cluster: decides again and again, and knows what it decided before. */
class Agent {
  #before: DesiredState | undefined;

  /** What is decided about each Service: the addresses announced and on which interfaces, or why none is. */
  sees({ config, services }: Step): readonly string[] {
    const endpointSlices = services.map(({ metadata }) => slice(metadata.name, "node-a"));
    const cluster = { config, services, endpointSlices, nodes: [node("node-a")] };
    const desired = decideAnnouncements(cluster, announcingOptions, this.#before);
    this.#before = desired;
    return desired.verdicts.map(({ addresses, interfaces, decision }) => {
      if (decision.kind === "withdraw") return decision.reason;
      return [...addresses.map(formatIpAddress), ...interfaces].join(" ");
    });
  }

  get remembered(): RememberedPools {
    return this.#before?.remembered ?? new Map();
  }

  get because(): string | undefined {
    return this.#before?.verdicts[0]?.decision.because;
  }
}

const range = ["10.0.0.0/24", "fd00::/64"];
const from = (poolName: string): ServiceOptions["metadata"] => ({
  annotations: { "metallb.io/ip-allocated-from-pool": poolName },
});
const web = service("web", { ips: ["10.0.0.1"] });
const dual = service("dual", { ips: ["10.0.0.1", "fd00::1"] });
const lan = configFrom({ pools: [poolObject("lan", range, { site: "1" })] });

/** An agent that has seen the Services in the pool `lan`. */
function agentOf(...services: readonly ServiceResource[]): Agent {
  const agent = new Agent();
  agent.sees({ config: lan, services });
  return agent;
}

describe("the pool is refused, and this agent has never seen a good form of it", () => {
  const broken = poolObject("lan", ["10.0.0.0/240"], { site: "1" });
  const fromLan = service("web", { ips: ["10.0.0.1"], metadata: from("lan") ?? {} });

  test.each<[string, ServiceResource, Parameters<typeof configFrom>[0], string]>([
    ["the annotation names it", fromLan, { pools: [broken] }, "10.0.0.1"],
    [
      "so does the deprecated one",
      service("web", {
        ips: ["10.0.0.1"],
        metadata: { annotations: { "metallb.universe.tf/ip-allocated-from-pool": "lan" } },
      }),
      { pools: [broken] },
      "10.0.0.1",
    ],
    [
      "advertisements by name and by label, and not others",
      fromLan,
      {
        pools: [broken],
        ads: [
          advertisementObject("a", { ipAddressPools: ["lan"], interfaces: ["eth1"] }),
          advertisementObject("b", {
            ipAddressPoolSelectors: [{ matchLabels: { site: "1" } }],
            interfaces: ["eth2"],
          }),
          advertisementObject("c", { ipAddressPools: ["other"], interfaces: ["eth3"] }),
        ],
      },
      "10.0.0.1 eth1 eth2",
    ],
    ["nobody advertises it", fromLan, { pools: [broken], ads: [] }, "noMatchingAdvertisement"],
    [
      "refused for an overlap",
      service("web", { ips: ["10.0.0.200"], metadata: from("lan") ?? {} }),
      { pools: [poolObject("lan", ["10.0.0.0/24"]), poolObject("first", ["10.0.0.0/25"])] },
      "10.0.0.200",
    ],
    ["no annotation", web, { pools: [broken] }, "ipNotAllowed"],
    [
      "the annotation names another",
      service("web", { ips: ["10.0.0.1"], metadata: from("wan") ?? {} }),
      { pools: [broken] },
      "ipNotAllowed",
    ],
    [
      "the annotation names a pool in force that does not hold the address",
      fromLan,
      { pools: [poolObject("lan", ["10.0.9.0/24"])] },
      "ipNotAllowed",
    ],
  ])("%s", (_name, held, objects, expected) => {
    expect(new Agent().sees({ config: configFrom(objects), services: [held] })).toEqual([expected]);
  });

  test("the decision says so", () => {
    const agent = new Agent();
    agent.sees({ config: configFrom({ pools: [broken] }), services: [fromLan] });
    expect(agent.because).toBe(
      "the only node that may; kept until the Service gives it up, though the pool lan is refused for a fault",
    );
  });

  test("mended without the address it still waits for the operator", () => {
    const agent = new Agent();
    agent.sees({ config: configFrom({ pools: [broken] }), services: [fromLan] });
    const mended = configFrom({ pools: [poolObject("lan", ["10.0.9.0/24"])] });
    expect(agent.sees({ config: mended, services: [fromLan] })).toEqual(["10.0.0.1"]);
  });
});

describe("the pool has gone or changed, and the operator has not moved the Service yet", () => {
  test.each<[string, Parameters<typeof configFrom>[0], string]>([
    ["deleted", {}, "10.0.0.1 fd00::1"],
    ["shrunk", { pools: [poolObject("lan", ["10.0.0.128/25", "fd00::/64"])] }, "10.0.0.1 fd00::1"],
    ["robbed of one family", { pools: [poolObject("lan", ["10.0.0.0/24"])] }, "10.0.0.1 fd00::1"],
    [
      "split in two",
      { pools: [poolObject("four", ["10.0.0.0/24"]), poolObject("six", ["fd00::/64"])] },
      "10.0.0.1 fd00::1",
    ],
    ["renamed", { pools: [poolObject("office", range)] }, "10.0.0.1 fd00::1"],
  ])("%s: still announced, time after time", (_name, objects, expected) => {
    const agent = agentOf(dual);
    const step = { config: configFrom(objects), services: [dual] };
    expect([agent.sees(step), agent.sees(step)]).toEqual([[expected], [expected]]);
  });

  const byLabel = { ipAddressPoolSelectors: [{ matchLabels: { site: "1" } }] };
  test.each<[string, Parameters<typeof configFrom>[0], string]>([
    ["the advertisement is deleted", { ads: [] }, "noMatchingAdvertisement"],
    [
      "it selects another pool now",
      { ads: [advertisementObject("all", { ipAddressPools: ["other"] })] },
      "noMatchingAdvertisement",
    ],
    [
      "it lists an interface now",
      { ads: [advertisementObject("all", { interfaces: ["eth1"] })] },
      "10.0.0.1 eth1",
    ],
    ["one by the label the pool had", { ads: [advertisementObject("late", byLabel)] }, "10.0.0.1"],
    [
      "the pool, shrunk, lost the label",
      { ads: [advertisementObject("late", byLabel)], pools: [poolObject("lan", ["10.0.9.0/24"])] },
      "noMatchingAdvertisement",
    ],
  ])("advertisements count as they are now: %s", (_name, objects, expected) => {
    const agent = agentOf(web);
    agent.sees({ config: configFrom({}), services: [web] });
    expect(agent.sees({ config: configFrom(objects), services: [web] })).toEqual([expected]);
  });

  test.each([
    [[], "is gone"],
    [[poolObject("lan", ["10.0.9.0/24"])], "has changed"],
  ])("the decision says so", (pools, what) => {
    const agent = agentOf(web);
    agent.sees({ config: configFrom({ pools }), services: [web] });
    expect(agent.because).toContain(`kept until the Service gives it up, though the pool lan ${what}`);
  });

  test("what the operator takes away is given up and forgotten, even if it comes back", () => {
    const agent = agentOf(dual);
    const config = configFrom({});
    const half = service("dual", { ips: ["fd00::1"] });
    expect(agent.sees({ config, services: [half] })).toEqual(["fd00::1"]);
    expect([...agent.remembered.keys()]).toEqual(["fd00::1"]);
    expect(agent.sees({ config, services: [service("dual")] })).toEqual(["noIPAllocated"]);
    expect(agent.remembered.size).toBe(0);
    expect(agent.sees({ config, services: [dual] })).toEqual(["ipNotAllowed"]);
  });

  test("an address that another Service holds too is not forgotten with one of them", () => {
    const agent = agentOf(web, service("dns", { ips: ["10.0.0.1"] }));
    expect(agent.sees({ config: configFrom({}), services: [web] })).toEqual(["10.0.0.1"]);
  });

  test("an address never seen in a pool stays silent beside one that was", () => {
    const agent = agentOf(web);
    const stranger = service("stranger", { ips: ["172.16.0.1"] });
    expect(agent.sees({ config: configFrom({}), services: [web, stranger] })).toEqual([
      "ipNotAllowed",
      "10.0.0.1",
    ]);
    const mixed = service("web", { ips: ["10.0.0.1", "172.16.0.1"] });
    expect(agent.sees({ config: configFrom({}), services: [mixed] })).toEqual(["ipNotAllowed"]);
  });

  test("an agent that starts now has seen nothing", () => {
    expect(new Agent().sees({ config: configFrom({}), services: [web] })).toEqual(["ipNotAllowed"]);
  });
});

const blocks = ["10.0.0.0/30", "10.0.0.4/30", "fd00::/126", "10.0.0.0/240"];
const anyAddress = fc.oneof(
  fc.nat(7).map((last) => `10.0.0.${last}`),
  fc.nat(3).map((last) => `fd00::${last}`),
);

const anyPools = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("lan", "wan", "edge"),
      addresses: fc.subarray(blocks, { minLength: 1 }),
      labels: fc.constantFrom<Record<string, string>>({}, { site: "1" }),
    }),
    { selector: ({ name }) => name },
  )
  .map((pools) => pools.map(({ name, addresses, labels }) => poolObject(name, addresses, labels)));

const anyAds = fc.subarray([
  advertisementObject("lan", { ipAddressPools: ["lan"] }),
  advertisementObject("site", { ipAddressPoolSelectors: [{ matchLabels: { site: "1" } }] }),
]);

const anyServices = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("a", "b", "c"),
      ips: fc.uniqueArray(anyAddress, { maxLength: 2 }),
      pool: fc.constantFrom(undefined, "lan", "wan"),
    }),
    { selector: ({ name }) => name },
  )
  .map((services) =>
    services
      .map(({ name, ips, pool }) =>
        service(name, { ips, metadata: pool === undefined ? {} : (from(pool) ?? {}) }),
      )
      .sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1)),
  );

const anyHistory = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("pools" as const), pools: anyPools }),
    fc.record({ kind: fc.constant("ads" as const), ads: anyAds }),
    fc.record({ kind: fc.constant("services" as const), services: anyServices }),
  ),
  { minLength: 1, maxLength: 12 },
);

/** Walks through a history as an agent would. */
function walk(
  history: typeof anyHistory extends fc.Arbitrary<infer H> ? H : never,
  look: (step: Step, now: ReturnType<typeof findHomes>, before: ReturnType<typeof findHomes>) => void,
): void {
  let objects: Parameters<typeof configFrom>[0] = { pools: [poolObject("lan", blocks.slice(0, 3))] };
  let step: Step = { config: configFrom(objects), services: [] };
  let before: ReturnType<typeof findHomes> = { homes: new Map(), remembered: new Map() };
  for (const change of history) {
    if (change.kind === "services") step = { ...step, services: change.services };
    else {
      objects =
        change.kind === "pools" ? { ...objects, pools: change.pools } : { ...objects, ads: change.ads };
      step = { ...step, config: configFrom(objects, step.config) };
    }
    const now = findHomes(step.services, step.config, before.remembered);
    look(step, now, before);
    before = now;
  }
}

const textsOf = (held: ServiceResource): readonly string[] =>
  heldAddresses(held).addresses.map(formatIpAddress);

describe("over any history", () => {
  test("a Service that had a home keeps one for as long as it holds the same addresses or fewer, and nobody else does", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        let heldBefore: readonly ServiceResource[] = [];
        walk(history, ({ services }, now, before) => {
          for (const held of services) {
            const key = `default/${held.metadata.name}`;
            const earlier = heldBefore.find(({ metadata }) => metadata.name === held.metadata.name);
            const texts = textsOf(held);
            const isLess = earlier !== undefined && texts.every((text) => textsOf(earlier).includes(text));
            const isAlone = [...services, ...heldBefore].every(
              (other) =>
                other.metadata.name === held.metadata.name ||
                !textsOf(other).some((text) => texts.includes(text)),
            );
            if (before.homes.has(key) && isLess && isAlone && texts.length > 0) {
              expect([key, now.homes.has(key)]).toEqual([key, true]);
            }
          }
          heldBefore = services;
        });
      }),
      { numRuns: 100 },
    );
  });

  test("nothing is remembered that nobody holds, and the second look changes nothing", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        walk(history, ({ config, services }, now) => {
          const held = new Set(services.flatMap(textsOf));
          expect([...now.remembered.keys()].filter((text) => !held.has(text))).toEqual([]);
          expect(findHomes(services, config, now.remembered)).toEqual(now);
        });
      }),
      { numRuns: 100 },
    );
  });

  test("memory moves nothing: what a pool in force holds is in that pool", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        walk(history, ({ config, services }, { homes }) => {
          for (const held of services) {
            const { addresses } = heldAddresses(held);
            const pool = poolOf(config, addresses);
            if (pool === undefined) continue;
            expect(homes.get(`default/${held.metadata.name}`)).toEqual({
              name: pool.name,
              l2Advertisements: pool.l2Advertisements,
              bgpAdvertisements: pool.bgpAdvertisements,
              keptBecause: undefined,
            });
          }
        });
      }),
      { numRuns: 100 },
    );
  });

  test("nobody gets a home by chance: the first address was in a pool of that name, or an annotation named it", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const evidence = new Set<string>();
        walk(history, ({ config, services }, { homes }) => {
          for (const held of services) {
            const named = held.metadata.annotations?.["metallb.io/ip-allocated-from-pool"] ?? "";
            for (const address of heldAddresses(held).addresses) {
              evidence.add(`${formatIpAddress(address)} ${poolContaining(config, address)?.name}`);
              if (config.refused?.has(named) === true) evidence.add(`${formatIpAddress(address)} ${named}`);
            }
          }
          for (const held of services) {
            const home = homes.get(`default/${held.metadata.name}`);
            const [first] = textsOf(held);
            if (home !== undefined) expect(evidence).toContain(`${first} ${home.name}`);
          }
        });
      }),
      { numRuns: 100 },
    );
  });
});
