import { describe, expect, test } from "@jest/globals";
import { type Instant } from "@steelyard/model/foundation";
import fc from "fast-check";
import { pingInterval, stepPeerWatch } from "./step.ts";
import {
  initialPeerWatchState,
  type PeerState,
  type PeerWatchEffect,
  type PeerWatchInput,
  type PeerWatchState,
  STALL_PATIENCE,
} from "./types.ts";

/** How a node behaves towards the watch. `cut`: neither process nor kernel; `stalled`: the kernel alone. */
type Behaviour = "well" | "cut" | "stalled" | "no process" | "elsewhere";

/** Runs the watch of one node in virtual time; nodes answer at once. */
class Bench {
  state: PeerWatchState = initialPeerWatchState;
  now = 0;
  readonly told: string[] = [];
  readonly pings = new Map<string, number>();
  readonly behaviours = new Map<string, Behaviour>();
  /** The machine stands still until then: its timer comes late. */
  pausedUntil = 0;
  private timer: number | undefined;

  watch(peers: readonly string[], witnesses: readonly string[] = peers): this {
    return this.input({ kind: "watch", peers, witnesses });
  }

  behave(node: string, behaviour: Behaviour): this {
    this.behaviours.set(node, behaviour);
    return this;
  }

  run(millis: number): this {
    const end = this.now + millis;
    for (;;) {
      const due = this.timer === undefined ? undefined : Math.max(this.timer, this.pausedUntil);
      if (due === undefined || due > end) break;
      this.now = Math.max(this.now, due);
      this.timer = undefined;
      this.input({ kind: "timer" });
    }
    this.now = end;
    return this;
  }

  input(input: PeerWatchInput): this {
    const { state, effects } = stepPeerWatch(this.state, input, { now: this.now as Instant });
    this.state = state;
    for (const effect of effects) this.perform(effect);
    return this;
  }

  at(node: string): PeerState["at"] | undefined {
    return this.state.peers.get(node)?.at;
  }

  private perform(effect: PeerWatchEffect): void {
    switch (effect.kind) {
      case "arm":
        this.timer = effect.at;
        return;
      case "gone":
        this.told.push(`${effect.node} ${effect.cause} at ${this.now} after ${effect.silentFor}`);
        return;
      case "back":
        this.told.push(`${effect.node} back at ${this.now}`);
        return;
      case "ping":
        this.pings.set(effect.node, (this.pings.get(effect.node) ?? 0) + 1);
        return this.answer(effect.node, "ping");
      case "ask-kernel":
        return this.answer(effect.node, "kernel");
    }
  }

  private answer(node: string, question: "ping" | "kernel"): void {
    const behaviour = this.behaviours.get(node) ?? "well";
    if (question === "kernel") {
      if (behaviour === "elsewhere") this.input({ kind: "kernel-out-of-reach", node });
      else if (behaviour !== "cut") this.input({ kind: "kernel-heard", node });
    } else if (behaviour === "well") this.input({ kind: "heard", node });
    else if (behaviour === "no process") this.input({ kind: "refused", node });
  }
}

const watching = (...nodes: readonly string[]): Bench => new Bench().watch(nodes).run(1000);

describe("a watched node", () => {
  test("that answers is pinged every 50 ms and never spoken of", () => {
    const bench = watching("a").run(9000);
    expect(bench.told).toEqual([]);
    expect(bench.pings.get("a")).toBe(201);
  });

  test("whose kernel is silent as well is gone within 210 ms", () => {
    const bench = watching("a", "b").behave("a", "cut").run(1000);
    expect(bench.told).toEqual(["a node-gone at 1210 after 210"]);
  });

  test("whose process is gone is gone with the next ping", () => {
    const bench = watching("a", "b").behave("a", "no process").run(1000);
    expect(bench.told).toEqual(["a process-gone at 1050 after 50"]);
  });

  test.each([500, 1000, 2000, 2400])("that stalls for %d ms keeps what it has", (stall) => {
    const bench = watching("a", "b").behave("a", "stalled").run(stall).behave("a", "well").run(5000);
    expect(bench.told).toEqual([]);
    expect(bench.at("a")).toBe("up");
  });

  test("that stalls for longer is gone after 2.5 s, and is back when it answers", () => {
    const bench = watching("a", "b").behave("a", "stalled").run(5000);
    expect(bench.told).toHaveLength(1);
    const [, silence = ""] = /^a stalled at \d+ after (\d+)$/.exec(bench.told[0] ?? "") ?? [];
    expect(Number(silence)).toBeGreaterThanOrEqual(STALL_PATIENCE);
    expect(Number(silence)).toBeLessThanOrEqual(STALL_PATIENCE + 310);
    bench.behave("a", "well").run(500);
    expect(bench.told[1]).toMatch(/^a back/);
  });

  test("that stalls and then loses its kernel is gone at the end of that round", () => {
    const bench = watching("a", "b").behave("a", "stalled").run(700).behave("a", "cut").run(500);
    expect(bench.told).toEqual([expect.stringMatching(/^a node-gone/)]);
  });

  test("on another segment is left to gossip", () => {
    const bench = watching("a", "b").behave("a", "elsewhere").run(60_000);
    expect(bench.told).toEqual([]);
    expect(bench.at("a")).toBe("silent");
  });

  test.each<Behaviour>(["cut", "no process", "stalled", "elsewhere"])(
    "that was never heard is never judged (%s)",
    (behaviour) => {
      const bench = new Bench().behave("a", behaviour).watch(["a", "b"]).run(60_000);
      expect(bench.told).toEqual([]);
      expect(bench.at("a")).toBe("unheard");
    },
  );
});

describe("witnesses", () => {
  test("who hears nobody says nothing, until it hears somebody again", () => {
    const bench = new Bench().watch(["a"], ["a", "b", "c"]).run(1000);
    for (const node of ["a", "b", "c"]) bench.behave(node, "cut");
    expect(bench.run(60_000).told).toEqual([]);
    bench.behave("b", "well").run(500);
    expect(bench.told).toEqual([expect.stringMatching(/^a node-gone/)]);
  });

  test.each([1, 5, 20])(
    "who was cut off itself blames nobody when it is heard again, %i ms later",
    (millis) => {
      for (let start = 0; start < 600; start += 3) {
        const bench = watching("a", "b", "c");
        for (const node of ["a", "b", "c"]) bench.behave(node, "cut");
        bench.run(3000 + start);
        for (const node of ["a", "b", "c"]) {
          bench.behave(node, "well");
          bench.input({ kind: "heard", node }).run(millis);
        }
        expect(bench.run(1000).told).toEqual([]);
      }
    },
  );

  test("where there is nobody else, nobody has to be heard", () => {
    expect(watching("a").behave("a", "cut").run(1000).told).toHaveLength(1);
  });

  test("three are asked, and only while a silence lasts", () => {
    const names = ["b", "c", "d", "e"];
    const bench = new Bench().watch(["a"], ["a", ...names]).run(1000);
    expect(names.map((node) => bench.pings.get(node))).toEqual([undefined, undefined, undefined, undefined]);
    bench.behave("a", "cut").run(1000);
    expect(names.map((node) => bench.pings.get(node))).toEqual([3, 3, 3, undefined]);
  });
});

describe("our own stall", () => {
  test.each([200, 1000, 10_000])("of %d ms is nobody else's silence", (stall) => {
    const bench = watching("a", "b");
    bench.pausedUntil = bench.now + stall;
    expect(bench.run(stall + 5000).told).toEqual([]);
  });

  test("delays the verdict on a node that is gone by no more than it lasted", () => {
    const bench = watching("a", "b").behave("a", "cut");
    bench.pausedUntil = bench.now + 1000;
    expect(bench.run(5000).told).toEqual([expect.stringMatching(/^a node-gone at 2[12]\d\d/)]);
  });
});

describe("who is gone", () => {
  test("is pinged twice a second, and stays so when nobody asks for it any more, while it is a member", () => {
    const bench = watching("a", "b").behave("a", "cut").run(1000);
    bench.watch([], ["a", "b"]);
    const before = bench.pings.get("a") ?? 0;
    bench.run(10_000);
    expect((bench.pings.get("a") ?? 0) - before).toBe(20);
    bench.behave("a", "well").run(1000);
    expect(bench.told[1]).toMatch(/^a back/);
    expect(bench.at("a")).toBeUndefined();
  });

  test("is forgotten when it is no member any more", () => {
    const bench = watching("a", "b").behave("a", "cut").run(1000).watch([], ["b"]);
    expect(bench.at("a")).toBeUndefined();
  });
});

test.each([
  [1, 50],
  [64, 50],
  [65, 100],
  [640, 500],
])("with %d peers each is pinged every %d ms", (peers, interval) => {
  expect(pingInterval(peers)).toBe(interval);
});

test("whatever comes in which order: a verdict is said once, and only of nodes that were heard", () => {
  const node = fc.constantFrom("a", "b", "c");
  const input: fc.Arbitrary<PeerWatchInput> = fc.oneof(
    fc.record({ kind: fc.constantFrom("heard", "refused", "kernel-heard", "kernel-out-of-reach"), node }),
    fc.record({ kind: fc.constant("timer" as const) }),
    fc.record({
      kind: fc.constant("watch" as const),
      peers: fc.uniqueArray(node),
      witnesses: fc.uniqueArray(node),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(400), input), { maxLength: 60 }), (history) => {
      const gone = new Set<string>();
      const everHeard = new Set<string>();
      let state = initialPeerWatchState;
      let now = 0;
      for (const [later, event] of history) {
        now += later;
        if (event.kind === "heard") everHeard.add(event.node);
        const step = stepPeerWatch(state, event, { now: now as Instant });
        state = step.state;
        for (const effect of step.effects) {
          if (effect.kind === "arm") expect(effect.at).toBeGreaterThan(now);
          if (effect.kind === "back") expect(gone.delete(effect.node)).toBe(true);
          if (effect.kind !== "gone") continue;
          expect(gone.has(effect.node)).toBe(false);
          expect(everHeard.has(effect.node)).toBe(true);
          gone.add(effect.node);
        }
        for (const each of gone) if (!state.peers.has(each)) gone.delete(each);
      }
    }),
  );
});
