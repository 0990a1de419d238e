import { describe, expect, test } from "@jest/globals";
import { contestOf } from "./contest.ts";
import { isForgettable, stepContest } from "./step.ts";
import { at, drive, flips, nothingTold, observed, ours, rounds, satisfied, wrote } from "./testing/drive.ts";
import { type ContestInput, type ContestState, initialContestState } from "./types.ts";

const contestedNote = "steelyard.io/contested-addresses";
const cleared = satisfied({ status: { loadBalancer: {} } });
const asked = (loadBalancerIP: string) => satisfied({ spec: { loadBalancerIP } });

const states = {
  "nothing known": initialContestState,
  satisfied: drive([...rounds(0, cleared), [0, observed(10, satisfied())]]).state,
  written: drive([
    [0, observed(10, satisfied())],
    [0, wrote(10, satisfied())],
    [0, observed(11, satisfied())],
  ]).state,
  writing: drive([
    [0, observed(10, satisfied())],
    [0, wrote(10, satisfied())],
    [0, observed(11, satisfied())],
    [0, { kind: "writing" }],
  ]).state,
  "undone twice": drive(rounds(2, cleared)).state,
  rewriting: drive(rounds(3, cleared)).state,
  flipping: drive(flips(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"], { version: 1 })).state,
  ending: drive([
    ...flips(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"], { seconds: -1000, version: 1 }),
    [0, { kind: "tick" }],
  ]).state,
} satisfies Record<string, ContestState>;

const inputs = {
  "all of it stands": observed(50, satisfied()),
  "it is undone": observed(51, cleared),
  "another request": observed(52, asked("192.0.2.9")),
  "a version again": observed(5, cleared),
  writing: { kind: "writing" },
  wrote: wrote(60, satisfied()),
  "not written": { kind: "not-written", certain: true },
  "perhaps written": { kind: "not-written", certain: false },
  "a name": { kind: "rival-identified", field: { is: "addresses" }, manager: "rival" },
  tick: { kind: "tick" },
} satisfies Record<string, ContestInput>;

/** Whether a contest goes on afterwards, and the kinds of the effects, of every input in every state. */
const matrix: Record<keyof typeof states, Record<keyof typeof inputs, string>> = {
  "nothing known": {
    "all of it stands": "calm",
    "it is undone": "calm",
    "another request": "calm",
    "a version again": "calm",
    writing: "calm",
    wrote: "calm",
    "not written": "calm",
    "perhaps written": "calm",
    "a name": "calm",
    tick: "calm",
  },
  satisfied: {
    "all of it stands": "calm",
    "it is undone": "calm",
    "another request": "calm",
    "a version again": "calm",
    writing: "calm",
    wrote: "calm",
    "not written": "calm",
    "perhaps written": "calm",
    "a name": "calm",
    tick: "calm",
  },
  written: {
    "all of it stands": "calm",
    "it is undone": "calm",
    "another request": "calm",
    "a version again": "calm",
    writing: "calm",
    wrote: "calm",
    "not written": "calm",
    "perhaps written": "calm",
    "a name": "calm",
    tick: "calm",
  },
  writing: {
    "all of it stands": "calm",
    "it is undone": "calm",
    "another request": "calm",
    "a version again": "calm",
    writing: "calm",
    wrote: "calm",
    "not written": "calm",
    "perhaps written": "calm",
    "a name": "calm",
    tick: "calm",
  },
  "undone twice": {
    "all of it stands": "calm",
    "it is undone": "calm",
    "another request": "calm",
    "a version again": "calm",
    writing: "calm",
    // The last version is the one that undid the write before; it is not what this write replaced, so it came later.
    wrote: "rewriting: identify-rival transition look-again",
    "not written": "calm",
    "perhaps written": "calm",
    "a name": "calm",
    tick: "calm",
  },
  rewriting: {
    "all of it stands": "rewriting: look-again",
    "it is undone": "rewriting: look-again",
    "another request": "rewriting: look-again",
    "a version again": "rewriting: look-again",
    writing: "rewriting: look-again",
    wrote: "rewriting: look-again",
    "not written": "rewriting: look-again",
    "perhaps written": "rewriting: look-again",
    "a name": "rewriting: look-again",
    tick: "rewriting: look-again",
  },
  flipping: {
    "all of it stands": "flipping: look-again",
    "it is undone": "flipping: look-again",
    "another request": "flipping: look-again",
    "a version again": "flipping: look-again",
    writing: "flipping: look-again",
    wrote: "flipping: look-again",
    "not written": "flipping: look-again",
    "perhaps written": "flipping: look-again",
    "a name": "flipping: look-again",
    tick: "flipping: look-again",
  },
  ending: {
    "all of it stands": "flipping: identify-rival transition look-again",
    "it is undone": "flipping: identify-rival transition look-again",
    "another request": "flipping: identify-rival transition look-again",
    "a version again": "ending: look-again",
    writing: "ending: look-again",
    wrote: "ending: look-again",
    "not written": "ending: look-again",
    "perhaps written": "ending: look-again",
    "a name": "ending: look-again",
    tick: "ending: look-again",
  },
};

describe.each(Object.keys(states) as (keyof typeof states)[])("%s", (state) => {
  test.each(Object.entries(matrix[state]) as [keyof typeof inputs, string][])(
    "on %s: %s",
    (input, expected) => {
      const step = stepContest(states[state], inputs[input], { now: at(5) });
      const effects = step.effects.map(({ kind }) => kind).join(" ");
      expect(effects === "" ? phaseOf(step.state) : `${phaseOf(step.state)}: ${effects}`).toBe(expected);
    },
  );
});

function phaseOf({ rewriting, flipping }: ContestState): string {
  const phases = [
    ...(rewriting.at === "contested" ? ["rewriting"] : []),
    ...(flipping.at === "contested" ? ["flipping"] : []),
    ...(flipping.at === "ending" ? ["ending"] : []),
  ];
  return phases.length === 0 ? "calm" : phases.join(" and ");
}

describe("somebody undoes what we write", () => {
  const named: ContestInput = {
    kind: "rival-identified",
    field: { is: "addresses" },
    manager: "tunnel",
  };

  test("three times: it is a contest, and its name is asked for once", () => {
    const { state, effects } = drive(rounds(5, cleared));
    expect(phaseOf(state)).toBe("rewriting");
    expect(effects.filter(({ kind }) => kind === "identify-rival")).toEqual([
      { kind: "identify-rival", field: { is: "addresses" } },
    ]);
  });

  test("slowly, once a minute: it is a contest all the same", () => {
    const slow = [0, 60, 120].flatMap((seconds, round) =>
      rounds(1, cleared, { seconds, version: 1 + 2 * round }),
    );
    expect(phaseOf(drive(slow).state)).toBe("rewriting");
  });

  test("three times in ten minutes: it is none", () => {
    const rare = [0, 200, 400].flatMap((seconds, round) =>
      rounds(1, cleared, { seconds, version: 1 + 2 * round }),
    );
    expect(phaseOf(drive(rare).state)).toBe("calm");
  });

  test("writes many times after one of ours: that counts once", () => {
    const busy = Array.from({ length: 20 }, (_, index) => [1, observed(20 + index, cleared)] as const);
    expect(phaseOf(drive([...rounds(1, cleared), ...busy]).state)).toBe("calm");
  });

  test("the writes that restore it come at once, then after 15, 30, and every 60 seconds", () => {
    let { state } = drive(rounds(3, cleared));
    const waits: number[] = [];
    let now = 2;
    for (let round = 0; round < 5; round++) {
      const due = (contestOf(state)?.rewriting?.writeNotBefore ?? NaN) / 1000;
      waits.push(due - now);
      now = due;
      ({ state } = drive(rounds(1, cleared, { seconds: now, version: 100 + 2 * round }), state));
    }
    expect(waits).toEqual([0, 15, 30, 60, 60]);
  });

  test("it is over when a write has stood for three minutes", () => {
    const restored = drive(
      [
        [2, { kind: "writing" }],
        [2, wrote(7, satisfied())],
        [2, observed(8, satisfied())],
      ],
      drive(rounds(3, cleared)).state,
    );
    expect(phaseOf(drive([[181, { kind: "tick" }]], restored.state).state)).toBe("rewriting");
    const { state, effects } = drive([[182, { kind: "tick" }]], restored.state);
    expect(phaseOf(state)).toBe("calm");
    expect(effects).toEqual([{ kind: "transition" }]);
  });

  test("it is not over while nothing may be written", () => {
    const { state } = drive([...rounds(3, cleared), ...rounds(1, cleared, { seconds: 2, version: 7 })]);
    expect(phaseOf(drive([[182, { kind: "tick" }]], state).state)).toBe("rewriting");
  });

  test("its name is kept", () => {
    const { state } = drive([[3, named]], drive(rounds(3, cleared)).state);
    const field = { is: "addresses" };
    // Only the very question that was asked is answered.
    expect(contestOf(state)?.rewriting?.rival).toEqual({ is: "sought", field });
    const sought = contestOf(state)?.rewriting?.rival;
    if (sought?.is !== "sought") throw new Error("nobody is sought");
    const answer = { ...named, field: sought.field };
    const known = drive([[3, answer]], state).state;
    expect(contestOf(known)?.rewriting?.rival).toEqual({ is: "named", field, manager: "tunnel" });
  });

  test.each([
    [
      "its ports added",
      satisfied({
        status: {
          ...satisfied().status,
          loadBalancer: { ingress: [{ ...ours, ipMode: "Proxy", ports: [{ port: 80, protocol: "TCP" }] }] },
        },
      }),
    ],
    [
      "a host name beside it",
      satisfied({
        status: { ...satisfied().status, loadBalancer: { ingress: [{ hostname: "lb.example" }, ours] } },
      }),
    ],
    [
      "node addresses beside it",
      satisfied({
        status: {
          ...satisfied().status,
          loadBalancer: { ingress: [ours, { ip: "10.0.0.1" }, { ip: "10.0.0.2" }] },
        },
      }),
    ],
    [
      "a condition of somebody else's",
      satisfied({
        status: {
          ...satisfied().status,
          conditions: [
            ...(satisfied().status?.conditions ?? []),
            {
              ...satisfied().status?.conditions?.[0],
              type: "other.io/Ready",
              status: "True",
              reason: "Up",
              message: "",
              lastTransitionTime: "",
            },
          ],
        },
      }),
    ],
    [
      "an annotation of somebody else's",
      satisfied({ annotations: { ...satisfied().metadata.annotations, "example.com/owner": "k" } }),
    ],
  ])("nobody does by leaving our address with %s", (_how, service) => {
    expect(phaseOf(drive(rounds(5, service)).state)).toBe("calm");
  });

  test.each([
    ["clearing the status", cleared, { is: "addresses" }],
    [
      "an address in its place",
      satisfied({ status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } } }),
      { is: "addresses" },
    ],
    [
      "taking out our annotation alone",
      satisfied({ annotations: {} }),
      { is: "annotation", name: "metallb.io/ip-allocated-from-pool" },
    ],
    [
      "another pool in our annotation",
      satisfied({ annotations: { "metallb.io/ip-allocated-from-pool": "theirs" } }),
      { is: "annotation", name: "metallb.io/ip-allocated-from-pool" },
    ],
    [
      "taking out our conditions alone",
      satisfied({ status: { loadBalancer: { ingress: [ours] } } }),
      { is: "conditions" },
    ],
  ])("by %s", (_how, undone, field) => {
    const { effects } = drive(rounds(3, undone));
    expect(effects).toContainEqual({ kind: "identify-rival", field });
  });

  test("by putting back what we took out", () => {
    const withdrawal = (before: number) => wrote(before, satisfied(), ["203.0.113.1"]);
    const back = satisfied({
      status: { ...satisfied().status, loadBalancer: { ingress: [ours, { ip: "203.0.113.1" }] } },
    });
    const script = [0, 1, 2].flatMap((round) => [
      [round, observed(10 + 2 * round, back)] as const,
      [round, withdrawal(10 + 2 * round)] as const,
      [round, observed(11 + 2 * round, satisfied())] as const,
    ]);
    expect(phaseOf(drive([...script, [3, observed(16, back)]]).state)).toBe("rewriting");
  });
});

describe("what is no rewrite", () => {
  test("our own write, told by the watch before its answer comes", () => {
    const other = (message: string) =>
      satisfied({
        status: {
          loadBalancer: { ingress: [ours] },
          conditions: [
            {
              ...satisfied().status?.conditions?.[0],
              type: "steelyard.io/Allocated",
              status: "True",
              reason: "Allocated",
              message,
              lastTransitionTime: "",
            },
          ],
        },
      });
    const script = Array.from({ length: 9 }, (_, round) => [
      [round, { kind: "writing" }] as const,
      [round, observed(11 + round, other(`round ${round}`))] as const,
      [round, wrote(10 + round, other(`round ${round}`))] as const,
    ]).flat();
    expect(phaseOf(drive([[0, observed(10, other("first"))], ...script]).state)).toBe("calm");
  });

  test("a version older than our write, from a server that lags behind", () => {
    const script = Array.from({ length: 5 }, (_, round) => [
      [round, { kind: "writing" }] as const,
      [round, wrote(11 + round, satisfied())] as const,
      [round, observed(12 + round, satisfied())] as const,
      [round, observed(10, cleared)] as const,
    ]).flat();
    const start = [
      [0, observed(10, cleared)],
      [0, observed(11, cleared)],
    ] as const;
    expect(phaseOf(drive([...start, ...script]).state)).toBe("calm");
  });

  test("what came of a write whose outcome nobody knows", () => {
    const script = Array.from({ length: 5 }, (_, round) => [
      [round, { kind: "writing" }] as const,
      [round, { kind: "not-written", certain: false }] as const,
      [round, observed(20 + round, round % 2 === 0 ? cleared : satisfied())] as const,
    ]).flat();
    expect(phaseOf(drive([...rounds(1, satisfied()), ...script]).state)).toBe("calm");
  });

  test("a lost event: the rewrite that follows is seen, the one between is not", () => {
    const lossy = rounds(3, cleared).filter(
      ([, input]) => input.kind !== "observed" || input.version === "1" || input.version === "7",
    );
    expect(phaseOf(drive(lossy).state)).toBe("calm");
  });
});

describe("somebody changes the request", () => {
  const [a, b] = ["192.0.2.1", "192.0.2.2"];

  test("each time as soon as it is answered: with the third reaction what was answered last stays in force", () => {
    const { state, effects } = drive([...flips([a, b, "192.0.2.3"]), [3, observed(200, asked("192.0.2.4"))]]);
    expect(phaseOf(state)).toBe("flipping");
    expect(contestOf(state)?.requestInForce?.loadBalancerIP).toBe("192.0.2.3");
    expect(effects).toContainEqual({ kind: "identify-rival", field: { is: "load-balancer-ip" } });
  });

  test("while we write: what was under way when the contest began is in force when it is done", () => {
    const { state } = drive([
      ...flips([a, b, "192.0.2.3"]),
      [3, { kind: "writing" }],
      [3, observed(200, asked("192.0.2.4"))],
      [3, wrote(105, asked("192.0.2.3"))],
    ]);
    expect(contestOf(state)?.requestInForce?.loadBalancerIP).toBe("192.0.2.3");
    const late = drive([[4, wrote(200, asked("192.0.2.4"))]], state).state;
    expect(contestOf(late)?.requestInForce?.loadBalancerIP).toBe("192.0.2.4");
  });

  test("and changes it back: who undoes an edit is followed at once", () => {
    expect(phaseOf(drive(flips([a, b, a])).state)).toBe("calm");
  });

  test("by hand, four values in half a minute", () => {
    expect(phaseOf(drive(flips([a, b, "192.0.2.3", "192.0.2.4"], { pace: 8 })).state)).toBe("calm");
  });

  test("to and fro, slowly, though nobody answers", () => {
    const script = Array.from(
      { length: 5 },
      (_, index) => [40 * index, observed(10 + index, asked(index % 2 === 0 ? a : b))] as const,
    );
    expect(phaseOf(drive(script.slice(0, 4)).state)).toBe("calm");
    expect(phaseOf(drive(script).state)).toBe("flipping");
  });

  test("six times a minute, always to a new value", () => {
    const script = Array.from(
      { length: 7 },
      (_, index) => [8 * index, observed(10 + index, asked(`192.0.2.${index}`))] as const,
    );
    expect(phaseOf(drive(script.slice(0, 6)).state)).toBe("calm");
    expect(phaseOf(drive(script).state)).toBe("flipping");
  });

  describe("the contest ends", () => {
    const values = [a, b, a, b, a, b];
    const contested = drive(flips(values)).state;
    const later = (seconds: number, service: ReturnType<typeof asked>) =>
      phaseOf(
        drive(
          [
            [10, observed(500, service)],
            [seconds, { kind: "tick" }],
          ],
          contested,
        ).state,
      );

    test("when the request was left alone for ten minutes", () => {
      expect(later(609, asked("192.0.2.77"))).toBe("flipping");
      expect(later(610, asked("192.0.2.77"))).toBe("ending");
    });

    test("after a minute when it asks for what is held, or for nothing", () => {
      expect(later(69, asked("192.0.2.1"))).toBe("flipping");
      expect(later(70, asked("192.0.2.1"))).toBe("ending");
      expect(later(70, satisfied())).toBe("ending");
    });

    test("in two steps: what is in force stays so until the write that tells of the end has passed", () => {
      const ending = drive([[700, { kind: "tick" }]], contested).state;
      expect(contestOf(ending)).toMatchObject({ flipping: undefined, requestInForce: { loadBalancerIP: b } });
      expect(contestOf(drive([[709, { kind: "tick" }]], ending).state)).toBeDefined();
      expect(contestOf(drive([[710, { kind: "tick" }]], ending).state)).toBeUndefined();
      const answered = drive([[701, observed(600, asked("192.0.2.5"))]], ending).state;
      expect(contestOf(answered)).toMatchObject({
        flipping: { hold: 1_200_000 },
        requestInForce: { loadBalancerIP: b },
      });
    });

    test("later, when it comes back within the hour", () => {
      const ended = drive(
        [
          [700, { kind: "tick" }],
          [710, { kind: "tick" }],
        ],
        contested,
      ).state;
      const again = drive(flips(values, { seconds: 800, version: 900 }), ended).state;
      expect(contestOf(contested)?.flipping?.hold).toBe(600_000);
      expect(contestOf(again)?.flipping?.hold).toBe(1_200_000);
    });
  });
});

describe("an operator that starts", () => {
  test("goes on with the contest the Service tells of", () => {
    const { state } = drive([[0, observed(10, cleared, { isRewritten: true, isFlipping: true })]]);
    expect(contestOf(state)).toMatchObject({
      rewriting: { rival: { is: "told-before" }, writeNotBefore: at(15) },
      flipping: { rival: { is: "told-before" }, hold: 600_000 },
    });
  });

  test.each<[string, Parameters<typeof satisfied>[0], string]>([
    ["what the Service holds", {}, ""],
    [
      "what it holds, and how it shares that",
      { annotations: { "metallb.io/allow-shared-ip": "k" } },
      "allow-shared-ip",
    ],
    ["what is asked for, if nothing is held", { status: {} }, "192.0.2.9"],
    [
      "what is held though the status does not show it",
      { status: {}, annotations: { [contestedNote]: "192.0.2.1" } },
      "",
    ],
  ])("goes on with %s", (_what, parts, inForce) => {
    const service = satisfied({ ...parts, spec: { loadBalancerIP: "192.0.2.9" } });
    const { state } = drive([[0, observed(10, service, { ...nothingTold, isFlipping: true })]]);
    expect(contestOf(state)?.requestInForce?.text).toEqual(
      inForce === "" ? "" : expect.stringContaining(inForce),
    );
  });

  test("ends it after the same time", () => {
    const told = observed(10, satisfied(), { ...nothingTold, isRewritten: true });
    expect(
      phaseOf(
        drive([
          [0, told],
          [194, { kind: "tick" }],
        ]).state,
      ),
    ).toBe("rewriting");
    expect(
      phaseOf(
        drive([
          [0, told],
          [195, { kind: "tick" }],
        ]).state,
      ),
    ).toBe("calm");
  });

  test("believes later versions nothing: they show what it wrote itself", () => {
    const told = { isRewritten: true, isFlipping: true };
    const { state } = drive([
      [0, observed(10, satisfied())],
      [1, observed(11, satisfied(), told)],
    ]);
    expect(phaseOf(state)).toBe("calm");
  });
});

describe("a Service is forgotten", () => {
  test("once a write has stood for three minutes", () => {
    expect(isForgettable(states.written, at(179))).toBe(false);
    expect(isForgettable(states.written, at(180))).toBe(true);
  });

  test.each(["writing", "rewriting", "flipping"] as const)("never while %s", (state) => {
    expect(isForgettable(states[state], at(10_000))).toBe(false);
  });

  test("an hour after its request was contested", () => {
    const { state } = drive(
      [
        [700, { kind: "tick" }],
        [710, { kind: "tick" }],
      ],
      states.flipping,
    );
    expect(isForgettable(state, at(4309))).toBe(false);
    expect(isForgettable(state, at(4310))).toBe(true);
  });
});
