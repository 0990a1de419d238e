import { describe, expect, test } from "@jest/globals";
import { projectConfigurationState, projectNode } from "../resources/index.ts";
import { duplicatePeersOf } from "../services/index.ts";
import { configurationState, configurationStateToApply } from "./configuration-state.ts";
import { type ConfigSnapshot } from "./snapshot.ts";
import { bfdProfile, bgpAdvertisement, bgpPeer, build, community } from "./testing/objects.ts";
import { type BuiltConfig, type ConfigProblem } from "./types.ts";

// What MetalLB's configurationstatetests ask for, row by row (reference metallb.md, section 7.4).

const good = { myASN: 64512, peerASN: 64513, peerAddress: "192.0.2.1" };
const valid = { result: "Valid", errorSummary: "" };

function saidOf({ problems }: Pick<BuiltConfig, "problems">) {
  const { result, errorSummary } = configurationState(problems, "speaker");
  return { result, errorSummary };
}

/** One edit after the other; what stands in the ConfigurationState after each. */
function after(...snapshots: readonly Partial<ConfigSnapshot>[]) {
  let built: BuiltConfig | undefined;
  return snapshots.map((snapshot) => saidOf((built = build(snapshot, built?.config))));
}

function invalid(summary: string) {
  return { result: "Invalid", errorSummary: `configuration error: ${summary}` };
}

/** What an agent finds out about a Secret, of which the configuration itself knows the name only. */
function secretOfWrongType(peer: string): ConfigProblem {
  return {
    kind: "incomplete",
    object: { kind: "BGPPeer", namespace: "metallb-system", name: peer },
    path: "spec.passwordSecret.name",
    message: "its Secret pw is not of type kubernetes.io/basic-auth",
    summary:
      `parsing peer ${peer} secret type mismatch on "metallb-system"/"pw", type "kubernetes.io/basic-auth" ` +
      `is expected \nfailed to parse peer ${peer} password secret`,
  };
}

test("a Secret of the wrong type hits the node whose peer names it, and no other", () => {
  const { problems } = build({ bgpPeers: [bgpPeer("peer1", { ...good, passwordSecret: { name: "pw" } })] });
  expect(saidOf({ problems })).toEqual(valid);
  expect(saidOf({ problems: [...problems, secretOfWrongType("peer1")] })).toEqual(
    invalid(
      'parsing peer peer1 secret type mismatch on "metallb-system"/"pw", type "kubernetes.io/basic-auth" is expected \n' +
        "failed to parse peer peer1 password secret",
    ),
  );
});

describe("a BFD profile", () => {
  const withProfile = bgpPeer("peer1", { ...good, bfdProfile: "bfd" });
  const missing = invalid("peer peer1 referencing non existing bfd profile bfd");

  test("that is missing", () => {
    expect(after({ bgpPeers: [withProfile] })).toEqual([missing]);
  });

  test("to which a reference breaks at run time", () => {
    const whole = { bgpPeers: [withProfile], bfdProfiles: [bfdProfile("bfd")] };
    expect(after(whole, { bgpPeers: [withProfile] }, whole)).toEqual([valid, missing, valid]);
  });
});

test("a community that is missing recovers when it is created", () => {
  const bgpAdvertisements = [bgpAdvertisement("ad", { communities: ["no-transit"] })];
  const communities = [community("c", [{ name: "no-transit", value: "64512:1" }])];
  expect(after({ bgpAdvertisements }, { bgpAdvertisements, communities })).toEqual([
    invalid('invalid community format: no-transit\ninvalid community "no-transit" in BGP advertisement'),
    valid,
  ]);
});

test("several bad peers are told one at a time, as each is removed", () => {
  const bad = ["a", "b", "c"].map((name) => bgpPeer(name, { ...good, peerAddress: "x", bfdProfile: name }));
  const told = after(
    { bgpPeers: bad },
    { bgpPeers: bad.slice(1) },
    { bgpPeers: bad.slice(2) },
    { bgpPeers: [bgpPeer("good", good)] },
  );
  const named = told.map(({ errorSummary }) => /BGPPeer metallb-system\/(\w)/.exec(errorSummary)?.[1]);
  expect(named).toEqual(["a", "b", "c", undefined]);
  expect(told[3]).toEqual(valid);
});

test("with a good peer everything is valid", () => {
  expect(after({ bgpPeers: [bgpPeer("good", good)] })).toEqual([valid]);
});

test("a node that is relabelled so that two peers select it conflicts, and that node alone says so", () => {
  const selecting = (name: string, label: string) =>
    bgpPeer(name, { ...good, nodeSelectors: [{ matchLabels: { [label]: "yes" } }] });
  const built = build({ bgpPeers: [selecting("peer1", "left"), selecting("peer2", "right")] });
  const saidOn = (labels: object) => {
    const node = projectNode({ metadata: { name: "node-a", labels } });
    const own = duplicatePeersOf(node, built.config.bgpPeers, "metallb-system");
    return saidOf({ problems: [...built.problems, ...own] });
  };
  expect(saidOn({ left: "yes" })).toEqual(valid);
  expect(saidOn({ right: "yes" })).toEqual(valid);
  expect(saidOn({ left: "yes", right: "yes" })).toEqual(
    invalid(
      "peer 192.0.2.1 already exists, FRR mode doesn't support duplicate BGPPeers selecting the same node",
    ),
  );
});

test.each([
  ["what is invalid survives the deletion of the state object", { bgpPeers: [bgpPeer("a", {})] }, "Invalid"],
  ["what is valid is said again after a deletion", {}, "Valid"],
])("%s", (_what, snapshot, result) => {
  const stated = configurationState(build(snapshot).problems, "speaker");
  const metadata = { namespace: "metallb-system", name: "speaker-node-a" };
  const made = configurationStateToApply(
    projectConfigurationState({ metadata }),
    stated,
    "2026-11-22T08:00:00Z",
  );
  expect(made?.result).toBe(result);
  const stored = projectConfigurationState({ metadata, status: made });
  expect(configurationStateToApply(stored, stated, "2027-01-01T00:00:00Z")).toBeUndefined();
});
