export * from "./consequence.ts";
export * from "./plan-report.ts";
export * from "./pool-steps.ts";
export * from "./print-plan.ts";
export * from "./read-edit.ts";
