import { expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { type Election, sameElection } from "./same-election.ts";
import { type ElectableAddress } from "./types.ts";

const candidates = [{ node: "a", preference: 0, interfaces: [] }];
const address: ElectableAddress = {
  address: ip("192.0.2.1"),
  electionKey: ip("192.0.2.1"),
  candidates,
  fresh: true,
  bindTo: undefined,
};
const election: Election = { addresses: [address], probeOnly: [ip("192.0.2.9")], readyNodes: ["a"] };
const withAddress = (changes: Partial<ElectableAddress>): Election => ({
  ...election,
  addresses: [{ ...address, ...changes }],
});

test.each<[string, Election, boolean]>([
  ["itself", election, true],
  ["a copy", withAddress({ address: ip("192.0.2.1") }), true],
  ["another address", withAddress({ address: ip("192.0.2.2") }), false],
  ["another key", withAddress({ electionKey: ip("192.0.2.2") }), false],
  ["another list of candidates", withAddress({ candidates: [...candidates] }), false],
  ["announced meanwhile", withAddress({ fresh: false }), true],
  ["bound", withAddress({ bindTo: "lo" }), false],
  ["one more address", { ...election, addresses: [address, address] }, false],
  ["none", { ...election, addresses: [] }, false],
  ["nothing to ask about", { ...election, probeOnly: [] }, false],
  ["something else to ask about", { ...election, probeOnly: [ip("192.0.2.8")] }, false],
  ["another ready node", { ...election, readyNodes: ["b"] }, false],
])("the same election: %s", (_what, other, expected) => {
  expect(sameElection(election, other)).toBe(expected);
});
