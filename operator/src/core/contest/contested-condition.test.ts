import { describe, expect, test } from "@jest/globals";
import { instantAfter } from "@steelyard/model/foundation";
import { type Condition } from "@steelyard/model/resources";
import { ips } from "../testing/pools.ts";
import { type Contest } from "./contest.ts";
import { contestedCondition, toldContest } from "./contested-condition.ts";
import { statedRequest } from "./stated-request.ts";
import { at, satisfied } from "./testing/drive.ts";
import { type Rival } from "./types.ts";

const inForce = statedRequest(satisfied());
const rewriting = (rival: Rival): Contest => ({
  rewriting: { rival, writeNotBefore: instantAfter(at(0), 1) },
  flipping: undefined,
  requestInForce: undefined,
});
const flipping = (rival: Rival): Contest => ({
  rewriting: undefined,
  flipping: { rival, hold: 600_000 },
  requestInForce: inForce,
});
const before: Condition = {
  type: "steelyard.io/Contested",
  status: "True",
  lastTransitionTime: "2026-11-22T08:00:00Z",
  reason: "StatusRewritten",
  message: "as the one before us found out",
};

const remedy =
  "let only one controller serve this Service: stop the other one, or give each its own Services by spec.loadBalancerClass";

describe("the condition Contested", () => {
  test("names who rewrites what, what we do, and what to do", () => {
    const rival: Rival = { is: "named", field: { is: "addresses" }, manager: "servicelb" };
    expect(contestedCondition(rewriting(rival), ips("192.0.2.1", "2001:db8::1"), undefined)).toEqual({
      type: "steelyard.io/Contested",
      status: "True",
      reason: "StatusRewritten",
      message:
        'field manager "servicelb" keeps changing what the operator writes into status.loadBalancer; it is restored ' +
        "once a minute at most; agents go on answering for 192.0.2.1 and 2001:db8::1, which the Service holds; " +
        remedy,
    });
  });

  test("asks for a second installation when the rival has our own name", () => {
    const rival: Rival = { is: "named", field: { is: "addresses" }, manager: "steelyard-operator" };
    expect(contestedCondition(rewriting(rival), [], undefined)?.message).toBe(
      'another operator that calls itself "steelyard-operator" keeps changing what the operator writes into ' +
        "status.loadBalancer; it is restored once a minute at most; is there a second Deployment, or one with " +
        "another --namespace? let only one serve this Service",
    );
  });

  test("names who flips the request", () => {
    const rival: Rival = { is: "named", field: { is: "load-balancer-ip" }, manager: "tunnel" };
    expect(contestedCondition(flipping(rival), ips("192.0.2.1"), undefined)).toMatchObject({
      reason: "RequestFlips",
      message:
        'field manager "tunnel" keeps changing spec.loadBalancerIP; 192.0.2.1 stays, and requests are not followed ' +
        `until nobody has changed them for 10 minutes; ${remedy}`,
    });
  });

  test("says so when nobody knows the name, and promises nothing when nothing is held", () => {
    const field = { is: "annotation", name: "metallb.io/ip-allocated-from-pool" } as const;
    expect(contestedCondition(rewriting({ is: "nameless", field }), [], undefined)?.message).toBe(
      "somebody whom the API server has not recorded keeps changing what the operator writes into annotation " +
        `metallb.io/ip-allocated-from-pool; it is restored once a minute at most; ${remedy}`,
    );
  });

  test("tells of both in one message", () => {
    const field = { is: "conditions" } as const;
    const both = {
      ...rewriting({ is: "nameless", field }),
      flipping: flipping({ is: "nameless", field }).flipping,
    };
    const told = contestedCondition(both, [], undefined);
    expect(told?.reason).toBe("RequestFlips");
    expect(told?.message.split(`; ${remedy}`)).toHaveLength(3);
  });

  test("is left as it is when the contest began before our time", () => {
    expect(contestedCondition(rewriting({ is: "told-before" }), ips("192.0.2.1"), before)).toBe(before);
  });

  test("is not there without a contest", () => {
    expect(contestedCondition(undefined, ips("192.0.2.1"), before)).toBeUndefined();
    const ending = { rewriting: undefined, flipping: undefined, requestInForce: inForce };
    expect(contestedCondition(ending, ips("192.0.2.1"), before)).toBeUndefined();
  });
});

test.each<[string, Condition | undefined, boolean, boolean, boolean]>([
  ["nothing", undefined, true, false, false],
  ["a contest that is over", { ...before, status: "False" }, true, false, false],
  ["rewrites", before, false, true, false],
  ["flips", { ...before, reason: "RequestFlips" }, false, false, true],
  ["flips, with addresses that are defended", { ...before, reason: "RequestFlips" }, true, true, true],
])("a Service that tells of %s", (_what, condition, isDefended, isRewritten, isFlipping) => {
  expect(toldContest(condition, isDefended)).toEqual({ isRewritten, isFlipping });
});
