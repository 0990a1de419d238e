import { type BgpReport, emptyBgpReport, formatBgpReport } from "@steelyard/model/resources";

/** What all agents together say of their routers. It holds what is not normal, so it is small. */
export class BgpView {
  readonly #reports = new Map<string, BgpReport>();

  /** By node; only those that have something to report. */
  get reports(): ReadonlyMap<string, BgpReport> {
    return this.#reports;
  }

  /**
   * Takes in what a node reports now; undefined = it reports nothing any more.
   *
   * @returns whether that is something else than before
   */
  update(node: string, report: BgpReport | undefined): boolean {
    const [before, after] = [this.#reports.get(node) ?? emptyBgpReport, report ?? emptyBgpReport];
    const text = formatBgpReport(after);
    if (text === undefined) this.#reports.delete(node);
    else this.#reports.set(node, after);
    return formatBgpReport(before) !== text;
  }
}
