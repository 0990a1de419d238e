import { keyedList, open, partly, struct } from "../../schema/shapes.ts";
import { type Schema } from "../../schema/schema.ts";
import { type ResourceDefinition } from "../definition.ts";
import { withoutStatus } from "../plain-strategy.ts";
import { coreKind } from "./core-kind.ts";
import { podSpec } from "./pod.ts";

/** Kinds that manifests bring along and nobody here acts upon: stored as they come. */
const anything: Schema = partly({});

const podTemplate = partly({ spec: podSpec });
const workload = struct({ spec: partly({ template: podTemplate }), status: open });

function apps(plural: string, kind: string, shortName: string): ResourceDefinition {
  const strategy = { prepareCreate: withoutStatus, countsGenerations: true };
  return coreKind({
    group: "apps",
    plural,
    kind,
    shortNames: [shortName],
    categories: ["all"],
    schema: workload,
    strategy,
  });
}

const rbac = "rbac.authorization.k8s.io";

export const openKinds: readonly ResourceDefinition[] = [
  apps("deployments", "Deployment", "deploy"),
  apps("daemonsets", "DaemonSet", "ds"),
  apps("replicasets", "ReplicaSet", "rs"),
  apps("statefulsets", "StatefulSet", "sts"),
  coreKind({
    plural: "endpoints",
    singular: "endpoints",
    kind: "Endpoints",
    shortNames: ["ep"],
    schema: anything,
    strategy: { createsOnUpdate: true },
  }),
  coreKind({
    group: rbac,
    plural: "roles",
    kind: "Role",
    schema: anything,
    strategy: { nameRule: "path-segment", createsOnUpdate: true },
  }),
  coreKind({
    group: rbac,
    plural: "rolebindings",
    kind: "RoleBinding",
    schema: anything,
    strategy: { nameRule: "path-segment", createsOnUpdate: true },
  }),
  clusterScoped(rbac, "clusterroles", "ClusterRole"),
  clusterScoped(rbac, "clusterrolebindings", "ClusterRoleBinding"),
  clusterScoped("scheduling.k8s.io", "priorityclasses", "PriorityClass"),
  clusterScoped(
    "admissionregistration.k8s.io",
    "validatingwebhookconfigurations",
    "ValidatingWebhookConfiguration",
  ),
  coreKind({
    group: "policy",
    plural: "poddisruptionbudgets",
    kind: "PodDisruptionBudget",
    shortNames: ["pdb"],
    schema: partly({ status: open }),
  }),
  coreKind({
    group: "networking.k8s.io",
    plural: "networkpolicies",
    kind: "NetworkPolicy",
    shortNames: ["netpol"],
    schema: anything,
  }),
];

function clusterScoped(group: string, plural: string, kind: string): ResourceDefinition {
  const schema = partly({ webhooks: keyedList(open, "name") });
  return coreKind({
    group,
    plural,
    kind,
    namespaced: false,
    schema,
    strategy: { nameRule: "path-segment", createsOnUpdate: group === rbac },
  });
}
