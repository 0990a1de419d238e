import { type FlagSpec, type FlagValues, helpFlag, logLevels, metricsFlags } from "@steelyard/client/program";

const nativeBgp = "BGP is spoken by this program itself, and no FRR is needed beside it";

/**
 * The agent's flags: MetalLB's names, variables and defaults (reference metallb.md, sections 6.3 and 10), so that its
 * manifests start this program unchanged, and a few of our own.
 */
export const agentFlags = [
  helpFlag,
  {
    name: "node-name",
    env: "METALLB_NODE_NAME",
    kind: "string",
    placeholder: "<name>",
    help: "Name of the node this agent runs on; required",
  },
  {
    name: "namespace",
    env: "METALLB_NAMESPACE",
    kind: "string",
    placeholder: "<namespace>",
    help: "Where pools and advertisements are read from; in a Pod its own namespace unless given",
  },
  {
    name: "pod-name",
    env: "METALLB_POD_NAME",
    kind: "string",
    placeholder: "<name>",
    help: "Pod that is to own the status objects, so that they go when it goes",
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
  {
    name: "ignore-exclude-lb",
    kind: "boolean",
    default: false,
    help: "Announce from nodes labelled node.kubernetes.io/exclude-from-external-load-balancers as well",
  },
  {
    name: "strict-exclude-lb",
    kind: "boolean",
    default: false,
    help: "Let that label, and the taints of --withdraw-on-taint, hold even where they leave nobody to announce an address; otherwise they are suspended for it",
  },
  {
    name: "withdraw-on-taint",
    kind: "list",
    default: [],
    placeholder: "<key>[=<value>][:<effect>]",
    help: "Move addresses away from nodes with one of these taints, as if they carried that label; separated by commas or repeated",
  },
  {
    name: "owner-policy",
    kind: "choice",
    choices: ["sticky", "hash"],
    default: "sticky",
    help: "sticky: an address stays where it is while it can, also when a node returns; hash: always the first in MetalLB's order",
  },
  {
    name: "bind-addresses",
    kind: "string",
    placeholder: "<interface>",
    help: "Put each address on this interface of the node that owns it, such as lo, unless the annotation steelyard.io/bind-interface of its pool says otherwise; when empty they are not put anywhere",
  },
  {
    name: "gratuitous-arp-interval",
    kind: "integer",
    default: 60,
    min: 0,
    max: 86_400,
    placeholder: "<seconds>",
    help: "Remind the segment of each address that often, spread at random; 0 turns it off",
  },
  {
    name: "verify-interval",
    kind: "integer",
    default: 1,
    min: 0,
    max: 86_400,
    placeholder: "<seconds>",
    help: "Ask the segment that often whether the owner of some other node's address answers, and nobody else; 0 turns it off",
  },
  {
    name: "bgp-listen",
    kind: "list",
    default: [],
    placeholder: "<address>[:<port>]",
    help: "Let the routers of BGPPeers connect to these addresses of the node, such as 0.0.0.0 and [::]:179, separated by commas or repeated; when empty the agent connects to them and they cannot",
  },
  {
    name: "bgp-route-delay",
    kind: "integer",
    default: 0,
    min: 0,
    max: 600_000,
    placeholder: "<milliseconds>",
    help: "Announce a new route by BGP only when it has been wanted for that long, so that endpoints that come and go do not reach the routers; withdrawals never wait",
  },
  {
    name: "state-dir",
    kind: "string",
    placeholder: "<folder>",
    help: "Keep what is announced by layer 2 in <folder>/<node name>.json, to start from it when the API server is away; when empty nothing is kept",
  },
  {
    name: "exclude-interfaces-file",
    kind: "string",
    default: "/etc/metallb/excludel2.yaml",
    placeholder: "<file>",
    help: "YAML with announcedInterfacesToExclude, patterns of interfaces that never announce; may be missing",
  },
  ...metricsFlags,
  {
    name: "health-probe-port",
    kind: "integer",
    default: 17472,
    min: 0,
    max: 65535,
    placeholder: "<port>",
    help: "Serves /healthz, /readyz and /status.json on 127.0.0.1; 0 turns it off",
  },
  { name: "log-level", kind: "choice", choices: logLevels, default: "info", help: "How much to log" },
  {
    name: "ml-bindaddr",
    env: "METALLB_ML_BIND_ADDR",
    kind: "string",
    placeholder: "<address>",
    help: "Address of this node for gossip with the other agents; gossip is off unless it and --ml-labels are given, and who lives then follows from the Node objects",
  },
  {
    name: "ml-bindport",
    env: "METALLB_ML_BIND_PORT",
    kind: "integer",
    default: 7946,
    min: 1,
    max: 65535,
    placeholder: "<port>",
    help: "Port for gossip, UDP and TCP, the same on all nodes",
  },
  {
    name: "ml-labels",
    env: "METALLB_ML_LABELS",
    kind: "string",
    placeholder: "<selector>",
    help: "Labels of the Pods to gossip with, in the namespace of this one",
  },
  {
    name: "ml-secret-key-path",
    env: "METALLB_ML_SECRET_KEY_PATH",
    kind: "string",
    placeholder: "<path>",
    help: "File with the key of the gossip, or a directory with a file secretkey; gossip is not encrypted unless given",
  },
  {
    name: "ml-wan-config",
    kind: "boolean",
    default: false,
    help: "Slower gossip, for nodes far from each other",
  },
  {
    name: "ml-config-file",
    kind: "string",
    default: "/etc/metallb/memberlist/config.json",
    placeholder: "<file>",
    help: "JSON with every knob of the gossip, in place of the defaults and of --ml-wan-config; may be missing",
  },
  {
    name: "bgp-debounce-timeout",
    env: "METALLB_BGP_DEBOUNCE_TIMEOUT",
    kind: "integer",
    min: 0,
    help: "How long MetalLB gathers changes before it has FRR read them",
    inert:
      "a changed route is sent by itself, at once, so there is nothing to gather; --bgp-route-delay holds new ones back",
  },
  {
    name: "frrk8s-namespace",
    env: "FRRK8S_NAMESPACE",
    kind: "string",
    help: "Where frr-k8s runs",
    inert: nativeBgp,
  },
  { name: "frrk8s-secret-passthrough", kind: "boolean", help: "Passwords by reference", inert: nativeBgp },
  {
    name: "host",
    env: "METALLB_HOST",
    kind: "string",
    help: "Deprecated by MetalLB",
    inert: "where metrics listen is said by --secure-metrics",
  },
] as const satisfies readonly FlagSpec[];

export type AgentFlags = FlagValues<typeof agentFlags>;

/** Variables of MetalLB's manifests for which it has no flag. */
const inertVariables = {
  METALLB_BGP_TYPE: nativeBgp,
  FRR_CONFIG_FILE: nativeBgp,
  FRR_RELOADER_PID_FILE: nativeBgp,
  FRR_LOGGING_LEVEL: nativeBgp,
};

/** One sentence for each variable that is set but does nothing here, to be logged once at the start. */
export function inertVariableNotices(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(inertVariables)
    .filter(([name]) => env[name] !== undefined && env[name] !== "")
    .map(([name, why]) => `variable ${name} has no effect: ${why}`);
}
