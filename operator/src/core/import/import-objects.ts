import { buildConfig, type ConfigProblem, type ConfigSnapshot, NO_OBJECTS } from "@steelyard/model/config";
import { isJsonObject, type JsonObject, type Result } from "@steelyard/model/foundation";
import {
  projectBfdProfile,
  projectBgpAdvertisement,
  projectBgpPeer,
  projectCommunity,
  projectIpAddressPool,
  projectL2Advertisement,
  type SchemaCheck,
  validateBfdProfile,
  validateBgpAdvertisement,
  validateBgpPeer,
  validateCommunity,
  validateIpAddressPool,
  validateL2Advertisement,
} from "@steelyard/model/resources";
import { importCilium } from "./cilium.ts";
import { importConfigMap } from "./config-map.ts";
import { ForeignObject } from "./foreign-object.ts";
import { type ImportFault, type ImportReport } from "./import-report.ts";
import { MetallbObjects, type MetallbKind } from "./metallb-objects.ts";
import { importOpenElb } from "./openelb.ts";
import { importPureLb } from "./purelb.ts";

/** One document of a file, parsed. */
export interface ImportDocument {
  readonly source: string;
  readonly value: unknown;
}

export interface ImportOptions {
  /** Where the objects are to be. */
  readonly namespace: string;
  /** Reads the YAML that stands as a text within an object. */
  readonly parseYaml: (text: string) => Result<unknown, string>;
}

/**
 * Objects of metallb.io that do what the objects of another load balancer do: MetalLB before 0.13, kube-vip, Cilium,
 * PureLB and OpenELB. What they cannot do is named, and what cannot be told from its like is made narrower rather than
 * wider: a pool that nobody gets an address from is noticed, one that gives too much away is not.
 */
export function importObjects(documents: readonly ImportDocument[], options: ImportOptions): ImportReport {
  const { objects, faults } = foreignObjects(documents);
  const made = new MetallbObjects(options.namespace);
  const known = new Set([
    ...objects.filter((object) => importConfigMap(object, made, options.parseYaml)),
    ...importCilium(objects, made),
    ...importPureLb(objects, made),
    ...importOpenElb(objects, made),
  ]);
  const kept = objects.filter((object) => known.has(object));
  const found = [...faults, ...kept.flatMap((object) => object.faults)];
  return {
    groups: kept.map((object) => object.asGroup()),
    ignored: objects.filter((object) => !known.has(object)).map(({ from }) => from.object),
    faults: found.length > 0 ? found : faultsOfResult(kept, options.namespace),
  };
}

function foreignObjects(documents: readonly ImportDocument[]): {
  readonly objects: readonly ForeignObject[];
  readonly faults: readonly ImportFault[];
} {
  const objects: ForeignObject[] = [];
  const faults: ImportFault[] = [];
  for (const [index, { source, value }] of documents.entries()) {
    for (const item of flatten(value)) {
      const isObject = isJsonObject(item) && typeof item["kind"] === "string" && item["kind"] !== "";
      if (isObject) objects.push(new ForeignObject(source, item));
      else faults.push({ source, object: `document ${index + 1}`, path: "kind", message: "is required" });
    }
  }
  return { objects, faults };
}

/** What a List holds; empty documents hold nothing. */
function flatten(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  const items = isJsonObject(value) && String(value["kind"]).endsWith("List") ? value["items"] : undefined;
  return Array.isArray(items) ? items.flatMap(flatten) : [value];
}

const schemas: Readonly<Record<MetallbKind, SchemaCheck>> = {
  IPAddressPool: validateIpAddressPool,
  L2Advertisement: validateL2Advertisement,
  BGPAdvertisement: validateBgpAdvertisement,
  BGPPeer: validateBgpPeer,
  BFDProfile: validateBfdProfile,
  Community: validateCommunity,
};

/** What our API and our programs would say: pools that overlap, a profile that is not there, an AS number of 0. */
function faultsOfResult(objects: readonly ForeignObject[], namespace: string): readonly ImportFault[] {
  const made = objects.flatMap((from) =>
    from.asGroup().objects.map((object) => ({ from: from.from, object })),
  );
  const bySchema = made.flatMap(({ from, object }) =>
    schemas[object["kind"] as MetallbKind](object).map(({ path, message }) => ({
      ...from,
      path: "",
      message: `gives ${called(object)}, in which ${path} ${message}`,
    })),
  );
  if (bySchema.length > 0) return bySchema;
  const { problems } = buildConfig(
    snapshotOf(
      made.map(({ object }) => object),
      namespace,
    ),
  );
  return weighed(problems).map(({ object: { kind, name }, path, message }) => {
    const origin = made.find(({ object }) => called(object) === `${kind} ${name}`)?.from;
    const from = origin ?? { source: "", object: `${kind} ${name}` };
    return { ...from, path: "", message: `gives ${kind} ${name}, in which ${path}: ${message}` };
  });
}

/** What is missing for want of something faulty is no fault of its own; labels may be those of pools made elsewhere. */
function weighed(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const wrong = problems.filter(({ kind }) => kind === "wrong");
  return wrong.length > 0 ? wrong : problems.filter(({ path }) => path !== "spec.ipAddressPoolSelectors");
}

function snapshotOf(objects: readonly JsonObject[], namespace: string): ConfigSnapshot {
  const of = <T>(kind: MetallbKind, project: (raw: unknown) => T): readonly T[] =>
    objects.filter((object) => object["kind"] === kind).map(project);
  return {
    ...NO_OBJECTS,
    namespace,
    pools: of("IPAddressPool", projectIpAddressPool),
    l2Advertisements: of("L2Advertisement", projectL2Advertisement),
    bgpAdvertisements: of("BGPAdvertisement", projectBgpAdvertisement),
    bgpPeers: of("BGPPeer", projectBgpPeer),
    bfdProfiles: of("BFDProfile", projectBfdProfile),
    communities: of("Community", projectCommunity),
    namespaces: namespacesNamedBy(objects),
  };
}

/** Which namespaces there are is not ours to judge here: those that a pool names count as present. */
function namespacesNamedBy(objects: readonly JsonObject[]): ConfigSnapshot["namespaces"] {
  const names = objects.flatMap((object) => {
    const spec = isJsonObject(object["spec"]) ? object["spec"] : {};
    const allocation = isJsonObject(spec["serviceAllocation"]) ? spec["serviceAllocation"] : {};
    const named = allocation["namespaces"];
    return Array.isArray(named) ? named.map(String) : [];
  });
  return [...new Set(names)].map((name) => ({ metadata: { name } }));
}

function called(object: JsonObject): string {
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  return `${String(object["kind"])} ${String(metadata["name"])}`;
}
