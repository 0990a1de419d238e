import { describe, expect, test } from "@jest/globals";
import { formatIpRange } from "../address/index.ts";
import { build, namespace, pool, problemTexts } from "./testing/objects.ts";

describe("a good pool", () => {
  test("has its entries in the order of the object, and the defaults", () => {
    const built = build({
      pools: [pool("a", ["192.168.7.40-192.168.7.49", "10.0.0.0/24", "2001:db8::/120"])],
    });
    expect(built.problems).toEqual([]);
    expect(built.refusedPools).toEqual(new Set());
    const [a] = built.config.pools;
    expect(a?.ranges.map(formatIpRange)).toEqual([
      "192.168.7.40-192.168.7.49",
      "10.0.0.0/24",
      "2001:db8::/120",
    ]);
    expect(a).toMatchObject({ name: "a", autoAssign: true, avoidBuggyIps: false, l2Advertisements: [] });
    expect(a?.serviceAllocation).toBeUndefined();
    expect([a?.addresses.count("IPv4"), a?.addresses.count("IPv6")]).toEqual([266n, 256n]);
  });

  test("can leave out the addresses that end in .0 and .255", () => {
    const built = build({
      pools: [pool("a", { addresses: ["10.0.0.0/23"], avoidBuggyIPs: true, autoAssign: false })],
    });
    const [a] = built.config.pools;
    expect(a).toMatchObject({ autoAssign: false, avoidBuggyIps: true });
    expect(a?.ranges.map(formatIpRange)).toEqual(["10.0.0.0/23"]);
    expect(a?.addresses.count()).toBe(508n);
  });

  test("may be as large as IPv6 is", () => {
    const built = build({ pools: [pool("a", ["::/0", "0.0.0.0-255.255.255.255"])] });
    expect(built.config.pools[0]?.addresses.count()).toBe((1n << 128n) + (1n << 32n));
  });
});

describe("the interface on which addresses of a pool are put", () => {
  const boundTo = (annotations: Readonly<Record<string, string>>) => {
    const built = build({ pools: [pool("a", ["10.0.0.0/24"], { annotations })] });
    return { bindInterface: built.config.pools[0]?.bindInterface, problems: problemTexts(built.problems) };
  };

  test.each([
    [{}, undefined],
    [{ "steelyard.io/bind-interface": "lo" }, "lo"],
    [{ "steelyard.io/bind-interface": "" }, ""],
  ])("%j: %s", (annotations, bindInterface) => {
    expect(boundTo(annotations)).toEqual({ bindInterface, problems: [] });
  });

  test("a name that no interface can have costs nothing but itself", () => {
    const { bindInterface, problems } = boundTo({ "steelyard.io/bind-interface": "a/b" });
    expect(bindInterface).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('the annotation has no effect: no interface can be called "a/b"');
  });
});

describe("whom a pool serves", () => {
  const namespaces = [
    namespace("b", { team: "x" }),
    namespace("a", { team: "x" }),
    namespace("c", { team: "y" }),
  ];
  const allocationOf = (serviceAllocation: unknown) => {
    const built = build({
      pools: [pool("p", { addresses: ["10.0.0.0/24"], serviceAllocation })],
      namespaces,
    });
    return { allocation: built.config.pools[0]?.serviceAllocation, problems: problemTexts(built.problems) };
  };
  const unrestricted = { priority: undefined, namespaces: undefined, serviceSelectors: [] };

  test.each([
    ["nothing but the field", {}, unrestricted],
    ["empty lists", { namespaces: [], namespaceSelectors: [], serviceSelectors: [] }, unrestricted],
    ["a priority", { priority: 20 }, { ...unrestricted, priority: 20 }],
    ["priority 0, which means none", { priority: 0 }, unrestricted],
    ["a negative priority (quirk 39)", { priority: -5 }, unrestricted],
    ["names", { namespaces: ["z", "a"] }, { ...unrestricted, namespaces: new Set(["a", "z"]) }],
    [
      "selectors",
      { namespaceSelectors: [{ matchLabels: { team: "x" } }] },
      { ...unrestricted, namespaces: new Set(["a", "b"]) },
    ],
    [
      "names and selectors: either is enough",
      {
        namespaces: ["z"],
        namespaceSelectors: [{ matchLabels: { team: "y" } }, { matchLabels: { team: "x" } }],
      },
      { ...unrestricted, namespaces: new Set(["a", "b", "c", "z"]) },
    ],
    [
      "Services by label",
      { serviceSelectors: [{ matchLabels: { tier: "front" } }] },
      { ...unrestricted, serviceSelectors: [{ matchLabels: { tier: "front" } }] },
    ],
  ])("%s", (_what, serviceAllocation, expected) => {
    expect(allocationOf(serviceAllocation)).toEqual({ allocation: expected, problems: [] });
  });

  test("selectors that match no namespace leave nobody, and say so (quirk 6)", () => {
    const { allocation, problems } = allocationOf({
      namespaceSelectors: [{ matchLabels: { team: "none" } }],
    });
    expect(allocation?.namespaces).toEqual(new Set());
    expect(problems).toEqual([
      "incomplete p spec.serviceAllocation.namespaceSelectors: no namespace has labels that match: no Service may use the pool",
    ]);
  });

  test("a namespace that gets its labels later is in from then on", () => {
    const pools = [
      pool("p", {
        addresses: ["10.0.0.0/24"],
        serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: "z" } }] },
      }),
    ];
    const before = build({ pools, namespaces });
    const after = build(
      { pools, namespaces: [...namespaces, namespace("late", { team: "z" })] },
      before.config,
    );
    expect(after.config.pools[0]?.serviceAllocation?.namespaces).toEqual(new Set(["late"]));
    expect(after.problems).toEqual([]);
  });
});

describe("a pool with a fault is left out, and every fault is named", () => {
  const good = { addresses: ["10.0.0.0/24"] };
  const same = { matchExpressions: [{ key: "a", operator: "In", values: ["x", "y"] }] };
  const reordered = { matchExpressions: [{ key: "a", operator: "In", values: ["y", "x"] }] };
  const table: readonly (readonly [spec: unknown, problems: readonly string[]])[] = [
    [undefined, ["spec.addresses: the pool has no addresses"]],
    [null, ["spec.addresses: the pool has no addresses"]],
    ["x", ["spec: must be an object, not a text", "spec.addresses: the pool has no addresses"]],
    [{ addresses: [] }, ["spec.addresses: the pool has no addresses"]],
    [{ addresses: null }, ["spec.addresses: the pool has no addresses"]],
    [{ addresses: "10.0.0.0/24" }, ["spec.addresses: must be a list, not a text"]],
    [
      { addresses: [5, null, {}] },
      [0, 1, 2].map(
        (index) => `spec.addresses[${index}]: must be a text such as 192.0.2.0/28 or 192.0.2.1-192.0.2.9`,
      ),
    ],
    [
      { addresses: ["10.0.0.1"] },
      [
        'spec.addresses[0]: invalid CIDR "10.0.0.1": neither a CIDR nor a range first-last; for one address write 10.0.0.1/32',
      ],
    ],
    [
      { addresses: ["10.0.0.0/24", "10.0.0.9-10.0.0.1", "10.0.1.0/33"] },
      [
        'spec.addresses[1]: invalid IP range "10.0.0.9-10.0.0.1": the first address 10.0.0.9 is after the second 10.0.0.1',
        'spec.addresses[2]: invalid CIDR "10.0.1.0/33": the prefix length is above 32',
      ],
    ],
    [
      { addresses: ["10.0.0.1-fd00::1"] },
      ['spec.addresses[0]: invalid IP range "10.0.0.1-fd00::1": it mixes IPv4 and IPv6'],
    ],
    [
      { addresses: ["10.0.0.0/24", "10.0.0.200-10.0.1.9"] },
      [
        'spec.addresses[1]: CIDR "10.0.0.200-10.0.1.9" overlaps with already defined CIDR "10.0.0.0/24" of the same pool',
      ],
    ],
    [
      { addresses: ["10.0.0.0/24", "10.0.0.7/24"] },
      [
        'spec.addresses[1]: CIDR "10.0.0.0/24" overlaps with already defined CIDR "10.0.0.0/24" of the same pool',
      ],
    ],
    [{ ...good, autoAssign: "yes" }, ["spec.autoAssign: must be true or false, not a text"]],
    [{ ...good, avoidBuggyIPs: 1 }, ["spec.avoidBuggyIPs: must be true or false, not the number 1"]],
    [{ ...good, serviceAllocation: [] }, ["spec.serviceAllocation: must be an object, not a list"]],
    [
      { ...good, serviceAllocation: { priority: 1.5 } },
      ["spec.serviceAllocation.priority: must be a whole number, not the number 1.5"],
    ],
    [
      { ...good, serviceAllocation: { namespaces: ["a", "b", "a"] } },
      ['spec.serviceAllocation.namespaces[2]: duplicate entry "a"'],
    ],
    [
      { ...good, serviceAllocation: { namespaces: ["a", true] } },
      ["spec.serviceAllocation.namespaces[1]: must be a text, not true"],
    ],
    [
      { ...good, serviceAllocation: { namespaceSelectors: [same, { matchLabels: { a: "x" } }, reordered] } },
      [
        "spec.serviceAllocation.namespaceSelectors[2]: duplicate selector: the same one stands earlier in the list",
      ],
    ],
    [
      { ...good, serviceAllocation: { serviceSelectors: [{}, {}] } },
      [
        "spec.serviceAllocation.serviceSelectors[1]: duplicate selector: the same one stands earlier in the list",
      ],
    ],
    [
      {
        ...good,
        serviceAllocation: {
          serviceSelectors: [{ matchExpressions: [...same.matchExpressions, ...reordered.matchExpressions] }],
        },
      },
      [
        "spec.serviceAllocation.serviceSelectors[0].matchExpressions[1]: duplicate expression: the same one stands earlier in the selector",
      ],
    ],
    [
      {
        ...good,
        serviceAllocation: {
          serviceSelectors: [{ matchExpressions: [{ key: "a", operator: "NotIn", values: ["x", "x"] }] }],
        },
      },
      [
        "spec.serviceAllocation.serviceSelectors[0].matchExpressions[0].values: duplicate value in an expression",
      ],
    ],
    [
      {
        ...good,
        serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: "a", operator: "Like" }] }] },
      },
      [
        'spec.serviceAllocation.serviceSelectors[0]: matchExpressions[0]: "Like" is not a valid label selector operator',
      ],
    ],
    [
      { ...good, serviceAllocation: { serviceSelectors: [null] } },
      ["spec.serviceAllocation.serviceSelectors[0]: a label selector must be an object"],
    ],
  ];

  test.each(table)("%j", (spec, problems) => {
    const built = build({ pools: [pool("a", spec), pool("z", ["192.0.2.0/24"])] });
    expect(problemTexts(built.problems)).toEqual(problems.map((problem) => `wrong a ${problem}`));
    expect(built.config.pools.map(({ name }) => name)).toEqual(["z"]);
    expect(built.refusedPools).toEqual(new Set(["a"]));
  });
});
