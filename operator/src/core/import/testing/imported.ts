import { type JsonObject, ok } from "@steelyard/model/foundation";
import { parse, parseAllDocuments } from "yaml";
import { importObjects } from "../import-objects.ts";
import { type ImportReport } from "../import-report.ts";

/** What the importer makes of some documents. */
export function reportOf(yaml: string): ImportReport {
  const documents = parseAllDocuments(yaml).map((document) => ({
    source: "given.yaml",
    value: document.toJS() as unknown,
  }));
  return importObjects(documents, {
    namespace: "metallb-system",
    parseYaml: (text) => ok(parse(text) as unknown),
  });
}

export interface Brief {
  /** `IPAddressPool home`, and the spec. */
  readonly objects: Readonly<Record<string, unknown>>;
  readonly lost: readonly string[];
  readonly hints: readonly string[];
}

/** The objects by kind and name, of files without a fault. */
export function imported(yaml: string): Brief {
  const { groups, faults } = reportOf(yaml);
  if (faults.length > 0) throw new Error(JSON.stringify(faults, undefined, 1));
  const objects = groups.flatMap((group) => group.objects);
  return {
    objects: Object.fromEntries(objects.map((object) => [titleOf(object), object["spec"]])),
    lost: groups.flatMap(({ lost }) => lost),
    hints: groups.flatMap(({ hints }) => hints),
  };
}

/** `Eip pool-a: spec.address is required`. */
export function faultsOf(yaml: string): readonly string[] {
  return reportOf(yaml).faults.map(({ object, path, message }) => `${object}: ${path} ${message}`);
}

function titleOf(object: JsonObject): string {
  const { name, namespace } = object["metadata"] as { name: string; namespace: string };
  if (namespace !== "metallb-system") throw new Error(`${name} is in namespace ${namespace}`);
  return `${String(object["kind"])} ${name}`;
}
