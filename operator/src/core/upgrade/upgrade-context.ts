import { type BuiltConfig } from "@steelyard/model/config";
import { type ClusterSnapshot, type UpgradeOptions } from "./cluster-snapshot.ts";
import { type MetallbPrograms } from "./metallb-programs.ts";
import { type Severity, type UpgradeFinding } from "./upgrade-report.ts";

/** All that a check looks at. */
export interface UpgradeContext {
  readonly snapshot: ClusterSnapshot;
  readonly programs: MetallbPrograms;
  /** What Steelyard makes of the objects of metallb.io. */
  readonly built: BuiltConfig;
  readonly options: UpgradeOptions;
  /** undefined when no speaker was found. */
  readonly backend: BgpBackend | undefined;
}

export type BgpBackend = "native" | "frr" | "frr-k8s";

/** One subject; independent of the others. */
export type UpgradeCheck = (context: UpgradeContext) => readonly UpgradeFinding[];

/** A finding from its five texts: where (object, then field), what, what happens, what to do. */
export function finding(
  severity: Severity,
  [object, field = ""]: readonly [object: string, field?: string],
  what: string,
  happens: string,
  advice: string,
): UpgradeFinding {
  return { severity, object, field, what, happens, advice };
}

export const nothingToDo = "nothing";
