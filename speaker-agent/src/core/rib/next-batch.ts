import { type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { type BgpUpdateMessage } from "../wire/bgp/messages.ts";
import { MAX_MESSAGE_LENGTH } from "../wire/bgp/header.ts";
import { encodedPrefixLength } from "../wire/bgp/prefixes.ts";
import { roomForWithdrawn } from "../wire/bgp/update-encode.ts";
import { advance, compareTables, type Difference } from "./compare-tables.ts";
import { markForResending } from "./mark-for-resending.ts";
import { type FamilyProgress, type Look, type RibMessage, type RibOutSession } from "./types.ts";

/** A few times what a socket takes at once, and a moment's work. */
const USUAL_BATCH_BYTES = 0x10000;

export interface Batch {
  /** Empty = there is nothing to do. */
  readonly messages: readonly RibMessage[];
  /** The session as it is when they have been sent. */
  readonly session: RibOutSession;
}

/** The first part of what is to do. */
export function nextBatch(session: RibOutSession, batchBytes = USUAL_BATCH_BYTES): Batch {
  const begun = beginRefreshes(session);
  const { target } = begun.session;
  const difference = compareTables(target, begun.session.advertised);
  const parcels = parcelsOf(begun.session, difference);
  const chosen = chooseParcels(parcels, batchBytes);
  const isAll = chosen.length === parcels.length;
  const advertised = isAll ? target : advanceBy(chosen, begun.session);
  const rest = new Set(parcels.slice(chosen.length).map(({ family }) => family));
  const ended = endFamilies({ ...begun.session, advertised }, rest);
  const messages = [...begun.messages, ...chosen.map(messageOf), ...ended.messages];
  return { messages, session: ended.session };
}

/** RFC 7313, section 4: what is sent again stands between BoRR and EoRR, and never before End-of-RIB. */
function beginRefreshes(session: RibOutSession): {
  readonly session: RibOutSession;
  readonly messages: readonly RibMessage[];
} {
  const asked = session.terms.families.filter((family) => {
    const { endOfRibSent, refresh } = session.families[family];
    return endOfRibSent && refresh === "asked";
  });
  if (asked.length === 0) return { session, messages: [] };
  const advertised = asked.reduce(markForResending, session.advertised);
  const families = withProgress(session, asked, (progress) => ({ ...progress, refresh: "running" }));
  const messages = asked.map((family): RibMessage => ({ kind: "route-refresh", family, subtype: "begin" }));
  return { session: { ...session, advertised, families }, messages };
}

/** What goes into one UPDATE: of one family, and with one look if it announces. */
interface Parcel {
  readonly family: IpFamily;
  /** Undefined = it withdraws. */
  readonly look: Look | undefined;
  /** Into `target` if it announces, else into `advertised`. */
  readonly indexes: number[];
  readonly prefixes: IpPrefix[];
  /** What it still holds, in bytes. */
  room: number;
}

/** Withdrawals first: where they lead nobody answers any more. */
function parcelsOf(
  { target, advertised }: RibOutSession,
  { withdrawals, announcements }: Difference,
): readonly Parcel[] {
  const going = new Parcels();
  for (const index of withdrawals) going.add(index, advertised.routes[index]?.prefix, undefined);
  const coming = new Parcels();
  for (const index of announcements) coming.add(index, target.routes[index]?.prefix, target.looks[index]);
  return [...going.all, ...coming.all];
}

/** Fills parcels, one of each family and look at a time. */
class Parcels {
  /** By family and look, each with the parcels that are full and the one that is not. */
  readonly #groups = new Map<string, Parcel[]>();

  get all(): readonly Parcel[] {
    return [...this.#groups.values()].flat();
  }

  add(index: number, prefix: IpPrefix | undefined, look: Look | undefined): void {
    if (prefix === undefined) return;
    const { family } = prefix.network;
    const key = look?.key ?? family;
    const group = this.#groups.get(key) ?? [];
    if (group.length === 0) this.#groups.set(key, group);
    const length = encodedPrefixLength(prefix);
    const parcel = openParcel(group, { family, look }, length);
    parcel.indexes.push(index);
    parcel.prefixes.push(prefix);
    parcel.room -= length;
  }
}

function openParcel(group: Parcel[], kind: Pick<Parcel, "family" | "look">, length: number): Parcel {
  const last = group.at(-1);
  if (last !== undefined && last.room >= length) return last;
  const room = kind.look?.room ?? roomForWithdrawn(kind.family);
  const parcel = { ...kind, indexes: [], prefixes: [], room };
  group.push(parcel);
  return parcel;
}

/** As many as a batch may hold. */
function chooseParcels(parcels: readonly Parcel[], batchBytes: number): readonly Parcel[] {
  let bytes = 0;
  const end = parcels.findIndex((parcel) => {
    bytes += MAX_MESSAGE_LENGTH - parcel.room;
    return bytes >= batchBytes;
  });
  return end < 0 ? parcels : parcels.slice(0, end + 1);
}

function advanceBy(
  parcels: readonly Parcel[],
  { target, advertised }: RibOutSession,
): RibOutSession["advertised"] {
  const sent = new Uint8Array(target.routes.length);
  const gone = new Uint8Array(advertised.routes.length);
  for (const { look, indexes } of parcels) {
    const marks = look === undefined ? gone : sent;
    for (const index of indexes) marks[index] = 1;
  }
  return advance(target, advertised, { sent, gone });
}

function messageOf({ look, prefixes }: Parcel): BgpUpdateMessage {
  const nothing = {
    kind: "update",
    withdrawn: [],
    announced: [],
    attributes: undefined,
    endOfRib: undefined,
  } as const;
  if (look === undefined) return { ...nothing, withdrawn: prefixes };
  return { ...nothing, announced: prefixes, attributes: look.attributes };
}

/** End-of-RIB and EoRR of the families of which nothing is left to send. */
function endFamilies(
  session: RibOutSession,
  rest: ReadonlySet<IpFamily>,
): {
  readonly session: RibOutSession;
  readonly messages: readonly RibMessage[];
} {
  const complete = session.terms.families.filter((family) => !rest.has(family));
  const ending = complete.filter((family) => {
    const { endOfRibSent, refresh } = session.families[family];
    return !endOfRibSent || refresh === "running";
  });
  if (ending.length === 0) return { session, messages: [] };
  const messages = ending.map((family) => endOf(family, session.families[family]));
  const families = withProgress(session, ending, ({ endOfRibSent, refresh }) => ({
    endOfRibSent: true,
    refresh: endOfRibSent ? "none" : refresh,
  }));
  return { session: { ...session, families }, messages };
}

function endOf(family: IpFamily, { endOfRibSent }: FamilyProgress): RibMessage {
  if (endOfRibSent) return { kind: "route-refresh", family, subtype: "end" };
  return { kind: "update", withdrawn: [], announced: [], attributes: undefined, endOfRib: family };
}

function withProgress(
  { families }: RibOutSession,
  some: readonly IpFamily[],
  change: (progress: FamilyProgress) => FamilyProgress,
): RibOutSession["families"] {
  const of = (family: IpFamily): FamilyProgress =>
    some.includes(family) ? change(families[family]) : families[family];
  return { IPv4: of("IPv4"), IPv6: of("IPv6") };
}
