import { describe, expect, test } from "@jest/globals";
import { bfdProfile, bgpPeer, build, problemTexts } from "../testing/objects.ts";

const peer = bgpPeer("tor", { myASN: 1, peerASN: 2, peerAddress: "192.0.2.1", bfdProfile: "fast" });

function profileOf(spec: unknown) {
  const built = build({ bgpPeers: [peer], bfdProfiles: [bfdProfile("fast", spec)] });
  return { profile: built.config.bgpPeers[0]?.bfd, problems: problemTexts(built.problems) };
}

test("what is absent is as documented (reference metallb.md, section 1.5)", () => {
  const profile = {
    name: "fast",
    receiveIntervalMs: 300,
    transmitIntervalMs: 300,
    detectMultiplier: 3,
    echoIntervalMs: 50,
    echoMode: false,
    passiveMode: false,
    minimumTtl: 254,
  };
  expect(profileOf(undefined)).toEqual({ profile, problems: [] });
});

test("what is there counts", () => {
  const intervals = { receiveInterval: 10, transmitInterval: 60000, echoInterval: 11 };
  const spec = { ...intervals, detectMultiplier: 255, echoMode: true, passiveMode: true, minimumTtl: 1 };
  expect(profileOf(spec).profile).toEqual({
    name: "fast",
    receiveIntervalMs: 10,
    transmitIntervalMs: 60000,
    detectMultiplier: 255,
    echoIntervalMs: 11,
    echoMode: true,
    passiveMode: true,
    minimumTtl: 1,
  });
});

describe("a profile with a fault is left out, and its peer does without", () => {
  test.each([
    [{ receiveInterval: 9 }, "spec.receiveInterval: must be a number from 10 to 60000, not 9"],
    [{ transmitInterval: 60001 }, "spec.transmitInterval: must be a number from 10 to 60000, not 60001"],
    [{ echoInterval: 1 }, "spec.echoInterval: must be a number from 10 to 60000, not 1"],
    [{ detectMultiplier: 1 }, "spec.detectMultiplier: must be a number from 2 to 255, not 1"],
    [{ minimumTtl: 255 }, "spec.minimumTtl: must be a number from 1 to 254, not 255"],
    [{ echoMode: "yes" }, "spec.echoMode: must be true or false, not a text"],
  ])("%j", (spec, problem) => {
    expect(profileOf(spec)).toEqual({
      profile: undefined,
      problems: [
        `wrong fast ${problem}`,
        'incomplete tor spec.bfdProfile: there is no BFDProfile "fast" in force: the session does without BFD',
      ],
    });
  });
});

test("a profile that is deleted while a session uses it stays in use", () => {
  const before = build({ bgpPeers: [peer], bfdProfiles: [bfdProfile("fast", { receiveInterval: 10 })] });
  const after = build({ bgpPeers: [peer] }, before.config);
  expect(after.config.bgpPeers).toEqual(before.config.bgpPeers);
  expect(after.problems).toMatchObject([
    {
      kind: "incomplete",
      message: 'there is no BFDProfile "fast" in force: its last known form stays in use',
      summary: "peer tor referencing non existing bfd profile fast",
    },
  ]);
});
