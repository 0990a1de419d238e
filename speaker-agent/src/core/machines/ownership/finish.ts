import { type IpAddress } from "@steelyard/model/address";
import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { batchClaims, batchHandOver } from "../../wire/agent-messages/batch.ts";
import { type OwnAnnouncement } from "../announcer/types.ts";
import { nextOverdue, presentOthers } from "./roster.ts";
import { type Entry, type OwnershipState } from "./state.ts";
import {
  DRAIN_TIME,
  MOST_WATCHED,
  type OwnershipEffect,
  type OwnershipReport,
  type OwnershipStep,
  SETTLE_TIME,
} from "./types.ts";
import { log, type Work } from "./work.ts";

/** The state after the step, and everything the outside has to know of it. */
export function finish(work: Work): OwnershipStep {
  const effects: OwnershipEffect[] = [];
  // What is announced comes first: by the time a message says so it has to be true.
  if (work.announcementsChanged) effects.push({ kind: "announce", announcements: announcementsOf(work) });
  if (work.again.length > 0) effects.push({ kind: "announce-again", addresses: work.again });
  work.state = {
    ...work.state,
    entries: work.entries,
    due: work.due ?? work.state.due,
    watched: work.watched ?? work.state.watched,
    orphans: work.orphans ?? work.state.orphans,
    announced: work.announced ?? work.state.announced,
    capabilities: work.capabilities ?? work.state.capabilities,
  };
  pushMessages(work, effects);
  pushWatch(work, effects);
  drainIfDone(work);
  effects.push(...work.effects);
  pushReport(work, effects);
  pushArm(work, effects);
  return { state: work.state, effects };
}

function announcementsOf({ entries }: Work): readonly OwnAnnouncement[] {
  const announcements: OwnAnnouncement[] = [];
  for (const { announcement } of entries) if (announcement !== undefined) announcements.push(announcement);
  return announcements;
}

function pushMessages(work: Work, effects: OwnershipEffect[]): void {
  const { roster } = work.state;
  if (!roster.ring) return;
  for (const [to, claims] of work.direct) {
    for (const payload of batchClaims(claims, false)) effects.push({ kind: "send", to, payload });
  }
  for (const { cause, to, addresses } of work.requests.values()) {
    for (const payload of batchHandOver({ kind: "hand-over", cause, from: work.me, to, addresses })) {
      effects.push({ kind: "send", to, payload });
    }
  }
  const payloads = [...batchClaims(work.news, false), ...batchClaims(work.witnessed, true)];
  let { broadcasts } = work.state;
  for (const payload of payloads) {
    // Each under a name of its own: one must not replace another that is still spreading.
    effects.push({ kind: "broadcast", key: `claims/${broadcasts}`, payload });
    broadcasts += 1;
  }
  if (payloads.length > 0) work.state = { ...work.state, broadcasts };
}

/** Of too many, those are watched on whom most depends. */
function pushWatch(work: Work, effects: OwnershipEffect[]): void {
  const { watched, roster, toldWatch, watchedOf } = work.state;
  if (!roster.ring || (watchedOf?.watched === watched && watchedOf.roster === roster)) return;
  work.state = { ...work.state, watchedOf: { watched, roster } };
  const peers = [...watched]
    .sort(([left, more], [right, less]) => less - more || (left < right ? -1 : 1))
    .slice(0, MOST_WATCHED)
    .map(([node]) => node)
    .sort();
  const witnesses = presentOthers(roster);
  const text = `${peers.join(" ")}/${witnesses.join(" ")}`;
  if (text === toldWatch) return;
  work.state = { ...work.state, toldWatch: text };
  effects.push({ kind: "watch", peers, witnesses });
}

function drainIfDone(work: Work): void {
  const { drainingSince, drained } = work.state;
  if (drainingSince === undefined || drained) return;
  const waiting = work.entries.filter(isBeingGiven);
  const late = work.now >= instantAfter(drainingSince, DRAIN_TIME);
  if (waiting.length > 0 && !late) return;
  if (waiting.length > 0) log(work, undefined, `${waiting.length} addresses were not taken over in time`);
  work.state = { ...work.state, drained: true };
  work.effects.push({ kind: "drained" });
}

function isBeingGiven({ role }: Entry): boolean {
  return role.at === "giving" || (role.at === "owning" && role.handOver !== undefined);
}

function pushReport(work: Work, effects: OwnershipEffect[]): void {
  const { snapshotVersion, policy, policyBecause: because, ignoredMessages } = work.state;
  const { settled } = work.state;
  const text = `${snapshotVersion} ${String(settled)} ${ignoredMessages} ${because}`;
  if (work.owners.length === 0 && text === work.state.toldReport) return;
  work.state = { ...work.state, toldReport: text };
  const owners = lastOfEach(work.owners);
  const report: OwnershipReport = { snapshotVersion, policy, because, settled, owners, ignoredMessages };
  effects.push({ kind: "report", report });
}

function lastOfEach(
  owners: Work["owners"],
): readonly { readonly address: IpAddress; readonly node: string | undefined }[] {
  const last = new Map<IpAddress, (typeof owners)[number]>();
  for (const owner of owners) last.set(owner.address, owner);
  return [...last.values()];
}

function pushArm(work: Work, effects: OwnershipEffect[]): void {
  const next = nextDue(work.state, work.now);
  if (next === work.state.armedFor || next === undefined) return;
  work.state = { ...work.state, armedFor: next };
  const behind = work.state.clock?.behind ?? 0;
  effects.push({ kind: "arm", at: instantAfter(next, -behind) });
}

function nextDue(state: OwnershipState, now: Instant): Instant | undefined {
  let next = nextOverdue(state.roster);
  const consider = (at: Instant | undefined): void => {
    if (at !== undefined && (next === undefined || at < next)) next = at;
  };
  for (const at of state.due.values()) consider(at);
  for (const { until } of state.orphans.values()) consider(until);
  if (!state.settled && state.startedAt !== undefined) consider(instantAfter(state.startedAt, SETTLE_TIME));
  if (state.drainingSince !== undefined && !state.drained) {
    consider(instantAfter(state.drainingSince, DRAIN_TIME));
  }
  return next === undefined || next > now ? next : now;
}
