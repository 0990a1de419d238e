import { expect, test } from "@jest/globals";
import { type Instant, instantAfter } from "@steelyard/model/foundation";
import fc from "fast-check";
import { link } from "../../interfaces/testing/links.ts";
import { decodeArp } from "../../wire/arp.ts";
import { decodeEthernet } from "../../wire/ethernet.ts";
import { stepAnnouncer } from "./step.ts";
import { announce, at, config, hashOf, linksOf, random, snapshotOf } from "./testing/drive.ts";
import { announcement, answerToProbe, macOf, seeking } from "./testing/station.ts";
import {
  type AnnouncerEffect,
  type AnnouncerInput,
  type AnnouncerState,
  type AnnouncerTimer,
  initialAnnouncerState,
  PROBE_COUNT,
  PROBE_INTERVAL,
} from "./types.ts";

/**
 * An address that is to be asked about, on a segment where strangers and peers say things at any time. The rule, checked
 * on the frames alone: before it is announced, three probes and 150 ms have passed since a stranger claimed it last.
 */
class Segment {
  state: AnnouncerState = initialAnnouncerState;
  now: Instant = at(0);
  announced = false;
  /** Since the last stranger, or since there is a link to ask on. */
  silence = { since: at(0), probes: 0 };
  readonly #armed = new Map<AnnouncerTimer, Instant>();

  take(input: AnnouncerInput): void {
    const { state, effects } = stepAnnouncer(this.state, input, { now: this.now, random, config });
    this.state = state;
    for (const effect of effects) this.#perform(effect);
  }

  wait(millis: number): void {
    const until = instantAfter(this.now, millis);
    for (let next = this.#due(until); next !== undefined; next = this.#due(until)) {
      const [timer, instant] = next;
      this.#armed.delete(timer);
      this.now = instant;
      this.take({ kind: "timer", timer });
    }
    this.now = until;
  }

  strangerSpeaks(): void {
    this.silence = { since: this.now, probes: 0 };
  }

  #due(until: Instant): [AnnouncerTimer, Instant] | undefined {
    const due = [...this.#armed].filter(([, instant]) => instant <= until);
    return due.sort(([, left], [, right]) => left - right)[0];
  }

  #perform(effect: AnnouncerEffect): void {
    if (effect.kind === "arm") this.#armed.set(effect.timer, effect.at);
    if (effect.kind === "open-socket") this.take({ ...effect, kind: "socket-opened" });
    if (effect.kind === "send") for (const frame of effect.frames) this.#sent(frame);
  }

  #sent(bytes: Uint8Array): void {
    const frame = decodeEthernet(bytes);
    const packet = frame.ok ? decodeArp(frame.value.payload) : frame;
    if (!packet.ok) throw new Error(packet.error.message);
    if (packet.value.senderAddress.value === 0n) this.silence.probes += 1;
    else if (!this.announced) {
      this.announced = true;
      expect(this.silence.probes).toBeGreaterThanOrEqual(PROBE_COUNT);
      expect(this.now - this.silence.since).toBeGreaterThanOrEqual(PROBE_COUNT * PROBE_INTERVAL);
    }
  }
}

const address = "192.0.2.10";
const eth0 = link("eth0", 10);
const frames = (...list: readonly Uint8Array[]): AnnouncerInput => {
  return { kind: "frames", interfaceIndex: 10, protocol: "arp", frames: list };
};
const snapshot = (version: number, probe: boolean) => snapshotOf(version, announce(address, { probe }));

const anyEvent = fc.oneof(
  fc.record({ kind: fc.constant("wait" as const), millis: fc.nat(2500) }),
  fc.record({ kind: fc.constant("short-wait" as const), millis: fc.nat(60) }),
  fc.constantFrom(
    { kind: "claim" as const },
    { kind: "answer" as const },
    { kind: "peer" as const },
    { kind: "down" as const },
    { kind: "up" as const },
    { kind: "again" as const },
    { kind: "not-fresh" as const },
    { kind: "peers" as const },
  ),
);

function play(segment: Segment, event: { kind: string; millis?: number }): void {
  const stranger = { station: "stranger", address };
  switch (event.kind) {
    case "claim":
      segment.strangerSpeaks();
      return segment.take(frames(...announcement(stranger)));
    case "answer":
      segment.strangerSpeaks();
      return segment.take(frames(answerToProbe(stranger, eth0.mac)));
    case "peer":
      return segment.take(frames(seeking({ station: "b", address, epoch: 3 })));
    case "down":
      return segment.take(linksOf(link("eth0", 10, { running: false })));
    case "up":
      return segment.take(linksOf(eth0));
    case "again":
      return segment.take(snapshot(2, true));
    case "not-fresh":
      return segment.take(snapshot(3, false));
    case "peers":
      return segment.take({
        kind: "peers",
        peers: [{ node: "b", macs: [macOf("b")], nameHash: hashOf("b") }],
      });
    default:
      return segment.wait(event.millis ?? 0);
  }
}

test("no address is announced that a stranger has spoken for within the last round of probes", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
      const segment = new Segment();
      segment.take(linksOf(eth0));
      segment.take(snapshot(1, true));
      for (const event of events) play(segment, event);
      // In the end it is ours: the longest pause between rounds is over five minutes.
      segment.take(linksOf(eth0));
      segment.wait(400_000);
      expect(segment.announced).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test("the segment is asked within 150 ms", () => {
  const segment = new Segment();
  segment.take(linksOf(eth0));
  segment.take(snapshot(1, true));
  segment.wait(149);
  expect([segment.silence.probes, segment.announced]).toEqual([PROBE_COUNT, false]);
  segment.wait(1);
  expect(segment.announced).toBe(true);
});
