export * from "./contest.ts";
export * from "./contested-condition.ts";
export { type ContestedField } from "./contested-field.ts";
export * from "./find-rival.ts";
export * from "./held-request.ts";
export * from "./marks.ts";
export * from "./stated-request.ts";
export * from "./step.ts";
export * from "./types.ts";
