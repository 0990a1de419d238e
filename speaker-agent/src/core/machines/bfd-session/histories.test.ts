import { expect, test } from "@jest/globals";
import { type Instant } from "@steelyard/model/foundation";
import { seededRandom } from "@steelyard/model/testing";
import fc from "fast-check";
import { decodeBfdPacket, encodeBfdPacket } from "../../wire/bfd.ts";
import { anyBfdPacket } from "../../wire/testing/arbitraries.ts";
import { initialBfdSession, stepBfdSession } from "./step.ts";
import { type BfdSessionConfig, type BfdSessionInput, type BfdTimer } from "./types.ts";

// Whatever a router sends, and whenever timers ring: what holds in every history.

const anyConfig: fc.Arbitrary<BfdSessionConfig> = fc.record({
  transmitInterval: fc.integer({ min: 10, max: 60_000 }),
  receiveInterval: fc.integer({ min: 10, max: 60_000 }),
  detectMultiplier: fc.integer({ min: 1, max: 255 }),
  passive: fc.boolean(),
  echoInterval: fc.option(fc.integer({ min: 10, max: 60_000 }), { nil: undefined }),
});

const anyInterval = fc.oneof(fc.constantFrom(0, 1, 0xffff_ffff), fc.nat(2_000_000));
const anyPacket = fc
  .tuple(anyBfdPacket, fc.constantFrom(22, 23), anyInterval, anyInterval, anyInterval)
  .map(([packet, myDiscriminator, desiredMinTx, requiredMinRx, requiredMinEchoRx]) => ({
    ...packet,
    ...{ myDiscriminator, yourDiscriminator: 11, desiredMinTx, requiredMinRx, requiredMinEchoRx },
  }));

const anyInput: fc.Arbitrary<BfdSessionInput> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("received" as const), packet: anyPacket }) },
  fc.record({
    kind: fc.constant("timer" as const),
    timer: fc.constantFrom<BfdTimer>("transmit", "detect", "echo", "echo-detect"),
  }),
  fc.record({ kind: fc.constant("echo-returned" as const), sequence: fc.nat(5) }),
  fc.record({ kind: fc.constant("configure" as const), config: anyConfig }),
  fc.constantFrom<BfdSessionInput>({ kind: "start" }, { kind: "stop" }),
);

/** Reading the same `told` twice in a row would have BGP go down twice for one reason. */
test("nothing is thrown, one packet at most answers an input, and what is told is always news", () => {
  const history = fc.array(fc.tuple(anyInput, fc.oneof(fc.constant(0), fc.nat(5000))), { maxLength: 60 });
  fc.assert(
    fc.property(anyConfig, history, fc.nat(), (config, inputs, seed) => {
      let state = initialBfdSession(config, 11);
      const random = seededRandom(seed);
      let now = 0;
      const armed = new Map<BfdTimer, number>();
      let told: string | undefined;
      for (const [input, pause] of inputs) {
        now += pause;
        // A timer that has rung rings no more by itself.
        if (input.kind === "timer") armed.delete(input.timer);
        const step = stepBfdSession(state, input, { now: now as Instant, random });
        state = step.state;
        const sent = step.effects.filter((effect) => effect.kind === "send");
        expect(sent.length).toBeLessThanOrEqual(1);
        for (const { packet } of sent) {
          expect(decodeBfdPacket(encodeBfdPacket(packet))).toEqual({ ok: true, value: packet });
          expect(packet.poll && packet.final).toBe(false);
        }
        for (const effect of step.effects) {
          if (effect.kind === "arm") armed.set(effect.timer, effect.at);
          if (effect.kind === "disarm") armed.delete(effect.timer);
          if (effect.kind !== "changed") continue;
          expect(effect.told.state).not.toBe(told);
          told = effect.told.state;
        }
        if (input.kind === "start" || input.kind === "stop") told = undefined;
        const deadlines = {
          transmit: state.transmitAt,
          detect: state.detectAt,
          echo: state.echo.at === "off" ? undefined : state.echo.nextAt,
          "echo-detect": state.echoDetectAt,
        };
        for (const [timer, at] of Object.entries(deadlines)) expect(armed.get(timer as BfdTimer)).toBe(at);
        expect(state.echo.at === "off" || state.state === "up").toBe(true);
        expect(state.polling === "no" || state.state === "up").toBe(true);
        // Up without a deadline would be up for ever.
        expect(state.state !== "up" || state.detectAt !== undefined).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
