import { describe, expect, test } from "@jest/globals";
import { stepAnnouncer } from "./step.ts";
import { announce, at, drive, linksOf, snapshotOf } from "./testing/drive.ts";
import { link } from "../../interfaces/testing/links.ts";
import { client } from "./testing/station.ts";
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

const announced = drive([linksOf(eth0), ours]).state;
const opening = stepAnnouncer(drive([linksOf(eth0)]).state, ours, { now: at(0) }).state;
const failed = stepAnnouncer(opening, refused, { now: at(0) }).state;

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
} satisfies Record<string, AnnouncerState>;

const inputs = {
  "snapshot with the address": snapshotOf(2, announce("192.0.2.10")),
  "snapshot without": snapshotOf(2),
  "the same links": linksOf(eth0),
  "no links": linksOf(),
  "a question": { kind: "frames", ...place, frames: [client.arp("192.0.2.10")] },
  "a foreign question": { kind: "frames", ...place, frames: [client.arp("192.0.2.11")] },
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

/** The kinds of the effects of every input in every state, in order. */
const matrix: Record<keyof typeof states, Record<keyof typeof inputs, string>> = {
  "heard nothing": {
    "snapshot with the address": "nothing",
    "snapshot without": "nothing",
    "the same links": "nothing",
    "no links": "nothing",
    "a question": "nothing",
    "a foreign question": "nothing",
    "burst timer": "nothing",
    "retry timer": "nothing",
    "report timer": "nothing",
    opened: "nothing",
    "open refused": "nothing",
    "filter refused": "nothing",
    "send failed": "nothing",
    "link went down": "nothing",
    "interface is gone": "nothing",
  },
  "without links": {
    "snapshot with the address": "nothing",
    "snapshot without": "nothing",
    "the same links": "open-socket",
    "no links": "transition report",
    "a question": "nothing",
    "a foreign question": "nothing",
    "burst timer": "nothing",
    "retry timer": "nothing",
    "report timer": "nothing",
    opened: "nothing",
    "open refused": "nothing",
    "filter refused": "nothing",
    "send failed": "nothing",
    "link went down": "nothing",
    "interface is gone": "nothing",
  },
  "without snapshot": {
    "snapshot with the address": "open-socket",
    "snapshot without": "report",
    "the same links": "nothing",
    "no links": "nothing",
    "a question": "nothing",
    "a foreign question": "nothing",
    "burst timer": "nothing",
    "retry timer": "nothing",
    "report timer": "nothing",
    opened: "nothing",
    "open refused": "nothing",
    "filter refused": "nothing",
    "send failed": "nothing",
    "link went down": "nothing",
    "interface is gone": "nothing",
  },
  "owning nothing": {
    "snapshot with the address": "open-socket",
    "snapshot without": "report",
    "the same links": "nothing",
    "no links": "report",
    "a question": "nothing",
    "a foreign question": "nothing",
    "burst timer": "nothing",
    "retry timer": "nothing",
    "report timer": "nothing",
    opened: "nothing",
    "open refused": "nothing",
    "filter refused": "nothing",
    "send failed": "nothing",
    "link went down": "nothing",
    "interface is gone": "nothing",
  },
  "without interface": {
    "snapshot with the address": "report",
    "snapshot without": "transition report",
    "the same links": "open-socket",
    "no links": "transition report",
    "a question": "nothing",
    "a foreign question": "nothing",
    "burst timer": "nothing",
    "retry timer": "nothing",
    "report timer": "nothing",
    opened: "nothing",
    "open refused": "nothing",
    "filter refused": "nothing",
    "send failed": "nothing",
    "link went down": "nothing",
    "interface is gone": "nothing",
  },
  opening: {
    "snapshot with the address": "nothing",
    "snapshot without": "close-socket report",
    "the same links": "nothing",
    "no links": "close-socket transition report",
    "a question": "nothing",
    "a foreign question": "nothing",
    "burst timer": "nothing",
    "retry timer": "nothing",
    "report timer": "nothing",
    opened: "send arm arm transition report",
    "open refused": "arm transition report",
    "filter refused": "set-filter",
    "send failed": "nothing",
    "link went down": "nothing",
    "interface is gone": "close-socket transition report",
  },
  failed: {
    "snapshot with the address": "open-socket",
    "snapshot without": "transition report",
    "the same links": "open-socket",
    "no links": "transition report",
    "a question": "nothing",
    "a foreign question": "nothing",
    "burst timer": "nothing",
    "retry timer": "open-socket",
    "report timer": "nothing",
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
    "burst timer": "send arm",
    "retry timer": "send",
    "report timer": "nothing",
    opened: "send",
    "open refused": "arm transition report",
    "filter refused": "set-filter send",
    "send failed": "send",
    "link went down": "send",
    "interface is gone": "close-socket transition report",
  },
  announcing: {
    "snapshot with the address": "report",
    "snapshot without": "close-socket transition report",
    "the same links": "nothing",
    "no links": "close-socket transition report",
    "a question": "send",
    "a foreign question": "nothing",
    "burst timer": "nothing",
    "retry timer": "nothing",
    "report timer": "report",
    opened: "nothing",
    "open refused": "arm transition report",
    "filter refused": "set-filter",
    "send failed": "nothing",
    "link went down": "nothing",
    "interface is gone": "close-socket transition report",
  },
};

describe.each(Object.keys(states) as (keyof typeof states)[])("%s", (state) => {
  test.each(Object.entries(matrix[state]) as [keyof typeof inputs, string][])(
    "on %s: %s",
    (input, expected) => {
      const { effects } = stepAnnouncer(states[state], inputs[input], { now: at(2000) });
      expect(effects.map((effect) => effect.kind).join(" ") || "nothing").toBe(expected);
    },
  );
});
