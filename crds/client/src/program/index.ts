export * from "./flag-spec.ts";
export * from "./format-help.ts";
export * from "./http-server.ts";
export * from "./inert-notices.ts";
export * from "./log.ts";
export * from "./own-namespace.ts";
export * from "./parse-flags.ts";
export * from "./run-program.ts";
