export * from "./address-book.ts";
export * from "./allocate.ts";
export * from "./candidate-pools.ts";
export * from "./decide-addresses.ts";
export * from "./judge-held.ts";
export * from "./pool-verdict.ts";
export * from "./serve-waiting.ts";
export * from "./wanted-families.ts";
