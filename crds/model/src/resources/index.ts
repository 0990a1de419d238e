export * from "./annotations.ts";
export * from "./conditions.ts";
export * from "./custom-resource.ts";
export * from "./endpoint-slice.ts";
export type * from "./generated/index.ts";
export * from "./namespace.ts";
export * from "./node.ts";
export type * from "./object-meta.ts";
export * from "./service.ts";
