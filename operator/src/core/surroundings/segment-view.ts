import { formatIpAddress, type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { compareTexts } from "@steelyard/model/foundation";
import { emptySegmentReport, type SegmentReport, type SegmentVerdict } from "@steelyard/model/resources";

/** What one agent sees of one address that is not as it should be. */
export type SegmentFinding = { readonly address: IpAddress; readonly node: string } & (
  | { readonly is: "held"; readonly mac: string }
  | { readonly is: "check"; readonly verdict: SegmentVerdict; readonly macs: readonly string[] }
  | { readonly is: "suspended" }
  | { readonly is: "unannounceable"; readonly because: string }
);

/** An address that somebody who is none of us answers for: it is not given out. */
export type HeldByForeigner = Extract<SegmentFinding, { readonly is: "held" }>;

type Findings = readonly SegmentFinding[];

const nothing: Findings = [];

/** What all agents together see, by address. It holds what is not normal, so it is small. */
export class SegmentView {
  readonly #reports = new Map<string, ReadonlyMap<string, Findings>>();
  /** By address, then by node. */
  readonly #byAddress = new Map<string, Map<string, Findings>>();

  /**
   * Takes in what a node reports now; undefined = it reports nothing any more.
   *
   * @returns the addresses of which something else is known now
   */
  update(node: string, report: SegmentReport | undefined): readonly IpAddress[] {
    const before = this.#reports.get(node) ?? new Map<string, Findings>();
    const after = byAddress(findingsIn(node, report ?? emptySegmentReport));
    if (after.size === 0) this.#reports.delete(node);
    else this.#reports.set(node, after);
    const touched = [...new Set([...before.keys(), ...after.keys()])];
    return touched.flatMap((text) => {
      const [had, has] = [before.get(text) ?? nothing, after.get(text) ?? nothing];
      this.#index(text, node, has);
      return wordsOf(had) === wordsOf(has) ? [] : ([...has, ...had][0]?.address ?? []);
    });
  }

  /** Sorted by node. */
  of(address: IpAddress): Findings {
    const found = this.#byAddress.size === 0 ? undefined : this.#byAddress.get(formatIpAddress(address));
    if (found === undefined) return nothing;
    return [...found].sort(([a], [b]) => compareTexts(a, b)).flatMap(([, findings]) => findings);
  }

  /** Who holds the address according to the agents; the first node's word, if several saw somebody. */
  holderOf(address: IpAddress): HeldByForeigner | undefined {
    return this.of(address).find((finding) => finding.is === "held");
  }

  #index(text: string, node: string, findings: Findings): void {
    const nodes = this.#byAddress.get(text) ?? new Map<string, Findings>();
    if (findings.length === 0) nodes.delete(node);
    else nodes.set(node, findings);
    if (nodes.size === 0) this.#byAddress.delete(text);
    else this.#byAddress.set(text, nodes);
  }
}

function byAddress(findings: Findings): ReadonlyMap<string, Findings> {
  const grouped = new Map<string, SegmentFinding[]>();
  for (const finding of findings) {
    const text = formatIpAddress(finding.address);
    const known = grouped.get(text);
    if (known === undefined) grouped.set(text, [finding]);
    else known.push(finding);
  }
  return grouped;
}

function findingsIn(node: string, { held, checks, suspended, unannounceable }: SegmentReport): Findings {
  const raw = [
    ...Object.entries(held).map(([text, { mac }]) => [text, { is: "held", mac }] as const),
    ...Object.entries(checks).map(([text, check]) => [text, { is: "check", ...check }] as const),
    ...suspended.map((text) => [text, { is: "suspended" }] as const),
    ...Object.entries(unannounceable).map(
      ([text, because]) => [text, { is: "unannounceable", because }] as const,
    ),
  ];
  return raw.flatMap(([text, finding]) => {
    const address = parseIpAddress(text);
    return address.ok ? [{ ...finding, address: address.value, node }] : [];
  });
}

function wordsOf(findings: Findings): string {
  return JSON.stringify(findings.map(({ address, ...rest }) => ({ ...rest, at: formatIpAddress(address) })));
}
