import { describe, expect, test } from "@jest/globals";
import {
  configurationState,
  configurationStateToApply,
  type ConfigurationStateStatus,
  verdictOf,
} from "./configuration-state.ts";
import { projectConfigurationState } from "../resources/index.ts";
import { type ConfigSnapshot } from "./snapshot.ts";
import {
  advertisement,
  bfdProfile,
  bgpAdvertisement,
  bgpPeer,
  build,
  community,
  pool,
} from "./testing/objects.ts";

const peer = { myASN: 1, peerASN: 2, peerAddress: "192.0.2.1" };

function speaker(snapshot: Partial<ConfigSnapshot>) {
  return configurationState(build(snapshot).problems, "speaker");
}

test("when all is well", () => {
  expect(configurationState([], "controller")).toEqual({
    result: "Valid",
    errorSummary: "",
    conditions: [{ type: "poolReconcilerValid", status: "True", reason: "Reconciled", message: "" }],
  });
  expect(configurationState([], "speaker").conditions[0]?.type).toBe("configReconcilerValid");
});

describe("MetalLB's own words (reference metallb.md, section 2.7)", () => {
  test.each<readonly [string, Partial<ConfigSnapshot>, string]>([
    [
      "missing BFD profile",
      { bgpPeers: [bgpPeer("peer1", { ...peer, bfdProfile: "bfd" })] },
      "configuration error: peer peer1 referencing non existing bfd profile bfd",
    ],
    [
      "unknown alias",
      { bgpAdvertisements: [bgpAdvertisement("ad", { communities: ["no-transit"] })] },
      'configuration error: invalid community format: no-transit\ninvalid community "no-transit" in BGP advertisement',
    ],
    [
      "duplicate peer",
      { bgpPeers: [bgpPeer("a", peer), bgpPeer("b", peer)] },
      "configuration error: peer 192.0.2.1 already exists, FRR mode doesn't support duplicate BGPPeers selecting the same node",
    ],
  ])("%s", (_what, snapshot, errorSummary) => {
    const state = speaker(snapshot);
    expect(state).toEqual({
      result: "Invalid",
      errorSummary,
      conditions: [
        {
          type: "configReconcilerValid",
          status: "False",
          reason: "ConfigurationError",
          message: errorSummary,
        },
      ],
    });
  });

  test.each<readonly [string, Partial<ConfigSnapshot>]>([
    [
      "overlaps with already defined CIDR",
      { pools: [pool("a", ["10.0.0.0/24"]), pool("b", ["10.0.0.0/25"])] },
    ],
    [
      "invalid aggregation length 26: prefix 28 in this pool is more specific than the aggregation length for addresses 1.1.1.0/28",
      {
        pools: [pool("a", ["1.1.1.0/28"])],
        bgpAdvertisements: [bgpAdvertisement("ad", { aggregationLength: 26 })],
      },
    ],
    [
      "serviceSelectors and aggregationLength are mutually exclusive",
      { bgpAdvertisements: [bgpAdvertisement("ad", { aggregationLength: 26, serviceSelectors: [{}] })] },
    ],
    ["invalid BGPPeer address", { bgpPeers: [bgpPeer("a", { ...peer, peerAddress: "x" })] }],
    [
      "invalid community value: invalid section",
      { communities: [community("c", [{ name: "a", value: "1:99999" }])] },
    ],
    [
      "expected community to be of format large",
      { communities: [community("c", [{ name: "a", value: "b:1:2:3" }])] },
    ],
    [
      "duplicate definition of community",
      { communities: ["c", "d"].map((name) => community(name, [{ name: "a", value: "1:1" }])) },
    ],
    [
      "resource must be created in metallb-system namespace",
      { pools: [pool("a", ["10.0.0.0/24"], { namespace: "default" })] },
    ],
  ])("%s", (substring, snapshot) => {
    const { result, errorSummary } = speaker(snapshot);
    expect(result).toBe("Invalid");
    expect(errorSummary).toContain(substring);
    expect(errorSummary).toMatch(/^configuration error: /);
  });
});

test("only the first fault is told, in MetalLB's order: errors cycle as they are mended one by one", () => {
  const faults: Partial<ConfigSnapshot>[] = [
    { bfdProfiles: [bfdProfile("fast", { receiveInterval: 1 })] },
    { bgpPeers: [bgpPeer("a", { ...peer, myASN: 0 }), bgpPeer("b", {})] },
    { pools: [pool("a", [])] },
    { communities: [community("c", [{ name: "a", value: "x" }])] },
    { l2Advertisements: [advertisement("ad", 5)] },
    { bgpAdvertisements: [bgpAdvertisement("ad", 5)] },
  ];
  const told = faults.map((_, index) => {
    const remaining = Object.assign({}, ...faults.slice(index)) as Partial<ConfigSnapshot>;
    return speaker(remaining).errorSummary.replace("configuration error: ", "").split(",")[0];
  });
  expect(told).toEqual([
    "BFDProfile metallb-system/fast",
    "BGPPeer metallb-system/a",
    "IPAddressPool metallb-system/a",
    "Community metallb-system/c",
    "L2Advertisement metallb-system/ad",
    "BGPAdvertisement metallb-system/ad",
  ]);
});

test("the controller looks at what decides about addresses only", () => {
  const { problems } = build({ bgpPeers: [bgpPeer("a", {})], l2Advertisements: [advertisement("ad", 5)] });
  expect(configurationState(problems, "controller").result).toBe("Valid");
  expect(configurationState(build({ pools: [pool("a", [])] }).problems, "controller").result).toBe("Invalid");
});

test("a name that MetalLB would pass over silently is no fault", () => {
  expect(speaker({ l2Advertisements: [advertisement("ad", { ipAddressPools: ["none"] })] }).result).toBe(
    "Valid",
  );
});

describe("the result", () => {
  const condition = { type: "a", status: "True", reason: "Reconciled", message: "" } as const;

  test.each([
    ["nothing was looked at", [], "Unknown", ""],
    ["all is well", [condition], "Valid", ""],
    [
      "something failed",
      [{ ...condition, status: "False", message: "x" } as const, condition],
      "Invalid",
      "x",
    ],
    [
      "something failed for a reason unknown (quirk 11)",
      [{ ...condition, status: "False", reason: "UnknownError", message: "y" } as const],
      "Invalid",
      "y",
    ],
  ])("when %s", (_what, conditions, result, errorSummary) => {
    expect(verdictOf(conditions)).toEqual({ result, errorSummary });
  });
});

describe("what is to be applied", () => {
  const first = "2026-11-22T08:00:00.123456Z";
  const valid = configurationState([], "controller");
  const invalid = configurationState(build({ pools: [pool("a", [])] }).problems, "controller");
  const stored = (status: ConfigurationStateStatus | undefined) =>
    projectConfigurationState({ metadata: { name: "controller" }, status });

  test("everything, when the object has no status yet", () => {
    expect(configurationStateToApply(undefined, valid, first)).toEqual({
      result: "Valid",
      errorSummary: "",
      conditions: [{ ...valid.conditions[0], lastTransitionTime: "2026-11-22T08:00:00Z" }],
    });
  });

  test("nothing, when it says so already; so the time of the last change stays", () => {
    const applied = configurationStateToApply(undefined, invalid, first);
    expect(configurationStateToApply(stored(applied), invalid, "2026-11-22T09:00:00Z")).toBeUndefined();
    const mended = configurationStateToApply(stored(applied), valid, "2026-11-22T09:00:00Z");
    expect(mended?.conditions?.[0]?.lastTransitionTime).toBe("2026-11-22T09:00:00Z");
  });

  test("what somebody has damaged, and only our own conditions", () => {
    const applied = configurationStateToApply(undefined, valid, first);
    const foreign = {
      type: "other",
      status: "True",
      reason: "X",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    } as const;
    const damaged = {
      ...applied,
      result: "Invalid",
      conditions: [...(applied?.conditions ?? []), foreign],
    } as const;
    expect(configurationStateToApply(stored(damaged), valid, "2026-11-22T09:00:00Z")).toEqual(applied);
  });
});
