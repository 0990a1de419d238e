import { describe, expect, test } from "@jest/globals";
import { objectConditions, VALID_CONDITION } from "./object-conditions.ts";
import { advertisement, bfdProfile, bgpPeer, build, community, pool } from "./testing/objects.ts";
import { type BuiltConfig } from "./types.ts";

/** Conditions as texts: `IPAddressPool a True Accepted: message`. */
function texts(built: BuiltConfig): readonly string[] {
  return objectConditions(built).map(
    ({ object, condition: { status, reason, message } }) =>
      `${object.kind} ${object.name} ${status} ${reason}: ${message}`,
  );
}

const peer = { myASN: 1, peerASN: 2, peerAddress: "192.0.2.1" };

test("every object of the six kinds has one, in the order of kinds and names", () => {
  const built = build({
    pools: [pool("b", ["10.0.1.0/24"]), pool("a", ["10.0.0.0/24"], { generation: 3 })],
    l2Advertisements: [advertisement("ad")],
    bgpPeers: [bgpPeer("tor", peer)],
    bfdProfiles: [bfdProfile("fast")],
    communities: [community("c")],
  });
  expect(texts(built)).toEqual([
    "BFDProfile fast True Accepted: in force as it is",
    "BGPPeer tor True Accepted: in force as it is",
    "Community c True Accepted: in force as it is",
    "IPAddressPool a True Accepted: in force as it is",
    "IPAddressPool b True Accepted: in force as it is",
    "L2Advertisement ad True Accepted: in force as it is",
  ]);
  expect(objectConditions(built)[3]).toEqual({
    object: { kind: "IPAddressPool", namespace: "metallb-system", name: "a" },
    condition: {
      type: VALID_CONDITION,
      status: "True",
      reason: "Accepted",
      message: "in force as it is",
      observedGeneration: 3,
    },
  });
});

test("what is refused says why, all of it, and whether an earlier form is in force", () => {
  const before = build({ pools: [pool("a", ["10.0.0.0/24"])] });
  const pools = [pool("a", { addresses: [], autoAssign: 1 }), pool("new", ["x"])];
  expect(texts(build({ pools }, before.config))).toEqual([
    "IPAddressPool a False Refused: not in force as it is; the last good form of the object stays in force: spec.addresses: the pool has no addresses; spec.autoAssign: must be true or false, not the number 1",
    expect.stringMatching(/^IPAddressPool new False Refused: not in force: spec\.addresses\[0\]: /),
  ]);
});

test("what is in force but for something says what, wrong before missing", () => {
  const l2Advertisements = [advertisement("ad", { ipAddressPools: ["none"], interfaces: ["a/b"] })];
  expect(texts(build({ l2Advertisements }))).toEqual([
    'L2Advertisement ad True Incomplete: in force, but: spec.interfaces[0]: no interface can be called "a/b": it contains a slash, a colon or a space; spec.ipAddressPools[0]: there is no pool "none" in force',
  ]);
});

describe("objects of another namespace", () => {
  test("get none: nobody here is to write there", () => {
    expect(texts(build({ pools: [pool("a", ["10.0.0.0/24"], { namespace: "default" })] }))).toEqual([]);
  });
});

test("a message ends where the API server's patience does", () => {
  const addresses = Array.from({ length: 2000 }, (_, index) => `not an address ${index}`);
  const [one] = objectConditions(build({ pools: [pool("a", addresses)] }));
  expect(one?.condition.message).toHaveLength(32_768);
});
