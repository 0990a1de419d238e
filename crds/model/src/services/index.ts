export * from "./addresses.ts";
export * from "./advertisements.ts";
export * from "./endpoints.ts";
export * from "./handled.ts";
export * from "./nodes.ts";
export * from "./pool-of.ts";
