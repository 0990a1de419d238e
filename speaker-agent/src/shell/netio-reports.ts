import { formatIpAddress } from "@steelyard/model/address";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type AnnouncerReport, type HeldAddress } from "../core/machines/announcer/types.ts";
import { type MemberView } from "../core/machines/membership/types.ts";
import { type OwnershipReport } from "../core/machines/ownership/types.ts";
import { decodeNodeMeta } from "../core/wire/agent-messages/node-meta.ts";
import { type WireVerdict } from "../core/machines/wire-check/types.ts";
import { type ForeignHolder, type NetioReport, type RingMember } from "../ports/netio-report.ts";
import { Coalescer } from "./coalescer.ts";

/** What the parts of the worker say; each replaces what the same part said before. */
export interface NetioParts {
  readonly announcer: AnnouncerReport;
  readonly ownership: OwnershipReport;
  readonly outOfReach: NetioReport["unannounceable"];
  readonly members: readonly MemberView[];
  readonly checks: Pick<NetioReport, "checks" | "checked">;
}

type Owner = NetioReport["owners"][number];

/** The main thread compares whole reports, so only the newest of a burst is worth sending. */
const REPORT_INTERVAL: Millis = 20;

const nothingChecked: Readonly<Record<WireVerdict, number>> = {
  Reachable: 0,
  NobodyAnswers: 0,
  TwoAnswer: 0,
  ForeignHost: 0,
};

/** Puts together what the parts of the worker report, and tells it a few times a second at most. */
export class NetioReports {
  readonly #clock: Clock;
  readonly #onReport: (report: NetioReport) => void;
  readonly #coalescer: Coalescer;
  /** By address and instant: when the calendar said so. Only of what the last report told. */
  #datedAt: ReadonlyMap<string, string> = new Map();
  /** Since the last report that was told. */
  readonly #owners = new Map<string, Owner>();
  #parts: Partial<NetioParts> = {};

  constructor(deps: { readonly clock: Clock; readonly onReport: (report: NetioReport) => void }) {
    this.#clock = deps.clock;
    this.#onReport = deps.onReport;
    this.#coalescer = new Coalescer(
      { pauseMs: REPORT_INTERVAL, pausePerRunTime: 0 },
      { clock: deps.clock, run: () => this.#tell() },
    );
  }

  update(parts: Partial<NetioParts>): void {
    for (const owner of parts.ownership?.owners ?? [])
      this.#owners.set(formatIpAddress(owner.address), owner);
    this.#parts = { ...this.#parts, ...parts };
    this.#coalescer.request();
  }

  stop(): void {
    this.#coalescer.stop();
  }

  #tell(): void {
    const { announcer, ownership, outOfReach = [], members, checks } = this.#parts;
    // Half a report would tell of an ownership that nobody has carried out yet.
    if (announcer === undefined || ownership === undefined) return;
    const { links, owned, unannounceable, counters, drops } = announcer;
    const dates = this.#dates(announcer);
    this.#datedAt = dates;
    this.#onReport({
      snapshotVersion: ownership.snapshotVersion,
      links,
      owned,
      unannounceable: [...unannounceable, ...outOfReach],
      counters,
      drops,
      policy: { inForce: ownership.policy, because: ownership.because },
      settled: ownership.settled,
      owners: [...this.#owners.values()],
      members: members?.map(ringMember),
      held: announcer.held.map((found) => foreignHolder(found, dates)),
      defended: announcer.defended.map((found) => ({
        ...foreignHolder(found, dates),
        count: found.conflicts,
      })),
      checks: checks?.checks ?? [],
      checked: checks?.checked ?? nothingChecked,
    });
    this.#owners.clear();
  }

  /** The machines know no calendar: what they found at a new instant is dated when it is first reported. */
  #dates({ held, defended }: AnnouncerReport): ReadonlyMap<string, string> {
    const keys = [...held, ...defended].map(dateKey);
    return new Map(keys.map((key) => [key, this.#datedAt.get(key) ?? this.#clock.timestamp()]));
  }
}

type Found = Pick<HeldAddress, "address" | "mac" | "since">;

function dateKey({ address, since }: Found): string {
  return `${formatIpAddress(address)}@${since}`;
}

function foreignHolder(found: Found, dates: ReadonlyMap<string, string>): ForeignHolder {
  return { address: found.address, mac: found.mac, since: dates.get(dateKey(found)) ?? "" };
}

function ringMember({ name, state, meta }: MemberView): RingMember {
  return { name, state, kind: decodeNodeMeta(meta) === undefined ? "metallb" : "steelyard" };
}
