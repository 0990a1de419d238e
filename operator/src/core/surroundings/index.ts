export * from "./endpoint-summary.ts";
export * from "./pod-facts.ts";
export * from "./segment-view.ts";
