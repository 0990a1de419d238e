export * from "./assert-never.ts";
export * from "./brand.ts";
export * from "./bytes.ts";
export * from "./compare-texts.ts";
export * from "./json-object.ts";
export * from "./label-selector.ts";
export * from "./result.ts";
export * from "./time.ts";
