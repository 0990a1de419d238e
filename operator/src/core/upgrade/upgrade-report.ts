/** `traffic`: packets go elsewhere or not at all; `behaviour`: something is done otherwise; `note`: nothing is. */
export type Severity = "traffic" | "behaviour" | "note";

/** One thing that is not as it was once Steelyard has taken MetalLB's place. */
export interface UpgradeFinding {
  readonly severity: Severity;
  /** `BGPPeer metallb-system/tor-1`; `cluster` when it is no object's. */
  readonly object: string;
  /** `spec.sourceAddress`, `--lb-class`; empty for the object as a whole. */
  readonly field: string;
  /** What stands there. */
  readonly what: string;
  /** What becomes of it. */
  readonly happens: string;
  /** What to do, or that there is nothing to do. */
  readonly advice: string;
}

/** The MetalLB that was found; null = not found. */
export interface FoundMetallb {
  readonly version: string | null;
  /** `native`, `frr` or `frr-k8s`. */
  readonly bgpBackend: string | null;
  readonly lbClass: string;
  readonly controller: string | null;
  readonly speaker: string | null;
}

/** The document that `-o json` prints: fields may be added while `version` is the same. */
export interface UpgradeReport {
  readonly version: 1;
  readonly verdict: "changes-traffic" | "changes-behaviour" | "same";
  readonly metallb: FoundMetallb;
  readonly counts: Readonly<Record<Severity, number>>;
  /** The severest first, then by object and field. */
  readonly findings: readonly UpgradeFinding[];
  /** Kinds that could not be read, and why: nothing is said about them. */
  readonly unread: readonly string[];
}

/** 0: traffic goes as before; 1: some goes otherwise, or not at all. */
export function upgradeExitCodeOf({ verdict }: Pick<UpgradeReport, "verdict">): number {
  return verdict === "changes-traffic" ? 1 : 0;
}
