import { compareIpAddresses } from "@steelyard/model/address";
import { instantAfter } from "@steelyard/model/foundation";
import { macNumber } from "../../wire/mac-address.ts";
import { addressKey } from "./choose-address.ts";
import {
  type CheckedAddress,
  COUNTERS_TIME,
  type FailedCheck,
  type Question,
  type WireCheckContext,
  type WireCheckEffect,
  type WireCheckState,
  type WireCheckStep,
  type WireVerdict,
} from "./types.ts";

/** Takes a verdict in: it counts, and is told when it is another one than before. */
export function conclude(
  before: WireCheckState,
  { about, answered }: Question,
  verdict: WireVerdict,
  context: WireCheckContext,
): WireCheckStep {
  const key = addressKey(about);
  const known = before.failed.get(key);
  const macs = [...answered].sort(([left], [right]) => left - right).map(([, mac]) => mac);
  const checked = { ...before.checked, [verdict]: before.checked[verdict] + 1 };
  const failed = new Map(before.failed);
  const isNews =
    (known?.verdict ?? "Reachable") !== verdict || (known !== undefined && !sameMacs(known.macs, macs));
  if (verdict === "Reachable") failed.delete(key);
  else {
    const { now } = context;
    const since = known?.verdict === verdict ? known.since : now;
    failed.set(key, { address: about.address, verdict, macs, since, checkedAt: now });
  }
  const { address, owner } = about;
  const transition: WireCheckEffect = { kind: "transition", address, to: verdict, macs, owner };
  return report({ ...before, checked, failed }, isNews ? [transition] : [], isNews, context);
}

/** Puts other addresses in force; what was said of those that are not to be verified any more, or moved, is forgotten. */
export function keepFailed(
  before: WireCheckState,
  addresses: readonly CheckedAddress[],
  context: WireCheckContext,
): WireCheckStep {
  const owners = new Map(before.addresses.map((each) => [addressKey(each), each.owner]));
  const kept = new Set(
    addresses.filter((each) => owners.get(addressKey(each)) === each.owner).map((each) => addressKey(each)),
  );
  const failed = new Map([...before.failed].filter(([key]) => kept.has(key)));
  const doubted = before.doubted && kept.has(addressKey(before.doubted)) ? before.doubted : undefined;
  const state = { ...before, addresses, failed, doubted };
  return failed.size < before.failed.size ? report(state, [], true, context) : { state, effects: [] };
}

function report(
  state: WireCheckState,
  effects: readonly WireCheckEffect[],
  isNews: boolean,
  { now }: WireCheckContext,
): WireCheckStep {
  const { checked, failed, reportedAt } = state;
  const isDue = reportedAt === undefined || now >= instantAfter(reportedAt, COUNTERS_TIME);
  if (!isNews && !isDue) return { state, effects };
  const checks = [...failed.values()].sort(byAddress);
  return {
    state: { ...state, reportedAt: now },
    effects: [...effects, { kind: "report", report: { checks, checked } }],
  };
}

function byAddress(left: FailedCheck, right: FailedCheck): number {
  return compareIpAddresses(left.address, right.address);
}

function sameMacs(left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean {
  return (
    left.length === right.length &&
    left.every((mac, index) => macNumber(mac) === macNumber(right[index] ?? mac))
  );
}
