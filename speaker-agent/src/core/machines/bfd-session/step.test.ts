import { describe, expect, test } from "@jest/globals";
import { type Instant } from "@steelyard/model/foundation";
import { type BfdControlPacket, type BfdStateName } from "../../wire/bfd.ts";
import { viewBfdSession } from "./report.ts";
import { initialBfdSession, stepBfdSession } from "./step.ts";
import { BfdPath, type SentPacket, usualConfig } from "./testing/bfd-path.ts";
import { type BfdSessionConfig, type BfdSessionInput, type BfdSessionState } from "./types.ts";

const packet: BfdControlPacket = {
  diagnostic: 0,
  state: "down",
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 22,
  yourDiscriminator: 11,
  desiredMinTx: 300_000,
  requiredMinRx: 300_000,
  requiredMinEchoRx: 0,
};

/** One machine, at an instant that a test moves. */
class Bench {
  state: BfdSessionState;
  now = 0;
  sent: BfdControlPacket[] = [];
  effects: string[] = [];
  fraction = 1;

  constructor(config: Partial<BfdSessionConfig> = {}) {
    this.state = initialBfdSession({ ...usualConfig, ...config }, 11);
  }

  take(input: BfdSessionInput): this {
    const context = { now: this.now as Instant, random: { fraction: () => this.fraction } };
    const { state, effects } = stepBfdSession(this.state, input, context);
    this.state = state;
    for (const effect of effects) {
      this.effects.push(effect.kind);
      if (effect.kind === "send") this.sent.push(effect.packet);
    }
    return this;
  }

  hear(change: Partial<BfdControlPacket> = {}): this {
    return this.take({ kind: "received", packet: { ...packet, ...change } });
  }

  /** Up, and what that took is forgotten. */
  up(change: Partial<BfdControlPacket> = {}): this {
    this.take({ kind: "start" }).hear({ state: "init", ...change });
    this.hear({ state: "up", final: true, ...change });
    this.sent = [];
    this.effects = [];
    return this;
  }

  at(now: number): this {
    this.now = now;
    return this;
  }
}

const STATES: readonly BfdStateName[] = ["admin-down", "down", "init", "up"];

function inState(name: BfdStateName): Bench {
  const bench = new Bench();
  if (name === "admin-down") return bench;
  bench.take({ kind: "start" });
  if (name === "init") bench.hear({ state: "down" });
  if (name === "up") bench.hear({ state: "init" });
  return bench;
}

describe("the state machine (RFC 5880, section 6.2)", () => {
  // Rows: ours; columns: what the router says; cells: ours afterwards.
  const matrix: Readonly<Record<BfdStateName, readonly BfdStateName[]>> = {
    "admin-down": ["admin-down", "admin-down", "admin-down", "admin-down"],
    down: ["down", "init", "up", "down"],
    init: ["down", "init", "up", "up"],
    up: ["down", "down", "up", "up"],
  };
  for (const ours of STATES)
    for (const [column, theirs] of STATES.entries())
      test(`${ours}, and the router says ${theirs}`, () => {
        expect(inState(ours).hear({ state: theirs }).state.state).toBe(matrix[ours][column]);
      });

  test.each(STATES)("%s, and the detection time expires (section 6.8.4)", (ours) => {
    const bench = inState(ours).at(10_000).take({ kind: "timer", timer: "detect" });
    expect(bench.state.state).toBe(ours === "admin-down" ? ours : "down");
  });

  test.each(STATES)("%s, and it is stopped (section 6.8.16)", (ours) => {
    const bench = inState(ours).take({ kind: "stop" });
    expect(bench.state.state).toBe("admin-down");
    if (ours !== "admin-down")
      expect(bench.sent.at(-1)).toMatchObject({ state: "admin-down", diagnostic: 7 });
  });

  test.each(STATES)("%s, and it is started", (ours) => {
    const bench = inState(ours).take({ kind: "start" });
    expect(bench.state.state).toBe(ours === "admin-down" ? "down" : ours);
  });

  test.each(STATES)("%s, and a timer rings before its time", (ours) => {
    for (const timer of ["transmit", "detect", "echo", "echo-detect"] as const) {
      const bench = inState(ours).at(-1);
      const { state, sent } = bench;
      bench.sent = [];
      bench.take({ kind: "timer", timer });
      expect([bench.state, bench.sent]).toEqual([state, []]);
      expect(sent.length).toBe(ours === "admin-down" ? 0 : ours === "down" ? 1 : 2);
    }
  });

  test("a timer that rang before its time is armed again", () => {
    const bench = inState("up").at(10);
    bench.effects = [];
    bench.take({ kind: "timer", timer: "detect" });
    expect(bench.effects).toEqual(["arm"]);
  });
});

describe("the packet (section 6.8.7)", () => {
  test("the first one knows no router, and is slow", () => {
    expect(new Bench().take({ kind: "start" }).sent).toEqual([
      {
        ...packet,
        myDiscriminator: 11,
        yourDiscriminator: 0,
        desiredMinTx: 1_000_000,
        requiredMinRx: 300_000,
      },
    ]);
  });

  test("names the router's session once it is known (section 6.8.1), and no longer than that", () => {
    const bench = inState("init");
    expect(bench.sent.at(-1)?.yourDiscriminator).toBe(22);
    bench.at(10_000).take({ kind: "timer", timer: "detect" });
    expect(bench.sent.at(-1)).toMatchObject({ state: "down", diagnostic: 1, yourDiscriminator: 0 });
  });

  test("says that it shares the fate of the control plane (RFC 5882, section 4.3)", () => {
    expect(inState("up").sent.every((each) => !each.controlPlaneIndependent && !each.demand)).toBe(true);
  });

  test.each([
    [{ state: "down", diagnostic: 1 }, 3, "heard nothing from this node"],
    [{ state: "admin-down", diagnostic: 7 }, 3, "administratively"],
    [{ state: "down", diagnostic: 30 }, 3, "number 30"],
  ] as const)("after %j its diagnostic is %d", (change, diagnostic, words) => {
    const bench = new Bench().up().hear(change);
    expect(bench.sent).toMatchObject([{ state: "down", diagnostic, desiredMinTx: 1_000_000 }]);
    expect(bench.state.told.because).toContain(words);
  });
});

describe("transmission", () => {
  test("is jittered by 75–100 %, by 75–90 % with multiplier 1 (section 6.8.7)", () => {
    const pause = (detectMultiplier: number, fraction: number) => {
      const bench = new Bench({ detectMultiplier }).up();
      bench.fraction = fraction;
      const due = bench.state.transmitAt ?? 0;
      bench.at(due).take({ kind: "timer", timer: "transmit" });
      return (bench.state.transmitAt ?? 0) - due;
    };
    expect([pause(3, 0), pause(3, 1), pause(1, 0), pause(1, 1)]).toEqual([225, 300, 225, 270]);
  });

  test("keeps to its deadlines when timers come late, and does not make up for a stall", () => {
    const bench = new Bench().up();
    const due = bench.state.transmitAt ?? 0;
    bench.at(due + 40).take({ kind: "timer", timer: "transmit" });
    expect(bench.state.transmitAt).toBe(due + 300);
    bench.at(due + 5000).take({ kind: "timer", timer: "transmit" });
    expect([bench.sent.length, bench.state.transmitAt]).toEqual([2, due + 5300]);
  });

  test("is as slow as the router wants it (section 6.8.2)", () => {
    const bench = new Bench().up({ requiredMinRx: 700_000 });
    expect(viewBfdSession(bench.state).transmitInterval).toBe(700);
  });

  test("ends when the router wants no periodic packets (section 6.8.7)", () => {
    const bench = new Bench().up({ requiredMinRx: 0 });
    expect(bench.state.transmitAt).toBeUndefined();
    bench.hear({ state: "up", requiredMinRx: 0, poll: true });
    expect(bench.sent).toMatchObject([{ final: true }]);
    bench.hear({ state: "up" });
    expect(bench.state.transmitAt).toBeDefined();
  });

  test("a passive one waits for the router (section 6.1)", () => {
    const bench = new Bench({ passive: true }).take({ kind: "start" });
    expect([bench.sent, bench.state.transmitAt]).toEqual([[], undefined]);
    bench.hear();
    expect(bench.sent).toMatchObject([{ state: "init" }]);
    expect(bench.state.transmitAt).toBeDefined();
  });

  test("in the router's demand mode ends while both are up, but for polls and finals (section 6.6)", () => {
    const bench = new Bench().up({ demand: true });
    expect(bench.state.transmitAt).toBeUndefined();
    bench.hear({ state: "up", demand: true, poll: true });
    expect(bench.sent.at(-1)).toMatchObject({ final: true, poll: false });
    bench.take({ kind: "configure", config: { ...usualConfig, receiveInterval: 400 } });
    expect(bench.sent.at(-1)).toMatchObject({ poll: true, requiredMinRx: 400_000 });
    expect(bench.state.transmitAt).toBeDefined();
    bench.hear({ state: "up", demand: true, final: true });
    expect(bench.state.transmitAt).toBeUndefined();
    bench.hear({ state: "up" });
    expect(bench.state.transmitAt).toBeDefined();
  });
});

describe("detection (section 6.8.4)", () => {
  test.each([
    [{ desiredMinTx: 300_000, detectMultiplier: 3 }, 900],
    [{ desiredMinTx: 500_000, detectMultiplier: 3 }, 1500],
    [{ desiredMinTx: 10_000, detectMultiplier: 5 }, 1500],
    [{ desiredMinTx: 0, detectMultiplier: 1 }, 300],
  ])("%j: %d ms", (change, expected) => {
    const bench = new Bench({ detectMultiplier: 7 }).up(change);
    expect(viewBfdSession(bench.state).detectTime).toBe(expected);
    bench.at(expected - 1).take({ kind: "timer", timer: "detect" });
    expect(bench.state.state).toBe("up");
    bench.at(expected).take({ kind: "timer", timer: "detect" });
    expect([bench.state.state, bench.state.diagnostic]).toEqual(["down", 1]);
    expect(bench.state.told.because).toContain(`for ${expected} ms`);
  });

  test("in state down forgets the router", () => {
    const bench = inState("up").hear({ state: "down" });
    expect(bench.state.remote).toBeDefined();
    bench.at(1000).take({ kind: "timer", timer: "detect" });
    expect(bench.state.remote).toBeUndefined();
  });
});

describe("a poll sequence (sections 6.5, 6.8.3)", () => {
  const configure = (change: Partial<BfdSessionConfig>): BfdSessionInput => ({
    kind: "configure",
    config: { ...usualConfig, ...change },
  });

  test("is answered at once, with a final that is no poll, in every state but admin-down", () => {
    for (const state of ["down", "init", "up"] as const) {
      const bench = inState(state);
      bench.sent = [];
      bench.hear({ state: state === "up" ? "up" : "down", poll: true });
      expect(bench.sent).toMatchObject([{ final: true, poll: false }]);
    }
    expect(new Bench().hear({ poll: true }).sent).toEqual([]);
  });

  test("begins when the session comes up, because it is slow until then", () => {
    const bench = new Bench().take({ kind: "start" }).hear({ state: "init" });
    expect(bench.sent.at(-1)).toMatchObject({ state: "up", poll: true, desiredMinTx: 300_000 });
    expect(viewBfdSession(bench.state).transmitInterval).toBe(300);
  });

  test("a slower transmission waits for the final, a faster one does not", () => {
    const bench = new Bench().up();
    const interval = () => viewBfdSession(bench.state).transmitInterval;
    bench.take(configure({ transmitInterval: 900 }));
    expect(bench.sent).toMatchObject([{ poll: true, desiredMinTx: 900_000 }]);
    expect(interval()).toBe(300);
    bench.hear({ state: "up" });
    expect(interval()).toBe(300);
    bench.hear({ state: "up", final: true });
    expect(interval()).toBe(900);
    bench.take(configure({ transmitInterval: 400 }));
    expect(interval()).toBe(400);
    const due = bench.state.transmitAt ?? 0;
    expect(due).toBeLessThanOrEqual(400);
  });

  test("a shorter detection waits for the final, a longer one does not", () => {
    const bench = new Bench().up({ desiredMinTx: 0 });
    const time = () => viewBfdSession(bench.state).detectTime;
    bench.take(configure({ receiveInterval: 100 }));
    expect([bench.sent[0]?.requiredMinRx, time()]).toEqual([100_000, 900]);
    bench.hear({ state: "up", desiredMinTx: 0, final: true });
    expect(time()).toBe(300);
    bench.at(100).take(configure({ receiveInterval: 500 }));
    expect([time(), bench.state.detectAt]).toEqual([1500, 1500]);
  });

  test("two changes need two finals", () => {
    const bench = new Bench().up();
    bench.take(configure({ transmitInterval: 600 })).take(configure({ transmitInterval: 900 }));
    bench.hear({ state: "up", final: true });
    expect(viewBfdSession(bench.state).transmitInterval).toBe(300);
    bench.at(bench.state.transmitAt ?? 0).take({ kind: "timer", timer: "transmit" });
    expect(bench.sent.at(-1)?.poll).toBe(true);
    bench.hear({ state: "up", final: true });
    expect(viewBfdSession(bench.state).transmitInterval).toBe(900);
  });

  test("a multiplier is simply said (section 6.8.12)", () => {
    const bench = new Bench().up().take(configure({ detectMultiplier: 5 }));
    expect(bench.sent).toMatchObject([{ poll: false, detectMultiplier: 5 }]);
  });

  test("nothing is sent for a change that the router does not see", () => {
    const bench = new Bench().up().take(configure({ passive: true }));
    expect(bench.sent).toEqual([]);
  });
});

describe("what is told", () => {
  test("up, and not up any more, once each; the way back is nobody's business", () => {
    const path = new BfdPath().start().run(5000);
    path.cut();
    path.run(5000);
    path.weather.passes = { near: true, far: false };
    path.run(20_000);
    path.weather.passes = { near: true, far: true };
    path.run(5000);
    expect(path.near.told.map(({ state, wasUp }) => [state, wasUp])).toEqual([
      ["up", true],
      ["down", true],
      ["up", true],
    ]);
  });

  test("nothing, of a session that never was up", () => {
    const path = new BfdPath();
    path.weather.passes = { near: true, far: false };
    path.start().run(60_000);
    path.input(path.far, { kind: "stop" });
    path.run(60_000);
    expect([path.near.told, path.far.told]).toEqual([[], []]);
  });

  test("admin-down, when the router says so: of a session that is up, and of one that is down", () => {
    const path = new BfdPath().start().run(5000);
    path.input(path.far, { kind: "stop" });
    path.run(5000);
    expect(path.near.told.map(({ state }) => state)).toEqual(["up", "admin-down"]);
    expect(viewBfdSession(path.near.state).state).toBe("admin-down");
    const other = new Bench().up().at(10_000).take({ kind: "timer", timer: "detect" });
    other.hear({ state: "admin-down" });
    expect(other.effects.filter((kind) => kind === "changed").length).toBe(2);
  });

  test("nothing of our own stop", () => {
    const bench = new Bench().up().take({ kind: "stop" });
    expect(bench.effects).not.toContain("changed");
  });
});

describe("the end", () => {
  test("is said for a detection time, and then there is silence", () => {
    const path = new BfdPath().start().run(5000);
    const { near, far } = path;
    near.sent.length = 0;
    path.input(near, { kind: "stop" });
    path.run(60_000);
    expect(near.sent[0]).toMatchObject({ packet: { state: "admin-down", diagnostic: 7 } });
    expect(near.sent.length).toBeLessThan(4);
    expect(near.state.remote).toBeUndefined();
    expect([...near.timers]).toEqual([]);
    expect(far.told.at(-1)?.state).toBe("admin-down");
  });

  test("it may be taken back", () => {
    const path = new BfdPath().start().run(5000);
    path.input(path.near, { kind: "stop" });
    path.run(100);
    path.input(path.near, { kind: "start" });
    path.run(5000);
    expect(path.states).toEqual(["up", "up"]);
  });
});

describe("echo (sections 6.4, 6.8.9)", () => {
  const echoing = { echoInterval: 50 };
  const rate = (sent: readonly SentPacket[], since: number) => sent.filter(({ at }) => at >= since).length;

  test("takes over the detection once a packet has come back, and the router's packets become rare", () => {
    const path = new BfdPath(echoing, { echoInterval: 20 }).start().run(5000);
    expect(path.near.state.echo.at).toBe("proven");
    expect(path.near.state.requiredMinRx).toBe(1000);
    path.run(10_000);
    expect(rate(path.far.sent, 5000)).toBeLessThan(16);
    expect(path.near.told.length).toBe(1);
    path.weather.returnsEcho = { near: true, far: false };
    const cutAt = path.now;
    path.run(200);
    expect(path.near.told[1]?.because).toBe("the router has returned no echo packet for 150 ms");
    expect((path.near.told[1]?.at ?? 0) - cutAt).toBeLessThanOrEqual(150);
    expect(path.near.sent.some(({ packet: sent }) => sent.diagnostic === 2)).toBe(true);
  });

  test("is sent as slowly as the router wants", () => {
    const path = new BfdPath(echoing, { echoInterval: 500 }).start().run(5000);
    const before = path.near.echoes;
    path.run(10_000);
    expect(path.near.echoes - before).toBeGreaterThanOrEqual(20);
    expect(path.near.echoes - before).toBeLessThanOrEqual(27);
  });

  test("a router that promises it and does not return them keeps its session up, and is asked rarely", () => {
    const path = new BfdPath(echoing, echoing);
    path.weather.returnsEcho = { near: false, far: false };
    path.start().run(5000);
    const before = path.near.echoes;
    path.run(60_000);
    expect([path.states, path.near.told.length]).toEqual([["up", "up"], 1]);
    expect(path.near.echoes - before).toBeLessThan(85);
  });

  test("is not sent to a router that does not want it, and ends when it does not any more", () => {
    const path = new BfdPath(echoing, {}).start().run(5000);
    expect(path.near.echoes).toBe(0);
    path.configure(path.far, echoing);
    path.run(2000);
    expect(path.near.state.echo.at).toBe("proven");
    path.configure(path.far, { echoInterval: undefined });
    path.run(2000);
    expect([path.near.state.echo.at, path.near.state.requiredMinRx]).toEqual(["off", 300]);
    path.run(10_000);
    expect(path.near.told.length + path.far.told.length).toBe(2);
  });

  test("a packet that was not sent, or is back for the second time, proves nothing", () => {
    const bench = new Bench(echoing).up({ requiredMinEchoRx: 50_000 });
    bench.take({ kind: "timer", timer: "echo" });
    expect(bench.effects).toContain("send-echo");
    bench.take({ kind: "echo-returned", sequence: 2 });
    expect(bench.state.echo.at).toBe("trying");
    bench.take({ kind: "echo-returned", sequence: 1 });
    const { echoDetectAt } = bench.state;
    bench.at(100).take({ kind: "echo-returned", sequence: 1 });
    expect(bench.state.echoDetectAt).toBe(echoDetectAt);
  });
});
