export { type AddressProblem, type AddressProblemCode } from "./address-problem.ts";
export * from "./address-set.ts";
export * from "./ip-address.ts";
export * from "./ip-address-bytes.ts";
export * from "./ip-address-text.ts";
export * from "./ip-prefix.ts";
export * from "./ip-range.ts";
export * from "./range-index.ts";
export * from "./types.ts";
