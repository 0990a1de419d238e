import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ip } from "../wire/testing/ip.ts";
import { pool } from "./testing/cluster.ts";
import { formatSavedState, parseSavedState, type SavedState } from "./saved-state.ts";

const candidates = [
  { node: "node-a", preference: 0, interfaces: [] },
  { node: "node-b", preference: 7, interfaces: ["eth0", "eth1"] },
];
const state: SavedState = {
  nodeName: "node-a",
  savedAt: "2026-11-30T10:00:00Z",
  election: {
    addresses: [
      { address: ip("192.0.2.1"), electionKey: ip("2001:db8::1"), candidates, fresh: true, bindTo: "lo" },
      { address: ip("192.0.2.2"), electionKey: ip("192.0.2.2"), candidates, fresh: false, bindTo: undefined },
      {
        address: ip("2001:db8::1"),
        electionKey: ip("2001:db8::1"),
        candidates: [],
        fresh: true,
        bindTo: undefined,
      },
    ],
    probeOnly: [ip("192.0.2.9")],
    readyNodes: ["node-a", "node-b"],
  },
  remembered: new Map([
    ["192.0.2.1", { name: "main", labels: { site: "1" }, bindInterface: "lo" }],
    ["192.0.2.2", { name: "main", labels: {} }],
  ]),
  peers: [{ address: ip("10.0.0.7"), port: 7946 }],
};
const text = formatSavedState(state);

test("of a pool only its identity is kept", () => {
  const whole = pool("main", ["192.0.2.0/24"], []);
  const saved = formatSavedState({ ...state, remembered: new Map([["192.0.2.1", whole]]) });
  const read = parseSavedState(saved, "node-a");
  expect(read.ok && [...read.value.remembered.values()]).toEqual([{ name: "main", labels: {} }]);
});

describe("the state on disk", () => {
  test("is read as it was written, but that nothing in it is fresh", () => {
    const addresses = state.election.addresses.map((one) => ({ ...one, fresh: false }));
    const read = parseSavedState(text, "node-a");
    expect(read).toEqual({ ok: true, value: { ...state, election: { ...state.election, addresses } } });
  });

  test("equal lists are one again", () => {
    const read = parseSavedState(text, "node-a");
    const [first, second] = read.ok ? read.value.election.addresses : [];
    expect(first?.candidates).toBe(second?.candidates);
  });

  const changed = (changes: object): string =>
    JSON.stringify({ ...(JSON.parse(text) as object), ...changes });
  test.each([
    ["", "is not the state of an agent"],
    ["{}", "is not the state of an agent"],
    [text.slice(0, -1), "is not the state of an agent"],
    [changed({ version: 2 }), "is of version 2, this program reads 1"],
    [changed({ nodeName: "node-b" }), "is the state of node node-b"],
    [changed({ addresses: undefined }), "is damaged: a list is missing"],
    [
      changed({ addresses: [["192.0.2.1", "192.0.2.1", 9, null]] }),
      "is damaged: an address has no candidates",
    ],
    [changed({ candidates: [[["node-a", "0", []]]] }), "is damaged: a preference is no number"],
    [changed({ peers: [["192.0.2.1", 99_999]] }), "is damaged: a port is no port"],
    [changed({ readyNodes: [7] }), "is damaged: a text is missing"],
    [changed({ pools: [] }), "is damaged: an object is missing"],
  ])("%# is refused with a reason", (broken, reason) => {
    expect(parseSavedState(broken, "node-a")).toEqual({ ok: false, error: reason });
  });

  test("an address that is none is refused", () => {
    const read = parseSavedState(changed({ probeOnly: ["192.0.2.256"] }), "node-a");
    expect(read.ok ? "" : read.error).toMatch(/^is damaged: .*192\.0\.2\.256/);
  });

  test("reading never throws, whatever is changed", () => {
    const keys = Object.keys(JSON.parse(text) as object);
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }), (key, value) => {
        parseSavedState(changed({ [key]: value }), "node-a");
      }),
    );
  });
});
