export * from "./plan-configuration.ts";
export * from "./plan-object-condition.ts";
export * from "./plan-pool-status.ts";
export * from "./planned-event.ts";
export * from "./pool-holders.ts";
export * from "./pool-usage.ts";
export * from "./service/index.ts";
