import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type AddressCounters, type RecentCount, type Tally } from "./types.ts";

/** At this length the recent counts are added up, so that memory stays small however long nobody reads. */
const LONGEST_RECENT = 256;

const NOTHING: AddressCounters = { requests: 0, responses: 0, gratuitous: 0 };

/**
 * Counts without copying the totals: the fast path puts a cell in front of a list, and whoever reads adds up. So the
 * state stays a value, and counting a frame costs the same for one address as for thousands.
 */
export function addToTally(tally: Tally, address: IpAddress, counts: Partial<AddressCounters>): Tally {
  const recent: RecentCount = { address, counts: { ...NOTHING, ...counts }, older: tally.recent };
  const longer = { ...tally, recent, recentLength: tally.recentLength + 1 };
  return longer.recentLength < LONGEST_RECENT ? longer : settleTally(longer);
}

/** The same counts with nothing recent. */
export function settleTally(tally: Tally): Tally {
  const totals = new Map(tally.totals);
  for (const [address, counts] of recentByAddress(tally)) {
    const key = formatIpAddress(address);
    totals.set(key, { address, ...sum(totals.get(key) ?? NOTHING, counts) });
  }
  return { totals, recent: undefined, recentLength: 0 };
}

/** The counts of these addresses only: who is not announced any more is not counted any more (a series ends with its subject). */
export function keepInTally(tally: Tally, keeps: (key: string) => boolean): Tally {
  if (tally.recent === undefined && [...tally.totals.keys()].every(keeps)) return tally;
  const { totals } = settleTally(tally);
  if ([...totals.keys()].every(keeps)) return tally;
  return {
    totals: new Map([...totals].filter(([key]) => keeps(key))),
    recent: undefined,
    recentLength: 0,
  };
}

/** By identity, because the cells of one address share its object: so few texts have to be made. */
function recentByAddress(tally: Tally): ReadonlyMap<IpAddress, AddressCounters> {
  const recent = new Map<IpAddress, AddressCounters>();
  for (let cell = tally.recent; cell !== undefined; cell = cell.older) {
    recent.set(cell.address, sum(recent.get(cell.address) ?? NOTHING, cell.counts));
  }
  return recent;
}

function sum(left: AddressCounters, right: AddressCounters): AddressCounters {
  return {
    requests: left.requests + right.requests,
    responses: left.responses + right.responses,
    gratuitous: left.gratuitous + right.gratuitous,
  };
}

/** The counts of these addresses, in their order; of those that were ever counted. */
export function readTally(
  tally: Tally,
  addresses: readonly IpAddress[],
): readonly ({ readonly address: IpAddress } & AddressCounters)[] {
  const { totals } = settleTally(tally);
  return addresses.flatMap((address) => totals.get(formatIpAddress(address)) ?? []);
}
