import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";
import { validateIpAddressPool } from "@steelyard/model/resources";
import { metadataOf, withoutStatus } from "./applied-object.ts";
import { unknownPoolFields } from "./unknown-fields.ts";

/** One document of a file, parsed. */
export interface SourceDocument {
  /** The file as it was named: `new-pools.yaml`. */
  readonly source: string;
  readonly value: unknown;
}

/** An IPAddressPool as the user would apply it; fits its schema. */
export interface GivenPool {
  readonly name: string;
  readonly object: JsonObject;
}

/** What cannot be applied, and where: the API server would refuse it. */
export interface EditFault {
  readonly source: string;
  /** `IPAddressPool metallb-system/lan`, or `document 3` where it has no name. */
  readonly object: string;
  /** A JSON path into the object; empty for the object as a whole. */
  readonly path: string;
  readonly message: string;
}

export interface GivenEdit {
  /** In the order of the documents, as kubectl would apply them. */
  readonly pools: readonly GivenPool[];
  /** What decides about no address, or is not played: `L2Advertisement metallb-system/lan`. */
  readonly ignored: readonly string[];
  readonly faults: readonly EditFault[];
  /** What the user should know though it hinders nothing. */
  readonly notes: readonly string[];
}

const apiVersion = "metallb.io/v1beta1";

/**
 * Sorts the objects of some files into pools, what is passed over and what the API server would refuse. Lists are taken
 * apart; a pool that names no namespace counts as one of `namespace`, where the operator reads them.
 */
export function readEdit(documents: readonly SourceDocument[], namespace: string): GivenEdit {
  const edit = {
    pools: [] as GivenPool[],
    ignored: [] as string[],
    faults: [] as EditFault[],
    notes: [] as string[],
  };
  const numbers = new Map<string, number>();
  for (const { source, value } of documents) {
    const number = (numbers.get(source) ?? 0) + 1;
    numbers.set(source, number);
    for (const { item, place } of flatten(value, `document ${number}`))
      readItem({ source, place, value: item }, namespace, edit);
  }
  const twice = duplicates(edit.pools.map(({ name }) => name));
  edit.notes.push(
    ...twice.map((name) => `IPAddressPool ${name} is given more than once; the last one counts`),
  );
  return edit;
}

interface Item {
  readonly source: string;
  readonly place: string;
  readonly value: unknown;
}

type Collected = { readonly [K in keyof GivenEdit]: GivenEdit[K][number][] };

function readItem({ source, place, value }: Item, namespace: string, edit: Collected): void {
  const refuse = (object: string, path: string, message: string): void =>
    void edit.faults.push({ source, object, path, message });
  if (!isJsonObject(value)) return refuse(place, "", "is no Kubernetes object");
  const { kind, apiVersion: version } = value;
  if (typeof kind !== "string" || kind === "") return refuse(place, "kind", "is required");
  if (typeof version !== "string" || version === "") return refuse(place, "apiVersion", "is required");
  const isPool = kind === "IPAddressPool" && version.startsWith("metallb.io/");
  const own = isPool ? inNamespace(value, namespace) : value;
  const called = describeObject(own, place);
  if (!isPool) return void edit.ignored.push(called);
  if (version !== apiVersion) return refuse(called, "apiVersion", `must be ${apiVersion}, not ${version}`);
  readPoolItem(own, { called, namespace, refuse, edit, isPlaced: own !== value });
}

function readPoolItem(
  object: JsonObject,
  context: {
    readonly called: string;
    readonly namespace: string;
    readonly refuse: (object: string, path: string, message: string) => void;
    readonly edit: Collected;
    /** The namespace is not the user's but ours. */
    readonly isPlaced: boolean;
  },
): void {
  const { called, namespace, refuse, edit, isPlaced } = context;
  const { name, namespace: where } = metadataOf(object);
  if (typeof name !== "string" || name === "") return refuse(called, "metadata.name", "is required");
  if (where !== namespace)
    return void edit.ignored.push(`${called} (pools count only in namespace ${namespace})`);
  const unknown = unknownPoolFields(object).map((path) => ({
    path,
    message: "is no field of an IPAddressPool",
  }));
  const problems = [...unknown, ...validateIpAddressPool(withoutStatus(object))];
  for (const { path, message } of problems) refuse(called, path, message);
  if (problems.length > 0) return;
  edit.pools.push({ name, object });
  if (isPlaced)
    edit.notes.push(`IPAddressPool ${name} names no namespace; apply it with --namespace ${namespace}`);
}

/** What a List holds, also one within another; the document itself when it is none. Empty documents hold nothing. */
function flatten(
  value: unknown,
  place: string,
): readonly { readonly item: unknown; readonly place: string }[] {
  if (value === null || value === undefined) return [];
  const items = isJsonObject(value) && String(value["kind"]).endsWith("List") ? value["items"] : undefined;
  if (!Array.isArray(items)) return [{ item: value, place }];
  return items.flatMap((item, index) => flatten(item ?? "", `${place}, items[${index}]`));
}

function inNamespace(object: JsonObject, namespace: string): JsonObject {
  const metadata = metadataOf(object);
  return metadata["namespace"] === undefined || metadata["namespace"] === null
    ? { ...object, metadata: { ...metadata, namespace } }
    : object;
}

function describeObject(object: JsonObject, place: string): string {
  const { name, namespace } = metadataOf(object);
  if (typeof name !== "string") return `${String(object["kind"])} of ${place}`;
  const key = typeof namespace === "string" ? `${namespace}/${name}` : name;
  return `${String(object["kind"])} ${key}`;
}

function duplicates(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
