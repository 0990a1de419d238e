import { type FlagSpec, helpFlag } from "@steelyard/client/program";
import { filesFlag } from "../flags.ts";

export const importSummary = `Prints the objects of metallb.io that do what the objects of another load balancer do: the ConfigMap of MetalLB
before 0.13, that of kube-vip, and the kinds of Cilium, PureLB and OpenELB. Asks no cluster and applies nothing; what has
no equivalent stands in comments, and what cannot be told from its like is made narrower rather than wider.

Give all objects of one load balancer at once: some only count together.

Exit code 0: all is carried over. 1: what is printed lacks something that a comment names. 2: something could not be
understood, or nothing was there to understand; nothing is printed.`;

/** The flags of the command `import`. */
export const importFlags = [
  helpFlag,
  filesFlag("The objects, YAML or JSON; repeated for several files, - is the standard input"),
  {
    name: "namespace",
    env: "METALLB_NAMESPACE",
    kind: "string",
    default: "metallb-system",
    placeholder: "<namespace>",
    help: "Where the objects are to be",
  },
] as const satisfies readonly FlagSpec[];
