import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";
import { Fields } from "./fields.ts";
import { type ImportedGroup, type ImportFault, type Place } from "./import-report.ts";

/** One object of another load balancer, and what comes of it while it is read. */
export class ForeignObject {
  readonly from: Place;
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Empty when the object names none. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly raw: JsonObject;
  readonly #objects: JsonObject[] = [];
  readonly #lost: string[] = [];
  readonly #hints: string[] = [];
  readonly #faults: ImportFault[] = [];

  constructor(source: string, raw: JsonObject) {
    this.raw = raw;
    const { kind, apiVersion, metadata } = raw;
    const meta = isJsonObject(metadata) ? metadata : {};
    this.kind = textOf(kind);
    this.group = textOf(apiVersion).includes("/") ? (textOf(apiVersion).split("/")[0] ?? "") : "";
    this.name = textOf(meta["name"]);
    this.namespace = textOf(meta["namespace"]);
    this.labels = textsOf(meta["labels"]);
    this.annotations = textsOf(meta["annotations"]);
    const key = this.namespace === "" ? this.name : `${this.namespace}/${this.name}`;
    this.from = { source, object: `${this.kind} ${key}`.trim() };
  }

  /** The fields under `spec`; an absent spec is an empty one. */
  spec(): Fields {
    return new Fields(this.raw["spec"] ?? {}, "spec", this);
  }

  emit(object: JsonObject): void {
    this.#objects.push(object);
  }

  /** The object asks for something that is not carried over. */
  lose(path: string, why: string): void {
    this.#lost.push(path === "" ? why : `${path}: ${why}`);
  }

  hint(sentence: string): void {
    if (!this.#hints.includes(sentence)) this.#hints.push(sentence);
  }

  refuse(path: string, message: string): void {
    this.#faults.push({ ...this.from, path, message });
  }

  get faults(): readonly ImportFault[] {
    return this.#faults;
  }

  asGroup(): ImportedGroup {
    return { from: this.from, objects: this.#objects, lost: this.#lost, hints: this.#hints };
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
