import { type IpAddress, type IpFamily, type IpRange, RangeIndex } from "@steelyard/model/address";
import { type Pool } from "@steelyard/model/config";

type Ranges = Pick<Pool, "ranges">;

/** Beyond this a pool's search begins anew instead of going through everything that has been freed. */
const usualLog = 4_096;

/** What is known of the ranges of one family: those before the frontier are full, but for the ones opened again. */
interface Search {
  frontier: number;
  /** Places before the frontier in which an address became free; ascending. */
  reopened: number[];
}

interface Bookmark {
  /** The place of each range in the pool's order; made when it is first wanted. */
  places: RangeIndex<number> | undefined;
  search: Readonly<Record<IpFamily, Search>>;
  /** How far this pool has read what was freed, and of which log. */
  read: number;
  log: number;
}

/**
 * Where in a pool a free address may be: ranges that were found full are not asked again until one of their addresses is
 * freed. Without it every allocation from a pool of two thousand ranges would look at all the full ones first. It holds
 * nothing but bookmarks: what is free is for others to know.
 */
export class Vacancies {
  readonly #bookmarks = new WeakMap<Ranges, Bookmark>();
  readonly #longestLog: number;
  #freed: IpAddress[] = [];
  #log = 0;

  constructor({ longestLog = usualLog }: { readonly longestLog?: number } = {}) {
    this.#longestLog = longestLog;
  }

  noteFreed(address: IpAddress): void {
    if (this.#freed.length >= this.#longestLog) {
      this.#freed = [];
      this.#log += 1;
    }
    this.#freed.push(address);
  }

  /** What `lookIn` finds first, range by range in the pool's order. */
  find(
    pool: Ranges,
    family: IpFamily,
    lookIn: (range: IpRange) => IpAddress | undefined,
  ): IpAddress | undefined {
    const search = this.#upToDate(pool).search[family];
    const lookAt = (place: number): IpAddress | undefined => {
      const range = pool.ranges[place];
      return range?.family === family ? lookIn(range) : undefined;
    };
    for (let place = search.reopened[0]; place !== undefined; place = search.reopened[0]) {
      const found = lookAt(place);
      if (found !== undefined) return found;
      search.reopened.shift();
    }
    for (; search.frontier < pool.ranges.length; search.frontier++) {
      const found = lookAt(search.frontier);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #upToDate(pool: Ranges): Bookmark {
    const known = this.#bookmarks.get(pool);
    const bookmark = known?.log === this.#log ? known : this.#begin(known?.places);
    if (bookmark !== known) this.#bookmarks.set(pool, bookmark);
    for (; bookmark.read < this.#freed.length; bookmark.read++) {
      const address = this.#freed[bookmark.read];
      if (address !== undefined) reopen(address, pool, bookmark);
    }
    return bookmark;
  }

  #begin(places: RangeIndex<number> | undefined): Bookmark {
    const nothingKnown = (): Search => ({ frontier: 0, reopened: [] });
    const search = { IPv4: nothingKnown(), IPv6: nothingKnown() };
    return { places, search, read: this.#freed.length, log: this.#log };
  }
}

function reopen(address: IpAddress, { ranges }: Ranges, bookmark: Bookmark): void {
  const { frontier, reopened } = bookmark.search[address.family];
  if (frontier === 0) return;
  bookmark.places ??= indexPlaces(ranges);
  const place = bookmark.places.at(address);
  if (place === undefined || place >= frontier || reopened.includes(place)) return;
  const position = reopened.findIndex((other) => other > place);
  reopened.splice(position < 0 ? reopened.length : position, 0, place);
}

function indexPlaces(ranges: readonly IpRange[]): RangeIndex<number> {
  const places = new RangeIndex<number>();
  for (const [place, range] of ranges.entries()) places.add(range, place);
  return places;
}
