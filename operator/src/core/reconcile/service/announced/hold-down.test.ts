import { describe, expect, test } from "@jest/globals";
import { type Instant } from "@steelyard/model/foundation";
import { type Condition } from "@steelyard/model/resources";
import { type AnnouncedReason, type AnnouncedVerdict, say } from "./announced-facts.ts";
import { holdDown, type PendingVerdict } from "./hold-down.ts";

const about = "192.0.2.7";
const a = say("True", "Layer2", `node a answers for ${about}`);
const b = say("True", "Layer2", `node b answers for ${about}`);
const dark = (reason: AnnouncedReason, why = "") =>
  say("False", reason, `nothing answers for ${about}${why}`);
const asSaid = (verdict: AnnouncedVerdict): Condition => ({ ...verdict, lastTransitionTime: "" });

/** One reconciliation after the other: at which moment which verdict is written. */
function written(said: AnnouncedVerdict, ...steps: readonly (readonly [number, AnnouncedVerdict])[]) {
  let pending: PendingVerdict | undefined;
  let condition = asSaid(said);
  const told: string[] = [];
  for (const [now, verdict] of steps) {
    const held = holdDown({ said: condition, verdict, isAboutOthers: false }, pending, now as Instant);
    pending = held.pending;
    if (held.verdict === undefined || held.verdict.message === condition.message) continue;
    condition = asSaid(held.verdict);
    told.push(`${now} ${condition.reason}`);
  }
  return told;
}

describe("said at once", () => {
  test.each([
    ["the first word", undefined, dark("NoEndpoint")],
    ["that somebody answers after all", dark("NoEndpoint"), a],
    ["what adds to the words before", dark("NoEndpoint"), dark("NoEndpoint", "; pod x is Pending")],
  ])("%s", (_what, said, verdict) => {
    const held = holdDown(
      { said: said && asSaid(said), verdict, isAboutOthers: false },
      undefined,
      0 as Instant,
    );
    expect(held).toEqual({ verdict, pending: undefined, lookAgainAfterMs: undefined });
  });

  test("a word on other addresses", () => {
    const verdict = dark("NoEndpoint");
    const held = holdDown({ said: asSaid(a), verdict, isAboutOthers: true }, undefined, 0 as Instant);
    expect(held.verdict).toBe(verdict);
  });
});

test("that nobody answers is said when it has lasted, whatever the reasons were meanwhile", () => {
  expect(
    written(a, [0, dark("NoEndpoint")], [400, dark("AwaitingAgent", ".")], [1_000, dark("NoEndpoint")]),
  ).toEqual(["1000 NoEndpoint"]);
});

test("endpoints that flap faster than that are not told", () => {
  const flaps = Array.from({ length: 100 }, (_, index) => [
    index * 500,
    index % 2 === 0 ? dark("NoEndpoint") : a,
  ]);
  expect(written(a, ...(flaps as [number, AnnouncedVerdict][]))).toEqual([]);
});

test("a node that takes over is told once, without the moment in between", () => {
  expect(written(a, [0, dark("AwaitingAgent")], [300, b], [1_300, b])).toEqual(["1300 Layer2"]);
});

test("from one trouble to the next by way of none yet is not told when the address is announced at last", () => {
  const starting = dark("AwaitingAgent", ".");
  expect(written(dark("NoEndpoint"), [0, starting], [200, a])).toEqual(["200 Layer2"]);
});

test("the same trouble in other words waits longer", () => {
  const worse = dark("NoEligibleNode", ", node-b neither");
  expect(
    written(dark("NoEligibleNode", "!"), [0, worse], [1_000, worse], [9_999, worse], [10_000, worse]),
  ).toEqual(["10000 NoEligibleNode"]);
});

test("the same trouble in words that change all the time is told after a while", () => {
  const words = [dark("SessionDown", ", it says"), dark("SessionDown", ", it is mute")] as const;
  const steps = Array.from(
    { length: 16 },
    (_, index) => [index * 4_000, words[index % 2 === 0 ? 0 : 1]] as const,
  );
  expect(written(dark("SessionDown", "!"), ...steps)).toEqual(["32000 SessionDown"]);
});

test("says when to look again", () => {
  const held = holdDown(
    { said: asSaid(a), verdict: dark("NoEndpoint"), isAboutOthers: false },
    undefined,
    5 as Instant,
  );
  expect(held.lookAgainAfterMs).toBe(1_000);
  const later = holdDown(
    { said: asSaid(a), verdict: dark("NoEndpoint"), isAboutOthers: false },
    held.pending,
    605 as Instant,
  );
  expect(later.lookAgainAfterMs).toBe(400);
});

test("that a new address is announced is not concluded from reports about the old one", () => {
  const awaiting = say("Unknown", "AwaitingAgent", `no agent has reported on ${about}`);
  const facts = { said: asSaid(awaiting), isAboutOthers: false };
  const first = holdDown(
    { ...facts, verdict: awaiting, isAboutOthers: true, hasOldReports: true },
    undefined,
    0 as Instant,
  );
  expect([first.verdict, first.lookAgainAfterMs]).toEqual([awaiting, 2_000]);
  const early = holdDown({ ...facts, verdict: a }, first.pending, 1_999 as Instant);
  expect([early.verdict, early.lookAgainAfterMs]).toEqual([undefined, 1]);
  expect(holdDown({ ...facts, verdict: a }, early.pending, 2_000 as Instant).verdict).toBe(a);
  // Reports that have gone meanwhile, and come again, are new.
  const gone = holdDown({ ...facts, verdict: awaiting }, first.pending, 500 as Instant);
  expect(holdDown({ ...facts, verdict: a }, gone.pending, 600 as Instant).verdict).toBe(a);
});

test("that agents have fallen silent is told later than why nobody can answer", () => {
  const silent = dark("AwaitingAgent");
  expect(written(a, [0, silent], [1_000, silent], [9_999, silent], [10_000, silent])).toEqual([
    "10000 AwaitingAgent",
  ]);
  expect(written(a, [0, silent], [5_000, dark("NoEndpoint")])).toEqual(["5000 NoEndpoint"]);
});

describe("routers", () => {
  const routes = (to: string, start = "") => say("True", "Bgp", `${start}${about} is announced by BGP ${to}`);
  const both = (to: string) => say("True", "Layer2", `${a.message}; ${routes(to).message}`);

  test.each([
    ["by BGP alone", routes("from node-a to tor-1"), routes("from node-b to tor-1")],
    ["beside layer 2", both("from node-a to tor-1"), both("from node-b to tor-1")],
  ])("that come and go one by one are told when they have stood for ten seconds: %s", (_what, one, other) => {
    expect(written(one, [0, other], [9_999, other], [10_000, other])).toEqual([`10000 ${one.reason}`]);
    expect(written(one, [0, other], [9_999, one], [10_000, other])).toEqual([]);
  });

  test("do not hide that another node answers", () => {
    const moved = say("True", "Layer2", `${b.message}; ${routes("from node-a to tor-1").message}`);
    expect(written(both("from node-a to tor-1"), [0, moved], [1_000, moved])).toEqual(["1000 Layer2"]);
  });

  test("that restart are back within seconds", () => {
    const up = routes("from node-a to tor-1");
    const down = dark("SessionDown");
    expect(written(up, [0, down], [9_000, up])).toEqual([]);
    expect(written(up, [0, down], [10_000, down])).toEqual(["10000 SessionDown"]);
  });
});

test("that endpoints are gone again, a moment after they came, is told when it lasts", () => {
  const facts = { said: asSaid(a), isAboutOthers: false, isFresh: true };
  const held = holdDown({ ...facts, verdict: dark("NoReadyEndpoint") }, undefined, 0 as Instant);
  expect([held.verdict, held.lookAgainAfterMs]).toEqual([undefined, 30_000]);
  const lasting = holdDown({ ...facts, verdict: dark("NoReadyEndpoint") }, held.pending, 30_000 as Instant);
  expect(lasting.verdict).toEqual(dark("NoReadyEndpoint"));
  const worse = holdDown({ ...facts, verdict: dark("NobodyAnswers") }, held.pending, 1_000 as Instant);
  expect(worse.verdict).toEqual(dark("NobodyAnswers"));
});
