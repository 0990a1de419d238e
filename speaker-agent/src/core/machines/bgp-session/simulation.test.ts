import { describe, expect, test } from "@jest/globals";
import { type Instant, type Random } from "@steelyard/model/foundation";
import { seededRandom } from "@steelyard/model/testing";
import { bytesOf, idOf, routerOpen } from "./testing/router-messages.ts";
import { type Speaker, TcpWorld } from "./testing/tcp-world.ts";
import { type BgpSessionConfig } from "./types.ts";

const SEEDS = Array.from(
  { length: Number(process.env["STEELYARD_HISTORY_RUNS"] ?? 40) },
  (_, index) => index + 1,
);
const configOfA: Partial<BgpSessionConfig> = {};
const configOfB: Partial<BgpSessionConfig> = {
  localAsn: 65001,
  peerAsn: 65000,
  routerId: idOf("10.0.0.2"),
  transport: "10.0.0.1:179",
};

/** Both established, with each other, on one connection, which is the only one. */
function expectUnited(world: TcpWorld): void {
  const { a, b } = world;
  expect([a.driver?.report.state, b.driver?.report.state]).toEqual(["established", "established"]);
  expect(a.driver?.report.negotiated?.connection).toBe(b.driver?.report.negotiated?.connection);
  expect(world.openOf(a)).toHaveLength(1);
  expect(world.openOf(b)).toEqual(world.openOf(a));
}

describe("both dial at once", () => {
  const ids = [
    ["higher there", idOf("10.0.0.1"), idOf("10.0.0.2")],
    ["higher here", idOf("10.0.0.3"), idOf("10.0.0.2")],
    ["equal", idOf("10.0.0.2"), idOf("10.0.0.2")],
  ] as const;
  test.each(ids)(
    "identifier %s: one connection stays, the same on both sides, and no session flaps",
    (_, a, b) => {
      for (let seed = 1; seed <= 400; seed++) {
        const random = seededRandom(seed);
        const world = new TcpWorld({ random, latency: [1, 40] });
        // Who listens first decides nothing: both are there, and dial within 60 ms of each other.
        world.boot(world.a, { ...configOfA, routerId: a, passive: true });
        world.boot(world.b, { ...configOfB, routerId: b, passive: true });
        for (const [speaker, config] of [
          [world.a, { ...configOfA, routerId: a }],
          [world.b, { ...configOfB, routerId: b }],
        ] as const) {
          const full = { ...speaker.driver?.state.config, ...config, passive: false } as BgpSessionConfig;
          const at = (random.fraction() * 60) as Instant;
          world.at(at, () => world.give(speaker, { kind: "configure", config: full }));
        }
        world.pass(1000);
        expectUnited(world);
        expect([seed, world.a.flaps, world.b.flaps]).toEqual([seed, 0, 0]);
        expect(world.a.dials.length + world.b.dials.length).toBeLessThanOrEqual(2);
      }
    },
  );
});

type Fault = (world: TcpWorld, random: Random) => void;

const either = (world: TcpWorld, random: Random): Speaker => (random.fraction() < 0.5 ? world.a : world.b);
const configOf = (world: TcpWorld, speaker: Speaker) => (speaker === world.a ? configOfA : configOfB);

function anyConnection(world: TcpWorld, random: Random) {
  const all = [...world.connections.values()];
  return all[Math.floor(random.fraction() * all.length)];
}

const faults: Readonly<Record<string, Fault>> = {
  reset: (world, random) => {
    const connection = anyConnection(world, random);
    if (connection !== undefined) world.reset(connection);
  },
  garbage: (world, random) => {
    const connection = anyConnection(world, random);
    const bytes = Uint8Array.from({ length: Number(process.env["STEELYARD_HISTORY_RUNS"] ?? 40) }, () =>
      Math.floor(random.fraction() * 256),
    );
    if (connection !== undefined) world.inject(connection, random.fraction() < 0.5, bytes);
  },
  "an OPEN out of place": (world, random) => {
    const connection = anyConnection(world, random);
    if (connection !== undefined) world.inject(connection, random.fraction() < 0.5, bytesOf(routerOpen));
  },
  cut: (world, random) => {
    world.cut(random.fraction() * 200_000);
  },
  crash: (world, random) => {
    const speaker = either(world, random);
    world.crash(speaker);
    world.at((world.now + random.fraction() * 20_000) as Instant, () => {
      if (speaker.driver === undefined) world.boot(speaker, configOf(world, speaker), true);
    });
  },
  "roll-out": (world, random) => {
    const speaker = either(world, random);
    world.give(speaker, { kind: "stop", exit: "roll-out" });
    world.crash(speaker);
    world.boot(speaker, configOf(world, speaker), true);
  },
  "BFD down and up": (world, random) => {
    const speaker = either(world, random);
    world.give(speaker, { kind: "bfd", state: "up" });
    world.give(speaker, { kind: "bfd", state: "down" });
    world.at((world.now + random.fraction() * 90_000) as Instant, () =>
      world.give(speaker, { kind: "bfd", state: "up" }),
    );
  },
  deaf: (world, random) => {
    const speaker = either(world, random);
    speaker.isListening = false;
    world.at((world.now + random.fraction() * 20_000) as Instant, () => (speaker.isListening = true));
  },
  reconfigured: (world, random) => {
    const speaker = either(world, random);
    const { driver } = speaker;
    if (driver === undefined) return;
    const holdTimeSeconds = 3 + Math.floor(random.fraction() * 90);
    world.give(speaker, { kind: "configure", config: { ...driver.state.config, holdTimeSeconds } });
  },
};

describe("random faults", () => {
  const names = Object.keys(faults);

  function play(seed: number, choice: readonly string[], count: number): TcpWorld {
    const random = seededRandom(seed);
    const world = new TcpWorld({ random, latency: [1, 200] });
    world.boot(world.a, configOfA);
    world.boot(world.b, configOfB);
    for (let index = 0; index < count; index++) {
      world.pass(random.fraction() * (random.fraction() < 0.3 ? 500 : 40_000));
      const name = choice[Math.floor(random.fraction() * choice.length)] ?? "reset";
      faults[name]?.(world, random);
    }
    return world;
  }

  test.each(SEEDS)("history %i ends established", (seed) => {
    const world = play(seed, names, 60);
    // The longest waits: a cut that is still to be healed, then a large hold timer, then a backoff.
    world.pass(600_000);
    expectUnited(world);
    expect(world.steps).toBeLessThan(5000);
  });

  test.each(names)("nothing but %s", (name) => {
    const world = play(7, [name], 40);
    world.pass(600_000);
    expectUnited(world);
    // These two alone end no session.
    if (name !== "deaf" && name !== "reconfigured") expect(world.a.flaps + world.b.flaps).toBeGreaterThan(1);
  });

  test("an hour of flapping leaves nothing behind", () => {
    const size = (world: TcpWorld) => JSON.stringify([world.a.driver?.state, world.b.driver?.state]).length;
    const world = play(5, ["reset", "garbage"], 3);
    world.pass(60_000);
    const before = size(world);
    const flaps = world.a.flaps;
    for (let minute = 0; minute < 60; minute++) {
      for (const connection of world.connections.values()) world.reset(connection);
      world.pass(60_000);
    }
    expect(world.a.flaps - flaps).toBeGreaterThan(50);
    // Counters and sentences have more digits and letters than before.
    expect(size(world)).toBeLessThan(before + 500);
  });

  test("what does not go wrong stays up: an hour of peace is not one flap", () => {
    const world = play(3, ["reset"], 1);
    world.pass(60_000);
    const flaps = world.a.flaps + world.b.flaps;
    world.pass(3_600_000);
    expectUnited(world);
    expect(world.a.flaps + world.b.flaps).toBe(flaps);
  });
});
