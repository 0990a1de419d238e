import { isJsonObject } from "../foundation/index.ts";
import { type DraftSource } from "./drafts.ts";
import { VALID_CONDITION } from "./object-conditions.ts";

/** Who an object is, read without trusting its shape. */
export interface ObjectHead extends DraftSource {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the object's spec; undefined when the API server does not count it. */
  readonly generation: number | undefined;
}

/** Reads metadata; whatever is missing or of the wrong type is empty. */
export function readHead(raw: unknown): ObjectHead {
  const metadata = isJsonObject(raw) && isJsonObject(raw["metadata"]) ? raw["metadata"] : {};
  const { name, namespace, uid, creationTimestamp, generation } = metadata;
  return {
    name: textOr(name, ""),
    namespace: textOr(namespace, ""),
    uid: typeof uid === "string" ? uid : undefined,
    creationTimestamp: textOr(creationTimestamp, ""),
    labels: readTexts(metadata["labels"]),
    annotations: readTexts(metadata["annotations"]),
    generation: typeof generation === "number" ? generation : undefined,
    wasInForce: readVerdict(isJsonObject(raw) ? raw["status"] : undefined, generation),
  };
}

/** A verdict about an earlier form says nothing of the present one. */
function readVerdict(status: unknown, generation: unknown): boolean | undefined {
  const list = isJsonObject(status) ? status["conditions"] : undefined;
  const conditions = Array.isArray(list) ? list.filter(isJsonObject) : [];
  const condition = conditions.find(({ type }) => type === VALID_CONDITION);
  const isOfThis = typeof generation === "number" && condition?.["observedGeneration"] === generation;
  if (!isOfThis) return undefined;
  return condition["status"] === "True" ? true : condition["status"] === "False" ? false : undefined;
}

function readTexts(raw: unknown): Readonly<Record<string, string>> {
  const entries = isJsonObject(raw) ? Object.entries(raw) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}
