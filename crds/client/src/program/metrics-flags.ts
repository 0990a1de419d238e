import { type FlagSpec } from "./flag-spec.ts";

/**
 * What both programs take about their metrics page: MetalLB's flags of its controller and speaker (reference metallb.md,
 * section 6.3), and `--secure-metrics`, which MetalLB has no need of because it has no plain page.
 */
export const metricsFlags = [
  {
    name: "port",
    kind: "integer",
    default: 9120,
    min: 0,
    max: 65535,
    placeholder: "<port>",
    help: "Serves /metrics as plain HTTP on 127.0.0.1, with --secure-metrics by HTTPS on all addresses; 0 turns it off",
  },
  {
    name: "secure-metrics",
    kind: "boolean",
    default: false,
    help: "Serve /metrics by HTTPS on all addresses, to whoever has a bearer token that may get /metrics in the cluster",
  },
  {
    name: "metrics-cert-dir",
    kind: "string",
    placeholder: "<folder>",
    help: "With --secure-metrics, the folder with tls.crt and tls.key, read again when they change; when empty a certificate is made at the start",
  },
  {
    name: "tls-min-version",
    kind: "string",
    placeholder: "<version>",
    help: "With --secure-metrics, the lowest version of TLS: VersionTLS10, VersionTLS11, VersionTLS12 or VersionTLS13, which holds when empty",
  },
  {
    name: "tls-cipher-suites",
    kind: "list",
    default: [],
    placeholder: "<suite>",
    help: "With --secure-metrics, the suites of TLS 1.2 and before by their IANA names, separated by commas; not with VersionTLS13, whose suites are always all allowed",
  },
  {
    name: "tls-curve-preferences",
    kind: "list",
    default: [],
    placeholder: "<id>",
    help: "With --secure-metrics, the curves by their IANA numbers, best first, separated by commas: 23, 24, 25 and 29",
  },
  {
    name: "pprof-bind-address",
    kind: "string",
    help: "Go's profiler",
    inert: "this is not a Go program",
  },
] as const satisfies readonly FlagSpec[];
