import { arrayAt, at, isObject, type KubeObject, objectAt, stringAt } from "../../json.ts";
import { type FieldError } from "../../http/api-error.ts";
import { required } from "../../http/field-errors.ts";
import { ageColumn, nameColumn } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import { keyedList, list, mergedTexts, open, partly, struct, text } from "../../schema/shapes.ts";
import { type Schema } from "../../schema/schema.ts";
import { type ResourceDefinition } from "../definition.ts";
import { coreKind } from "./core-kind.ts";

const named = partly({ name: text });

const container = partly({
  name: text,
  image: text,
  ports: keyedList(partly({ protocol: { ...text, default: "TCP" } }), "containerPort", "protocol"),
  env: keyedList(named, "name"),
  volumeMounts: keyedList(open, "mountPath"),
});

/** PodSpec as far as a strategic merge patch must know it; the rest is stored as it comes. */
export const podSpec: Schema = partly({
  nodeName: text,
  serviceAccountName: text,
  hostname: text,
  containers: keyedList(container, "name"),
  initContainers: keyedList(container, "name"),
  volumes: keyedList(named, "name"),
  imagePullSecrets: keyedList(named, "name"),
  tolerations: list(open),
  hostAliases: keyedList(partly({ ip: text, hostnames: mergedTexts }), "ip"),
});

const status = partly({
  phase: text,
  podIP: text,
  hostIP: text,
  podIPs: keyedList(struct({ ip: text }), "ip"),
  conditions: keyedList(open, "type"),
});

export const podKind: ResourceDefinition = coreKind({
  plural: "pods",
  kind: "Pod",
  shortNames: ["po"],
  categories: ["all"],
  schema: struct({ spec: podSpec, status }),
  selectableFields: ["spec.nodeName", "spec.serviceAccountName", "status.phase", "status.podIP"],
  columns: [
    nameColumn,
    column("Ready", readyContainers),
    column("Status", (pod) =>
      pod.metadata.deletionTimestamp ? "Terminating" : (stringAt(pod, "status", "phase") ?? ""),
    ),
    column("Restarts", restarts),
    ageColumn,
    column("IP", (pod) => stringAt(pod, "status", "podIP") ?? "<none>", { wide: true }),
    column("Node", (pod) => stringAt(pod, "spec", "nodeName") ?? "<none>", { wide: true }),
    column("Nominated Node", (pod) => stringAt(pod, "status", "nominatedNodeName") ?? "<none>", {
      wide: true,
    }),
    column("Readiness Gates", () => "<none>", { wide: true }),
  ],
  strategy: { prepareCreate: asPending, validate: containerErrors, deleteReturnsObject: true },
});

function containerErrors(pod: KubeObject): readonly FieldError[] {
  const containers = arrayAt(pod, "spec", "containers");
  if (containers.length === 0) return [required("spec.containers")];
  return containers.flatMap((container, index) =>
    ["name", "image"].flatMap((field) =>
      (stringAt(container, field) ?? "") === "" ? [required(`spec.containers[${index}].${field}`)] : [],
    ),
  );
}

function asPending(pod: KubeObject): KubeObject {
  return { ...pod, spec: objectAt(pod, "spec"), status: { phase: "Pending", qosClass: "BestEffort" } };
}

function readyContainers(pod: KubeObject): string {
  const statuses = arrayAt(pod, "status", "containerStatuses").filter(isObject);
  const ready = statuses.filter((item) => item["ready"] === true).length;
  return `${ready}/${arrayAt(pod, "spec", "containers").length}`;
}

function restarts(pod: KubeObject): string {
  const counts = arrayAt(pod, "status", "containerStatuses").map((item) => at(item, "restartCount"));
  return String(counts.reduce<number>((sum, count) => sum + (typeof count === "number" ? count : 0), 0));
}
