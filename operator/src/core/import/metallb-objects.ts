import { type JsonObject, type LabelSelector } from "@steelyard/model/foundation";
import { type ForeignObject } from "./foreign-object.ts";

export type MetallbKind =
  "IPAddressPool" | "L2Advertisement" | "BGPAdvertisement" | "BGPPeer" | "BFDProfile" | "Community";

const namePattern = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
/** RFC 1123 subdomain, as Kubernetes has it. */
const longestName = 253;

/** Makes objects of metallb.io in one namespace, each with a name that no other of its kind has. */
export class MetallbObjects {
  readonly #namespace: string;
  readonly #names = new Map<MetallbKind, Set<string>>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** @returns the name that the object got: the wanted one if it can be */
  add(
    from: ForeignObject,
    kind: MetallbKind,
    wanted: string,
    spec: JsonObject,
    labels: Readonly<Record<string, string>> = {},
  ): string {
    const name = this.#free(kind, asName(wanted));
    if (name !== wanted) from.hint(`${kind} ${JSON.stringify(wanted)} is called ${name} here`);
    const metadata = { name, namespace: this.#namespace, ...(Object.keys(labels).length > 0 && { labels }) };
    from.emit({ apiVersion: versionOf(kind), kind, metadata, spec: withoutAbsent(spec) });
    return name;
  }

  #free(kind: MetallbKind, wanted: string): string {
    const names = this.#names.get(kind) ?? new Set();
    this.#names.set(kind, names);
    let name = wanted;
    for (let number = 2; names.has(name); number += 1) name = `${wanted}-${number}`;
    names.add(name);
    return name;
  }
}

/** A list with one selector in it, or nothing when there is none or when it selects everything. */
export function selectorList(selector: LabelSelector | undefined): readonly LabelSelector[] | undefined {
  return selector === undefined || selectsAll(selector) ? undefined : [selector];
}

export function selectsAll({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** Of seconds, as Go writes a duration. */
export function seconds(count: number | undefined): string | undefined {
  return count === undefined ? undefined : `${count}s`;
}

function asName(wanted: string): string {
  const name = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "")
    .slice(0, longestName);
  return namePattern.test(name) ? name : "imported";
}

function versionOf(kind: MetallbKind): string {
  return kind === "BGPPeer" ? "metallb.io/v1beta2" : "metallb.io/v1beta1";
}

/** Empty lists too: they mean the same as absent ones and read worse. */
function withoutAbsent(spec: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(spec).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
