import { describe, expect, test } from "@jest/globals";
import { stepAnnouncer } from "./step.ts";
import { announce, at, config, drive, hashOf, linksOf, random, snapshotOf } from "./testing/drive.ts";
import { link } from "../../interfaces/testing/links.ts";
import { ip } from "../../wire/testing/ip.ts";
import { announcement, client, macOf } from "./testing/station.ts";
import { type AnnouncerInput, type AnnouncerState, initialAnnouncerState } from "./types.ts";

const eth0 = link("eth0", 10);
const place = { interfaceIndex: 10, protocol: "arp" } as const;
const ours = snapshotOf(1, announce("192.0.2.10"));
const refused: AnnouncerInput = {
  kind: "socket-error",
  ...place,
  during: "open",
  code: "EMFILE",
  verdict: "later",
};

const peers: AnnouncerInput = {
  kind: "peers",
  peers: [{ node: "b", macs: [macOf("b")], nameHash: hashOf("b") }],
};

const announced = drive([peers, linksOf(eth0), ours]).state;
const opening = stepAnnouncer(drive([linksOf(eth0)]).state, ours, { now: at(0), random, config }).state;
const failed = stepAnnouncer(opening, refused, { now: at(0), random, config }).state;

const strangersClaim: AnnouncerInput = {
  kind: "frames",
  ...place,
  frames: announcement({ station: "stranger", address: "192.0.2.10" }).slice(0, 1),
};
const asking = drive([peers, linksOf(eth0), snapshotOf(1, announce("192.0.2.10", { probe: true }))]).state;

/** At 2000 ms: timers and retries are due. */
const states = {
  "heard nothing": initialAnnouncerState,
  "without links": drive([ours]).state,
  "without snapshot": drive([linksOf(eth0)]).state,
  "owning nothing": drive([linksOf(eth0), snapshotOf(1)]).state,
  "without interface": drive([linksOf(link("eth0", 10, { running: false })), ours]).state,
  opening,
  failed,
  "in a burst": announced,
  announcing: drive([{ kind: "timer", timer: "repeat-gratuitous" }], announced, at(6000)).state,
  asking,
  held: drive([strangersClaim], asking).state,
} satisfies Record<string, AnnouncerState>;

const inputs = {
  "snapshot with the address": snapshotOf(2, announce("192.0.2.10")),
  "snapshot without": snapshotOf(2),
  "the same links": linksOf(eth0),
  "no links": linksOf(),
  "a question": { kind: "frames", ...place, frames: [client.arp("192.0.2.10")] },
  "a foreign question": { kind: "frames", ...place, frames: [client.arp("192.0.2.11")] },
  "a stranger's claim": strangersClaim,
  "a peer's claim": {
    kind: "frames",
    ...place,
    frames: announcement({ station: "b", address: "192.0.2.10", epoch: 9 }).slice(0, 1),
  },
  "a peer": peers,
  "kernel answers": { kind: "kernel-answers", answers: [{ address: ip("192.0.2.10"), interfaceIndex: 10 }] },
  "announce again": { kind: "announce-again", addresses: [ip("192.0.2.10")] },
  "probe timer": { kind: "timer", timer: "probe" },
  "refresh timer": { kind: "timer", timer: "refresh" },
  "burst timer": { kind: "timer", timer: "repeat-gratuitous" },
  "retry timer": { kind: "timer", timer: "retry-sockets" },
  "report timer": { kind: "timer", timer: "report-counters" },
  opened: { kind: "socket-opened", ...place },
  "open refused": refused,
  "filter refused": { kind: "socket-error", ...place, during: "filter", code: "ENOMEM", verdict: "later" },
  "send failed": { kind: "socket-error", ...place, during: "send", code: "ENOBUFS", verdict: "later" },
  "link went down": { kind: "socket-error", ...place, during: "receive", code: "ENETDOWN", verdict: "later" },
  "interface is gone": { kind: "socket-error", ...place, during: "receive", code: "ENXIO", verdict: "never" },
} satisfies Record<string, AnnouncerInput>;

/** What happens while no socket is open: nearly nothing. */
const deaf = {
  "snapshot with the address": "nothing",
  "snapshot without": "nothing",
  "the same links": "nothing",
  "no links": "nothing",
  "a question": "arm",
  "a foreign question": "arm",
  "a stranger's claim": "arm",
  "a peer's claim": "arm",
  "a peer": "nothing",
  "kernel answers": "nothing",
  "announce again": "nothing",
  "probe timer": "nothing",
  "refresh timer": "nothing",
  "burst timer": "nothing",
  "retry timer": "nothing",
  "report timer": "nothing",
  opened: "nothing",
  "open refused": "nothing",
  "filter refused": "nothing",
  "send failed": "nothing",
  "link went down": "nothing",
  "interface is gone": "nothing",
} satisfies Record<keyof typeof inputs, string>;

/** The kinds of the effects of every input in every state, in order. */
const matrix: Record<keyof typeof states, Record<keyof typeof inputs, string>> = {
  "heard nothing": deaf,
  "without links": {
    ...deaf,
    "the same links": "open-socket",
    "no links": "transition report",
  },
  "without snapshot": {
    ...deaf,
    "snapshot with the address": "open-socket",
    "snapshot without": "report",
  },
  "owning nothing": {
    ...deaf,
    "snapshot with the address": "open-socket",
    "snapshot without": "report",
    "no links": "report",
  },
  "without interface": {
    ...deaf,
    "snapshot with the address": "report",
    "snapshot without": "transition report",
    "the same links": "open-socket",
    "no links": "transition report",
  },
  opening: {
    ...deaf,
    "snapshot without": "close-socket report",
    "no links": "close-socket transition report",
    opened: "send arm arm transition report",
    "open refused": "arm transition report",
    "filter refused": "set-filter",
    "interface is gone": "close-socket arm transition report",
  },
  failed: {
    ...deaf,
    "snapshot with the address": "open-socket",
    "snapshot without": "transition report",
    "the same links": "open-socket",
    "no links": "transition report",
    "retry timer": "open-socket",
    opened: "open-socket",
    "open refused": "open-socket",
    "filter refused": "open-socket",
    "send failed": "open-socket",
    "link went down": "open-socket",
    "interface is gone": "open-socket",
  },
  "in a burst": {
    "snapshot with the address": "send report",
    "snapshot without": "close-socket transition report",
    "the same links": "send",
    "no links": "close-socket transition report",
    "a question": "send",
    "a foreign question": "nothing",
    "a stranger's claim": "observed send",
    "a peer's claim": "observed",
    "a peer": "nothing",
    "kernel answers": "nothing",
    "announce again": "send",
    "probe timer": "nothing",
    "refresh timer": "nothing",
    "burst timer": "send arm",
    "retry timer": "send",
    "report timer": "nothing",
    opened: "send",
    "open refused": "arm transition report",
    "filter refused": "set-filter send",
    "send failed": "send",
    "link went down": "send",
    "interface is gone": "close-socket arm transition report",
  },
  announcing: {
    ...deaf,
    "snapshot with the address": "report",
    "snapshot without": "close-socket transition report",
    "no links": "close-socket transition report",
    "a question": "send",
    "a foreign question": "nothing",
    "a stranger's claim": "observed send",
    "a peer's claim": "observed",
    "kernel answers": "nothing",
    "announce again": "send",
    "report timer": "report",
    "open refused": "arm transition report",
    "filter refused": "set-filter",
    "interface is gone": "close-socket arm transition report",
  },
  asking: {
    ...deaf,
    "snapshot with the address": "send report",
    "snapshot without": "close-socket report",
    "the same links": "send",
    "no links": "close-socket transition report",
    "a stranger's claim": "observed arm transition report",
    "a peer's claim": "observed arm",
    "probe timer": "send arm",
    "retry timer": "send",
    opened: "send",
    "open refused": "arm transition report",
    "filter refused": "set-filter send",
    "send failed": "send",
    "link went down": "send",
    "interface is gone": "close-socket arm transition report",
  },
  held: {
    "snapshot with the address": "send report",
    "snapshot without": "close-socket transition report",
    "the same links": "send report",
    "no links": "close-socket report",
    "a question": "nothing",
    "a foreign question": "nothing",
    "a stranger's claim": "observed",
    "a peer's claim": "observed",
    "a peer": "nothing",
    "kernel answers": "nothing",
    "announce again": "nothing",
    "probe timer": "send arm",
    "refresh timer": "nothing",
    "burst timer": "nothing",
    "retry timer": "send report",
    "report timer": "nothing",
    opened: "send report",
    "open refused": "arm",
    "filter refused": "set-filter send report",
    "send failed": "send report",
    "link went down": "send report",
    "interface is gone": "close-socket arm",
  },
};

describe.each(Object.keys(states) as (keyof typeof states)[])("%s", (state) => {
  test.each(Object.entries(matrix[state]) as [keyof typeof inputs, string][])(
    "on %s: %s",
    (input, expected) => {
      const { effects } = stepAnnouncer(states[state], inputs[input], { now: at(2000), random, config });
      expect(effects.map((effect) => effect.kind).join(" ") || "nothing").toBe(expected);
    },
  );
});

test("what the kernel answers for is not answered twice, until it is said to have ceased", () => {
  const question: AnnouncerInput = { kind: "frames", ...place, frames: [client.arp("192.0.2.10")] };
  const sends = (state: AnnouncerState) =>
    stepAnnouncer(state, question, { now: at(7000), random, config }).effects.filter(
      ({ kind }) => kind === "send",
    ).length;
  const left = drive([inputs["kernel answers"]], states.announcing).state;
  expect([sends(states.announcing), sends(left)]).toEqual([1, 0]);
  expect(sends(drive([{ kind: "kernel-answers", answers: [] }], left).state)).toBe(1);
  const elsewhere = [{ address: ip("192.0.2.10"), interfaceIndex: 11 }];
  expect(sends(drive([{ kind: "kernel-answers", answers: elsewhere }], left).state)).toBe(1);
});
