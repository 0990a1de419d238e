export * from "./build-config.ts";
export * from "./defaults.ts";
export * from "./describe.ts";
export type * from "./drafts.ts";
export { advertisementsSelecting } from "./link.ts";
export * from "./pool-index.ts";
export type * from "./types.ts";
