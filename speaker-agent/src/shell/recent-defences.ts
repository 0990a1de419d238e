import { formatIpAddress } from "@steelyard/model/address";
import { type Clock, type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { type NetioReport } from "../ports/netio-report.ts";

/** A stranger that has kept quiet for so long has gone, or has come to reason. */
const memory: Millis = 600_000;

/** The worker counts defences for as long as it runs; of these, the ones that are still worth a mention. */
export class RecentDefences {
  readonly #deps: { readonly clock: Clock; readonly onExpiry: () => void };
  readonly #seen = new Map<string, { readonly count: number; readonly until: Instant }>();
  #last: { readonly report: NetioReport; readonly recent: NetioReport } | undefined;
  #cancel: (() => void) | undefined;

  constructor(deps: { readonly clock: Clock; readonly onExpiry: () => void }) {
    this.#deps = deps;
  }

  /** The report without defences of old; the same object for the same report, until one of them is of old. */
  in(report: NetioReport): NetioReport {
    const now = this.#deps.clock.now();
    for (const { address, count } of report.defended) {
      const key = formatIpAddress(address);
      if (this.#seen.get(key)?.count !== count)
        this.#seen.set(key, { count, until: instantAfter(now, memory) });
    }
    const defended = report.defended.filter(({ address }) => this.#untilOf(address) > now);
    this.#lookAgain(
      defended.map(({ address }) => this.#untilOf(address)),
      now,
    );
    if (this.#last?.report === report && this.#last.recent.defended.length === defended.length) {
      return this.#last.recent;
    }
    const recent = defended.length === report.defended.length ? report : { ...report, defended };
    this.#last = { report, recent };
    return recent;
  }

  stop(): void {
    this.#cancel?.();
  }

  #untilOf(address: NetioReport["defended"][number]["address"]): number {
    return this.#seen.get(formatIpAddress(address))?.until ?? 0;
  }

  #lookAgain(ends: readonly number[], now: Instant): void {
    this.#cancel?.();
    this.#cancel =
      ends.length === 0 ? undefined : this.#deps.clock.after(Math.min(...ends) - now, this.#deps.onExpiry);
  }
}
