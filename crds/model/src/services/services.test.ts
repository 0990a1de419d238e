import { describe, expect, test } from "@jest/globals";
import { formatIpAddress, parseIpAddress, type IpAddress } from "../address/index.ts";
import { buildConfig, type Config, type L2Advertisement, NO_OBJECTS } from "../config/index.ts";
import {
  EXCLUDE_NODE_LABEL,
  projectIpAddressPool,
  projectL2Advertisement,
  projectNode,
  projectService,
  type EndpointConditions,
  type EndpointSliceResource,
  type ServiceResource,
} from "../resources/index.ts";
import {
  advertisementCoversNode,
  advertisementsFor,
  canServe,
  contestedAddresses,
  heldAddresses,
  isHandledService,
  poolOf,
  serviceFamilies,
  servingNodes,
  type NodeRules,
  parseTaintRule,
  USUAL_NODE_RULES,
  whyNodeCannotAnnounce,
  whyNodeIsWithdrawn,
  whyNotHandled,
} from "./index.ts";

function service(spec: object, rest: object = {}): ServiceResource {
  return projectService({ metadata: { name: "web", namespace: "shop" }, spec, ...rest });
}

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

describe("which Services are ours (reference metallb.md, section 3.9)", () => {
  test.each([
    [[], undefined, undefined],
    [[], "x", "other-class"],
    [["x"], undefined, "other-class"],
    [["x"], "x", undefined],
    [["x"], "y", "other-class"],
    [["x", "y"], "y", undefined],
  ])("started with %j, class %s: %s", (classes, loadBalancerClass, why) => {
    const one = service({ type: "LoadBalancer", loadBalancerClass });
    expect(whyNotHandled(one, classes)).toBe(why);
    expect(isHandledService(one, classes)).toBe(why === undefined);
  });

  test.each(["ClusterIP", "NodePort", "ExternalName", undefined])("type %s is not", (type) => {
    expect(whyNotHandled(service({ type }), [])).toBe("not-load-balancer");
  });
});

describe("families by cluster IPs", () => {
  test.each([
    [{ clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"] }, ["IPv4"]],
    [{ clusterIP: "fd00::1", clusterIPs: ["fd00::1", "10.0.0.1"] }, ["IPv6", "IPv4"]],
    // An old API server, or an old object, has the single field only.
    [{ clusterIP: "fd00::1" }, ["IPv6"]],
    [{ clusterIP: "None", clusterIPs: ["None"] }, []],
    [{ clusterIP: "" }, []],
    [{}, []],
    // ipFamilies says what is wanted, cluster IPs what is there.
    [{ ipFamilies: ["IPv4", "IPv6"], clusterIPs: ["10.0.0.1"] }, ["IPv4"]],
  ])("%j", (spec, families) => {
    expect(serviceFamilies(service(spec))).toEqual(families);
  });
});

describe("held addresses", () => {
  const held = (...ingress: readonly object[]) => {
    const { addresses, unparsable } = heldAddresses(service({}, { status: { loadBalancer: { ingress } } }));
    return { addresses: addresses.map(formatIpAddress), unparsable };
  };

  test("are the addresses of the status, in its order", () => {
    expect(held({ ip: "2001:DB8::1" }, { ip: "192.0.2.1" })).toEqual({
      addresses: ["2001:db8::1", "192.0.2.1"],
      unparsable: [],
    });
  });

  test("come without host names, and once each", () => {
    expect(held({ hostname: "lb.example" }, { ip: "192.0.2.1" }, { ip: "" }, { ip: "192.0.2.1" })).toEqual({
      addresses: ["192.0.2.1"],
      unparsable: [],
    });
  });

  test("what is no address is reported", () => {
    expect(held({ ip: "192.0.2.256" }, { ip: "192.0.2.1" })).toEqual({
      addresses: ["192.0.2.1"],
      unparsable: ["192.0.2.256"],
    });
  });

  test("there are none without a status", () => {
    const { addresses, unparsable } = heldAddresses({ metadata: { name: "web" }, spec: {} });
    expect([addresses, unparsable]).toEqual([[], []]);
  });
});

test.each([
  [undefined, []],
  ["", []],
  ["192.0.2.1", ["192.0.2.1"]],
  ["192.0.2.1, 2001:DB8::1", ["192.0.2.1", "2001:db8::1"]],
  ["192.0.2.1,nonsense,192.0.2.256", ["192.0.2.1"]],
])("contested addresses, from the note %j", (note, addresses) => {
  const annotations = note === undefined ? {} : { "steelyard.io/contested-addresses": note };
  const one = projectService({ metadata: { name: "web", annotations } });
  expect(contestedAddresses(one).map(formatIpAddress)).toEqual(addresses);
});

describe("endpoints that can serve (reference metallb.md, section 4.1)", () => {
  const table: readonly (readonly [EndpointConditions | undefined, boolean])[] = [
    [undefined, true],
    [{}, true],
    [{ ready: true }, true],
    [{ ready: true, serving: false }, true],
    [{ ready: false }, false],
    [{ ready: false, serving: false }, false],
    [{ ready: false, serving: true }, true],
    [{ ready: false, serving: true, terminating: true }, true],
    [{ serving: false }, true],
  ];

  test.each(table)("%j: %s", (conditions, serves) => {
    expect(canServe(conditions === undefined ? {} : { conditions })).toBe(serves);
  });

  test("nodes are collected over all slices", () => {
    const slices: readonly EndpointSliceResource[] = [
      {
        metadata: { name: "v4" },
        endpoints: [{ nodeName: "a" }, { nodeName: "b", conditions: { ready: false } }],
      },
      { metadata: { name: "v6" }, endpoints: [{ nodeName: "a" }, { nodeName: "c" }] },
    ];
    expect(servingNodes(slices)).toEqual({ anywhere: true, nodes: new Set(["a", "c"]) });
  });

  test("an endpoint without a node serves, but nowhere in particular", () => {
    expect(servingNodes([{ metadata: { name: "x" }, endpoints: [{}] }])).toEqual({
      anywhere: true,
      nodes: new Set(),
    });
    expect(servingNodes([])).toEqual({ anywhere: false, nodes: new Set() });
  });
});

describe("nodes that may announce (reference metallb.md, section 4.2)", () => {
  const node = (labels: object, ...conditions: readonly object[]) =>
    projectNode({ metadata: { name: "a", labels }, status: { conditions } });
  const ready = { type: "Ready", status: "True" };
  const rules: NodeRules = { ...USUAL_NODE_RULES, unreadyMayAnnounce: false };

  test.each([
    ["ready", node({}, ready), undefined],
    ["without conditions", node({}), "not-ready"],
    ["not ready", node({}, { type: "Ready", status: "False" }), "not-ready"],
    ["of a silent kubelet", node({}, { type: "Ready", status: "Unknown" }), "not-ready"],
    [
      "ready without network",
      node({}, ready, { type: "NetworkUnavailable", status: "True" }),
      "network-unavailable",
    ],
    ["ready with network", node({}, ready, { type: "NetworkUnavailable", status: "False" }), undefined],
  ])("a node %s", (_which, one, why) => {
    expect(whyNodeCannotAnnounce(one, rules)?.reason).toBe(why);
  });

  test("with membership a node need not be Ready", () => {
    expect(whyNodeCannotAnnounce(node({}), USUAL_NODE_RULES)).toBeUndefined();
  });

  test("the exclusion label withdraws whatever its value, unless it is ignored", () => {
    const excluded = node({ [EXCLUDE_NODE_LABEL]: "" }, ready);
    expect(whyNodeIsWithdrawn(excluded, rules)?.reason).toBe("exclude-label");
    expect(whyNodeIsWithdrawn(excluded, { ...rules, ignoreExcludeLabel: true })).toBeUndefined();
    expect(whyNodeIsWithdrawn(node({}, ready), rules)).toBeUndefined();
  });

  test("a taint withdraws when a rule names it", () => {
    const tainted = projectNode({
      metadata: { name: "a" },
      spec: { taints: [{ key: "maintenance", value: "now", effect: "NoSchedule" }] },
    });
    const withdrawnBy = (text: string) => {
      const rule = parseTaintRule(text);
      if (!rule.ok) throw new Error(rule.error);
      return whyNodeIsWithdrawn(tainted, { ...rules, withdrawOnTaints: [rule.value] });
    };
    expect(whyNodeIsWithdrawn(tainted, rules)).toBeUndefined();
    expect(withdrawnBy("maintenance")).toEqual({
      reason: "taint",
      because: "carries the taint maintenance=now:NoSchedule",
    });
    expect(withdrawnBy("maintenance=now:NoSchedule")?.reason).toBe("taint");
    expect(withdrawnBy("maintenance:NoSchedule")?.reason).toBe("taint");
    expect(withdrawnBy("maintenance=later")).toBeUndefined();
    expect(withdrawnBy("maintenance=now:NoExecute")).toBeUndefined();
    expect(withdrawnBy("maintenance=")).toBeUndefined();
  });

  test.each(["", "=x", ":NoExecute", "a:Nonsense", "a:", "a=b:c:d"])("%j is no rule about taints", (text) => {
    expect(parseTaintRule(text).ok).toBe(false);
  });
});

function configOf(pools: readonly object[], l2Advertisements: readonly object[] = []): Config {
  const metadata = (name: string) => ({ name, namespace: "metallb-system" });
  const built = buildConfig({
    ...NO_OBJECTS,
    namespace: "metallb-system",
    pools: pools.map((spec, index) => projectIpAddressPool({ metadata: metadata(`pool-${index}`), spec })),
    l2Advertisements: l2Advertisements.map((spec, index) =>
      projectL2Advertisement({ metadata: metadata(`ad-${index}`), spec }),
    ),
  });
  expect(built.problems).toEqual([]);
  return built.config;
}

describe("advertisements", () => {
  const front = { matchLabels: { tier: "front" } };
  const config = configOf(
    [{ addresses: ["192.0.2.0/24"] }],
    [{ serviceSelectors: [front] }, { nodeSelectors: [front, { matchLabels: { tier: "edge" } }] }],
  );
  const names = (advertisements: readonly L2Advertisement[]) => advertisements.map(({ name }) => name);

  test("are chosen by the labels of the Service", () => {
    const [pool] = config.pools;
    const labelled = projectService({ metadata: { name: "web", labels: { tier: "front" } } });
    expect(pool && names(advertisementsFor(pool, labelled))).toEqual(["ad-0", "ad-1"]);
    expect(pool && names(advertisementsFor(pool, service({})))).toEqual(["ad-1"]);
  });

  test.each([
    [{}, [true, false]],
    [{ tier: "edge" }, [true, true]],
    [{ tier: "back" }, [true, false]],
  ])("cover a node with labels %j: %j", (labels, covered) => {
    const node = projectNode({ metadata: { name: "a", labels } });
    const advertisements = config.pools[0]?.l2Advertisements ?? [];
    expect(advertisements.map((advertisement) => advertisementCoversNode(advertisement, node))).toEqual(
      covered,
    );
  });
});

describe("the pool of some addresses", () => {
  const config = configOf([
    { addresses: ["192.0.2.0/24", "2001:db8::/64"], avoidBuggyIPs: true },
    { addresses: ["198.51.100.0/24"] },
  ]);

  test.each([
    [["192.0.2.7"], "pool-0"],
    [["192.0.2.7", "2001:db8::7"], "pool-0"],
    [["198.51.100.0"], "pool-1"],
    // It is skipped when addresses are given out, but it is still this pool's.
    [["192.0.2.0"], "pool-0"],
    // An edit has left them in two pools: they are announced by the first.
    [["192.0.2.7", "198.51.100.7"], "pool-0"],
    [["198.51.100.7", "192.0.2.7"], "pool-1"],
    [["192.0.2.7", "203.0.113.1"], undefined],
    [["203.0.113.1"], undefined],
    [["2001:db8:1::"], undefined],
    [[], undefined],
  ])("%j: %s", (texts, name) => {
    expect(poolOf(config, texts.map(address))?.name).toBe(name);
  });
});
