import { type FlagSpec } from "./flag-spec.ts";

const noTls = "metrics are served over plain HTTP";

/** What MetalLB's controller and speaker both take about their metrics page and their profiler; nothing of it applies here. */
export const inertMetricsFlags = [
  { name: "metrics-cert-dir", kind: "string", help: "Certificate of the metrics page", inert: noTls },
  { name: "tls-min-version", kind: "string", help: "Lowest TLS version", inert: noTls },
  { name: "tls-cipher-suites", kind: "string", help: "Permitted ciphers", inert: noTls },
  { name: "tls-curve-preferences", kind: "string", help: "Permitted curves", inert: noTls },
  { name: "pprof-bind-address", kind: "string", help: "Go's profiler", inert: "this is not a Go program" },
] as const satisfies readonly FlagSpec[];
