export * from "./check-upgrade.ts";
export { inertFlags } from "./check-programs.ts";
export type * from "./cluster-snapshot.ts";
export * from "./print-upgrade.ts";
export * from "./upgrade-report.ts";
