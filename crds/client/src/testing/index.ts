export * from "./behaviours.ts";
export * from "./certificates.ts";
export * from "./misbehaving-server.ts";
export * from "./recording-log.ts";
export * from "./scratch-folder.ts";
export * from "./test-connection.ts";
export * from "./watchful-clock.ts";
