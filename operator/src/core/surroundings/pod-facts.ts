import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";
import { type LabelledPod } from "@steelyard/model/services";

/** What is looked at of a Pod when a Service has no endpoint that can serve. */
export interface PodFacts extends LabelledPod {
  /** The end of a sentence that begins with the Pod's name; undefined = it is ready. */
  readonly whyNotReady: string | undefined;
}

/** What is kept of the Pods that agents run in. */
export type PodReadiness = Pick<PodFacts, "name" | "whyNotReady">;

/** A scheduler tells of every node. */
const longestReason = 200;

export function projectPodFacts(raw: unknown): PodFacts {
  const { metadata, status } = objectOr(raw);
  const { name, labels } = objectOr(metadata);
  const texts = Object.entries(objectOr(labels)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    name: textOr(name, ""),
    labels: Object.fromEntries(texts),
    whyNotReady: whyNotReady(objectOr(status)),
  };
}

/** Without a kubelet that says whether the Pod is ready, it counts as ready. */
export function projectPodReadiness(raw: unknown): PodReadiness {
  const { name, whyNotReady } = projectPodFacts(raw);
  return { name, whyNotReady: readyCondition(objectOr(objectOr(raw)["status"])) && whyNotReady };
}

function readyCondition(status: JsonObject): JsonObject | undefined {
  return listOr(status["conditions"])
    .map(objectOr)
    .find(({ type }) => type === "Ready");
}

/** Reasons and no times or counts: what is said of a pod must not change by itself. */
function whyNotReady(status: JsonObject): string | undefined {
  const conditions = listOr(status["conditions"]).map(objectOr);
  const stateOf = (type: string) => conditions.find((condition) => condition["type"] === type);
  if (stateOf("Ready")?.["status"] === "True") return undefined;
  const scheduled = stateOf("PodScheduled");
  if (scheduled?.["status"] === "False") {
    return shortened(`is not scheduled (${textOr(scheduled["message"], textOr(scheduled["reason"], "?"))})`);
  }
  const stuck = stuckContainer(status);
  if (stuck !== undefined) return shortened(`is not ready (${stuck})`);
  const phase = textOr(status["phase"], "Unknown");
  return phase === "Running" ? "is not ready (its readiness probe has not succeeded)" : `is ${phase}`;
}

function stuckContainer(status: JsonObject): string | undefined {
  const all = [...listOr(status["initContainerStatuses"]), ...listOr(status["containerStatuses"])];
  for (const container of all.map(objectOr)) {
    const state = objectOr(container["state"]);
    const { reason } = { ...objectOr(state["terminated"]), ...objectOr(state["waiting"]) };
    const isInit = listOr(status["initContainerStatuses"]).includes(container);
    if (typeof reason === "string" && container["ready"] !== true && !(isInit && reason === "Completed"))
      return `container ${textOr(container["name"], "?")}: ${reason}`;
  }
  return undefined;
}

function shortened(text: string): string {
  return text.length <= longestReason ? text : `${text.slice(0, longestReason)}…)`;
}

function objectOr(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOr(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
