import { type FlagSpec, helpFlag } from "@steelyard/client/program";

export const awaitKindsSummary = `Waits until the API server serves the kinds of metallb.io that the operator reads, and ends. A definition that has just been
created is served after a moment, with several API servers after some seconds; objects of its kind cannot be created before.
Takes no right but to be known to the API server.

Exit code 0: all kinds are served. 1: they were not in time. 2: it could not be asked.`;

/** The flags of the command `await-kinds`. */
export const awaitKindsFlags = [
  helpFlag,
  {
    name: "kubeconfig",
    kind: "string",
    placeholder: "<file>",
    help: "How to reach the API server; else the variable KUBECONFIG, else the service account of the Pod",
  },
  {
    name: "timeout",
    kind: "integer",
    default: 120,
    min: 0,
    max: 3600,
    placeholder: "<seconds>",
    help: "Wait that long at the most",
  },
] as const satisfies readonly FlagSpec[];
