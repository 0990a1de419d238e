import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseMembershipTuning } from "./parse-tuning.ts";
import { lanTuning, wanTuning } from "./tuning.ts";

/** The file that says the same as the defaults for near nodes. */
const lanFile: Readonly<Record<string, unknown>> = {
  TCPTimeout: "10s",
  IndirectChecks: 3,
  RetransmitMult: 4,
  SuspicionMult: 4,
  SuspicionMaxTimeoutMult: 6,
  PushPullInterval: "30s",
  ProbeInterval: "1s",
  ProbeTimeout: "500ms",
  DisableTcpPings: false,
  AwarenessMaxMultiplier: 8,
  GossipInterval: "200ms",
  GossipNodes: 3,
  GossipToTheDeadTime: "30s",
  GossipVerifyIncoming: true,
  GossipVerifyOutgoing: true,
  EnableCompression: true,
  HandoffQueueDepth: 1024,
  UDPBufferSize: 1400,
  QueueCheckInterval: "30s",
};

const parse = (fields: object) => parseMembershipTuning(JSON.stringify(fields));

test("the defaults are those of memberlist (reference metallb.md, section 4.8)", () => {
  expect(parse(lanFile)).toEqual({ ok: true, value: lanTuning });
  const wanFile = {
    ...lanFile,
    ...{ TCPTimeout: "30s", SuspicionMult: 6, PushPullInterval: "1m", ProbeTimeout: "3s" },
    ...{ ProbeInterval: "5s", GossipNodes: 4, GossipInterval: "500ms", GossipToTheDeadTime: "60s" },
  };
  expect(parse(wanFile)).toEqual({ ok: true, value: wanTuning });
});

test.each(Object.keys(lanFile))("%s is needed", (name) => {
  const rest = Object.fromEntries(Object.entries(lanFile).filter(([field]) => field !== name));
  expect(parse(rest)).toEqual({ ok: false, error: `${name} is missing: every field is needed` });
});

test.each(Object.keys(lanFile))("%s of a wrong type is refused by its name", (name) => {
  expect(parse({ ...lanFile, [name]: [] })).toMatchObject({
    ok: false,
    error: expect.stringMatching(new RegExp(`^${name} must be`)),
  });
});

test("names are matched as Go does, durations may be nanoseconds, and what else is there is ignored", () => {
  const renamed = JSON.stringify(lanFile).replace(
    '"TCPTimeout":"10s"',
    '"tcptimeout":10000000000,"Comment":""',
  );
  expect(parseMembershipTuning(renamed)).toEqual({
    ok: true,
    value: lanTuning,
  });
});

test.each([
  ["ProbeInterval", "0s", "ProbeInterval must be at least 1ms"],
  ["GossipInterval", "-1s", "GossipInterval must be at least 1ms"],
  ["SuspicionMult", 0, "SuspicionMult must be a whole number from 1 to 1000"],
  ["UDPBufferSize", 100, "UDPBufferSize must be a whole number from 1200 to 65507"],
  ["TCPTimeout", "10", 'TCPTimeout must be a duration such as "500ms"'],
])("%s of %j is refused", (name, value, error) => {
  expect(parse({ ...lanFile, [name]: value })).toEqual({ ok: false, error });
});

test("whatever the file holds, it is read or refused with a sentence", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const result = parseMembershipTuning(text);
      expect(result.ok ? "" : result.error).not.toBe("");
    }),
  );
});
