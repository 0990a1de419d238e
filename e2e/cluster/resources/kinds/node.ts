import { arrayAt, isObject, type KubeObject, objectAt, stringAt } from "../../json.ts";
import { ageColumn, nameColumn } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import {
  byValue,
  omittedFlag,
  keyedList,
  list,
  mapOf,
  mergedTexts,
  partly,
  struct,
  text,
  time,
} from "../../schema/shapes.ts";
import { intOrString } from "../../schema/shapes.ts";
import { type ResourceDefinition } from "../definition.ts";
import { coreKind } from "./core-kind.ts";

const taint = struct({ key: text, value: text, effect: text, timeAdded: time }, ["key", "effect"]);
const nodeCondition = struct(
  {
    type: text,
    status: text,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
    reason: text,
    message: text,
  },
  ["type", "status", "lastHeartbeatTime", "lastTransitionTime"],
);

const nodeInfoFields = [
  "machineID",
  "systemUUID",
  "bootID",
  "kernelVersion",
  "osImage",
  "containerRuntimeVersion",
  "kubeletVersion",
  "kubeProxyVersion",
  "operatingSystem",
  "architecture",
];
const nodeInfo = struct(Object.fromEntries(nodeInfoFields.map((field) => [field, text])), nodeInfoFields);

const spec = partly({
  podCIDR: text,
  podCIDRs: mergedTexts,
  providerID: text,
  unschedulable: omittedFlag,
  taints: list(taint),
});

const status = partly({
  capacity: mapOf(intOrString),
  allocatable: mapOf(intOrString),
  phase: text,
  conditions: keyedList(nodeCondition, "type"),
  addresses: keyedList(struct({ type: text, address: text }, ["type", "address"]), "type"),
  nodeInfo: byValue(nodeInfo),
});

/** Unlike most kinds, a Node keeps the status it is created with: kubelets rely on that. */
export const nodeKind: ResourceDefinition = coreKind({
  plural: "nodes",
  kind: "Node",
  shortNames: ["no"],
  namespaced: false,
  schema: struct({ spec, status }),
  selectableFields: ["spec.unschedulable"],
  columns: [
    nameColumn,
    column("Status", readiness),
    column("Roles", roles),
    ageColumn,
    column("Version", (node) => stringAt(node, "status", "nodeInfo", "kubeletVersion") ?? ""),
    column("Internal-IP", (node) => addressOf(node, "InternalIP"), { wide: true }),
    column("External-IP", (node) => addressOf(node, "ExternalIP"), { wide: true }),
    column("OS-Image", (node) => stringAt(node, "status", "nodeInfo", "osImage") ?? "<unknown>", {
      wide: true,
    }),
    column("Kernel-Version", (node) => stringAt(node, "status", "nodeInfo", "kernelVersion") ?? "<unknown>", {
      wide: true,
    }),
    column(
      "Container-Runtime",
      (node) => stringAt(node, "status", "nodeInfo", "containerRuntimeVersion") ?? "<unknown>",
      {
        wide: true,
      },
    ),
  ],
  strategy: { prepareCreate: notReadyYet },
});

const notReady = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** Whatever its conditions say, a new Node is tainted until the node controller has seen it ready. */
function notReadyYet(node: KubeObject): KubeObject {
  const taints = arrayAt(node, "spec", "taints");
  const isTainted = taints.some((taint) => stringAt(taint, "key") === notReady.key);
  return isTainted ? node : { ...node, spec: { ...objectAt(node, "spec"), taints: [...taints, notReady] } };
}

function readiness(node: KubeObject): string {
  const ready = arrayAt(node, "status", "conditions")
    .filter(isObject)
    .find((item) => item["type"] === "Ready");
  const words = [ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady"];
  const spec = node["spec"];
  if (isObject(spec) && spec["unschedulable"] === true) words.push("SchedulingDisabled");
  return words.join(",");
}

const rolePrefix = "node-role.kubernetes.io/";

function roles(node: KubeObject): string {
  const labels = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(rolePrefix));
  return (
    labels
      .map((label) => label.slice(rolePrefix.length))
      .sort()
      .join(",") || "<none>"
  );
}

function addressOf(node: KubeObject, type: string): string {
  const found = arrayAt(node, "status", "addresses")
    .filter(isObject)
    .find((item) => item["type"] === type);
  return stringAt(found, "address") ?? "<none>";
}
