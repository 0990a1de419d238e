export * from "./import-objects.ts";
export * from "./import-report.ts";
