export * from "./bgp-announcement.ts";
export * from "./bgp-view.ts";
export * from "./endpoint-summary.ts";
export * from "./pod-facts.ts";
export * from "./segment-view.ts";
