import { type FlagSpec, helpFlag } from "@steelyard/client/program";
import { clusterFlags, filesFlag } from "../flags.ts";

export const planSummary = `Says which Services would keep, move, gain or lose addresses if IPAddressPools were changed, before anything is
applied: the operator's own decisions, played over the cluster as it is now. Reads, and writes nothing; takes the right
to list services, namespaces and ipaddresspools.

The files may hold several documents, Lists, and objects of other kinds, which are passed over. They are laid over the
live pools as kubectl apply would, in their order.

Exit code 0: nothing would move or be lost. 1: something would. 2: it could not be judged, or a pool would be refused.`;

/** The flags of the command `plan`. */
export const planFlags = [
  helpFlag,
  filesFlag("What would be applied, YAML or JSON; repeated for several files, - is the standard input"),
  {
    name: "delete",
    kind: "list",
    default: [],
    placeholder: "<pool>",
    help: "A live pool that would be deleted, after the files are applied; repeated or separated by commas",
  },
  {
    name: "prune",
    kind: "boolean",
    default: false,
    help: "Every live pool that is in none of the files would be deleted",
  },
  {
    name: "o",
    kind: "choice",
    choices: ["text", "wide", "json"],
    default: "text",
    help: "How to print it; wide lists those who keep what they have and those who wait, too",
  },
  ...clusterFlags,
] as const satisfies readonly FlagSpec[];
