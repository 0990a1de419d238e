import { type FlagSpec, type FlagValues, helpFlag, logLevels, metricsFlags } from "@steelyard/client/program";

const noWebhook =
  "no webhook is needed: the API server checks each object by its schema, and conditions tell the rest";

/** Which cluster, and what of it: of every command. */
export const clusterFlags = [
  {
    name: "namespace",
    env: "METALLB_NAMESPACE",
    kind: "string",
    placeholder: "<namespace>",
    help: "Where pools and advertisements are read from and the Lease is kept; in a Pod its own namespace unless given",
  },
  {
    name: "kubeconfig",
    kind: "string",
    placeholder: "<file>",
    help: "How to reach the API server; else the variable KUBECONFIG, else the service account of the Pod",
  },
  {
    name: "lb-class",
    kind: "list",
    default: [],
    placeholder: "<class>",
    help: "Serve only Services of these loadBalancerClasses, separated by commas or repeated; when empty, only those that have none",
  },
] as const satisfies readonly FlagSpec[];

/** What a command reads in place of a cluster, or beside it. */
export function filesFlag<const Help extends string>(help: Help) {
  return {
    name: "f",
    kind: "list",
    default: [],
    isOnlyRepeated: true,
    placeholder: "<file>",
    help,
  } as const satisfies FlagSpec;
}

/**
 * The operator's flags: those of MetalLB's controller with their variables and defaults (reference metallb.md, section
 * 6.3), so that its manifests start this program unchanged, and a few of our own.
 */
export const operatorFlags = [
  helpFlag,
  ...clusterFlags,
  {
    name: "leader-elect",
    kind: "boolean",
    default: true,
    help: "Let one of several operators act, by the Lease steelyard-operator; without it this one acts alone",
  },
  {
    name: "pod-name",
    env: "METALLB_POD_NAME",
    kind: "string",
    placeholder: "<name>",
    help: "Tells this operator from others in the Lease and in events; made up when absent",
  },
  ...metricsFlags,
  {
    name: "health-probe-port",
    kind: "integer",
    default: 17472,
    min: 0,
    max: 65535,
    placeholder: "<port>",
    help: "Serves /healthz and /readyz on all addresses; 0 turns it off",
  },
  { name: "log-level", kind: "choice", choices: logLevels, default: "info", help: "How much to log" },
  {
    name: "webhook-mode",
    kind: "choice",
    choices: ["enabled", "disabled", "onlywebhook"],
    default: "enabled",
    help: "There is no webhook; onlywebhook still means what it means in MetalLB: this program gives no addresses",
  },
  {
    name: "ml-secret-name",
    env: "METALLB_ML_SECRET_NAME",
    kind: "string",
    placeholder: "<name>",
    help: "The Secret with the key of the agents' gossip; created with a new key when it is missing, unless no name is given",
  },
  {
    name: "deployment",
    env: "METALLB_DEPLOYMENT",
    kind: "string",
    placeholder: "<name>",
    help: "Own Deployment: the owner of that Secret",
  },
  { name: "webhook-secret", kind: "string", help: "Certificate of the webhook", inert: noWebhook },
  { name: "cert-service-name", kind: "string", help: "Service of the webhook", inert: noWebhook },
  { name: "cert-dir", kind: "string", help: "Certificate of the webhook", inert: noWebhook },
  { name: "disable-cert-rotation", kind: "boolean", help: "Certificate of the webhook", inert: noWebhook },
  { name: "webhook-http2", kind: "boolean", help: "Protocol of the webhook", inert: noWebhook },
] as const satisfies readonly FlagSpec[];

export type OperatorFlags = FlagValues<typeof operatorFlags>;

/** A variable of MetalLB's manifests for which it has no flag; a sentence for the log when it is set. */
export function inertVariableNotices(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const bgpType = env["METALLB_BGP_TYPE"];
  return bgpType === undefined || bgpType === ""
    ? []
    : ["variable METALLB_BGP_TYPE has no effect: what any of MetalLB's backends can do is valid"];
}
