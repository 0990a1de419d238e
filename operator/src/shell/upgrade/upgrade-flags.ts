import { type FlagSpec, helpFlag } from "@steelyard/client/program";
import { clusterFlags } from "../flags.ts";

export const upgradeSummary = `Says what would change in a cluster of MetalLB's if Steelyard took its place: what goes elsewhere, what is done
otherwise, and what is only to be known; of each where it stands, what happens, and what to do. Reads, and writes nothing.

Takes the right to list services, nodes and namespaces; in MetalLB's namespace deployments, daemonsets, configmaps and
the kinds of metallb.io, and to get the secrets that BGPPeers name; customresourcedefinitions,
validatingwebhookconfigurations and, where there is frr-k8s, frrconfigurations. What may not be read is named.

Exit code 0: traffic goes as before. 1: some of it goes otherwise, or not at all. 2: the cluster could not be read.`;

/** The flags of the command `check-upgrade`. */
export const upgradeFlags = [
  helpFlag,
  { name: "o", kind: "choice", choices: ["text", "json"], default: "text", help: "How to print it" },
  ...clusterFlags,
] as const satisfies readonly FlagSpec[];
