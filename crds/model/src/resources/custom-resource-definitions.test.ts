import { describe, expect, test } from "@jest/globals";
import { celRules } from "./cel-rules.ts";
import {
  type CrdSchema,
  type CustomResourceDefinition,
  metallbDefinitions,
  ourDefinitions,
  walkSchema,
} from "./testing/custom-resource-definitions.ts";
import { structuralDifferences } from "./testing/structural-differences.ts";

const KINDS = [
  "BFDProfile",
  "BGPAdvertisement",
  "BGPPeer",
  "Community",
  "ConfigurationState",
  "IPAddressPool",
  "L2Advertisement",
  "ServiceBGPStatus",
  "ServiceL2Status",
];

const kindsOf = (definitions: CustomResourceDefinition[]) => definitions.map(({ spec }) => spec.names.kind);

describe("the structure of crds/*.yaml is that of MetalLB 0.16.2, and status.conditions in six kinds", () => {
  test("both have the same nine kinds", () => {
    expect(kindsOf(ourDefinitions())).toEqual(KINDS);
    expect(kindsOf(metallbDefinitions())).toEqual(KINDS);
  });

  test.each(KINDS)("%s", (kind) => {
    expect(structuralDifferences(...bothOf(kind))).toEqual([]);
  });

  test("BGPPeer needs no webhook to be converted", () => {
    const [, ours] = bothOf("BGPPeer");
    expect(ours.spec.conversion).toEqual({ strategy: "None" });
  });
});

/** Each breaks one thing and says where the comparison has to notice it. */
const BREAKS: readonly [string, string, (ours: CustomResourceDefinition) => void, string][] = [
  ["another plural", "Community", (ours) => void (ours.spec.names.plural = "communitys"), "names.plural"],
  ["another scope", "Community", (ours) => void Object.assign(ours.spec, { scope: "Cluster" }), "scope"],
  [
    "a conversion webhook",
    "BGPPeer",
    (ours) => void (ours.spec.conversion = { strategy: "Webhook" }),
    "conversion.strategy",
  ],
  ["a version less", "BGPPeer", (ours) => void ours.spec.versions.shift(), "versions.v1beta1"],
  [
    "no status subresource",
    "IPAddressPool",
    (ours) => void Object.assign(versionOf(ours), { subresources: {} }),
    "versions.v1beta1.subresources.status",
  ],
  [
    "a printer column less",
    "IPAddressPool",
    (ours) => void Object.assign(versionOf(ours), { additionalPrinterColumns: [] }),
    "versions.v1beta1.additionalPrinterColumns",
  ],
  [
    "a default less",
    "IPAddressPool",
    (ours) => void Reflect.deleteProperty(at(ours, "spec", "autoAssign"), "default"),
    "versions.v1beta1.schema.properties.spec.properties.autoAssign.default",
  ],
  [
    "another limit",
    "BFDProfile",
    (ours) => void Object.assign(at(ours, "spec", "minimumTtl"), { maximum: 255 }),
    "versions.v1beta1.schema.properties.spec.properties.minimumTtl.maximum",
  ],
  [
    "a new field in spec",
    "Community",
    (ours) => void Object.assign(at(ours, "spec").properties ?? {}, { more: { type: "string" } }),
    "versions.v1beta1.schema.properties.spec.properties.more",
  ],
  [
    "another CEL rule",
    "BGPAdvertisement",
    (ours) => void (at(ours, "spec")["x-kubernetes-validations"] = [{ rule: "true", message: "" }]),
    "versions.v1beta1.schema.properties.spec.x-kubernetes-validations.0.message",
  ],
  [
    "a status field of another type",
    "ServiceL2Status",
    (ours) => void (at(ours, "status", "node").type = "object"),
    "versions.v1beta1.schema.properties.status.properties.node.type",
  ],
  [
    "a status field less",
    "ServiceL2Status",
    (ours) => void Reflect.deleteProperty(at(ours, "status").properties ?? {}, "node"),
    "versions.v1beta1.schema.properties.status.properties.node",
  ],
  [
    "a new field in status",
    "ServiceL2Status",
    (ours) => void Object.assign(at(ours, "status").properties ?? {}, { since: { type: "string" } }),
    "versions.v1beta1.schema.properties.status.properties.since",
  ],
  [
    "a new field beside the conditions",
    "L2Advertisement",
    (ours) => void Object.assign(at(ours, "status").properties ?? {}, { announced: { type: "integer" } }),
    "versions.v1beta1.schema.properties.status.properties.announced",
  ],
  [
    "conditions where none belong",
    "ServiceBGPStatus",
    (ours) => void Object.assign(at(ours, "status").properties ?? {}, { conditions: { type: "array" } }),
    "versions.v1beta1.schema.properties.status.properties.conditions",
  ],
  [
    "no conditions",
    "BFDProfile",
    (ours) => void Reflect.deleteProperty(at(ours, "status").properties ?? {}, "conditions"),
    "versions.v1beta1.schema.properties.status.properties.conditions",
  ],
  [
    "conditions of another form",
    "Community",
    (ours) => void Object.assign(at(ours, "status", "conditions"), { "x-kubernetes-list-type": "atomic" }),
    "versions.v1beta1.schema.properties.status.properties.conditions.x-kubernetes-list-type",
  ],
  [
    "a counter that need not be there",
    "IPAddressPool",
    (ours) => void at(ours, "status").required?.pop(),
    "versions.v1beta1.schema.properties.status.required",
  ],
  [
    "a new field that status has to have",
    "ServiceL2Status",
    (ours) => void (at(ours, "status").required = ["node"]),
    "versions.v1beta1.schema.properties.status.required",
  ],
];

describe("the comparison", () => {
  test.each(BREAKS)("notices %s (%s)", (_, kind, change, place) => {
    const [theirs, ours] = bothOf(kind);
    change(ours);
    expect(structuralDifferences(theirs, ours)[0]).toMatch(new RegExp(`^${place.replaceAll(".", "\\.")}: `));
  });
});

describe("descriptions", () => {
  test.each(KINDS)("%s: every field of every version has one, in whole sentences", (kind) => {
    const [, ours] = bothOf(kind);
    const lacking = ours.spec.versions.flatMap(({ schema }) =>
      fieldsWithoutDescription(schema.openAPIV3Schema),
    );
    expect(lacking).toEqual([]);
  });

  test("none stands at metadata, where the API server permits none", () => {
    const metadata = ourDefinitions().flatMap(({ spec }) =>
      spec.versions.map(({ schema }) => schema.openAPIV3Schema.properties?.["metadata"]),
    );
    expect(metadata).toHaveLength(KINDS.length + 1);
    for (const schema of metadata) expect(schema).toEqual({ type: "object" });
  });
});

test("every CEL rule is written by hand once more, word for word", () => {
  const inYaml = ourDefinitions().flatMap(({ spec }) =>
    spec.versions.flatMap((version) =>
      rulesOf(spec.names.kind, `${spec.group}/${version.name}`, version.schema.openAPIV3Schema),
    ),
  );
  const byHand = celRules.map(({ kind, apiVersion, path, rule, message }) => ({
    kind,
    apiVersion,
    path,
    rule,
    message,
  }));
  expect(inYaml).toHaveLength(10);
  expect(sorted(byHand)).toEqual(sorted(inYaml));
});

test.each(celRules)(
  "$kind $path: $rule compares with the past exactly if it says so",
  ({ rule, isTransition }) => {
    expect(isTransition).toBe(rule.includes("oldSelf"));
  },
);

function bothOf(kind: string): [CustomResourceDefinition, CustomResourceDefinition] {
  return [definitionOf(metallbDefinitions(), kind), definitionOf(ourDefinitions(), kind)];
}

function definitionOf(definitions: CustomResourceDefinition[], kind: string): CustomResourceDefinition {
  const found = definitions.find(({ spec }) => spec.names.kind === kind);
  if (!found) throw new Error(`no definition of ${kind}`);
  return found;
}

function versionOf(definition: CustomResourceDefinition) {
  const [version] = definition.spec.versions;
  if (!version) throw new Error("a definition without versions");
  return version;
}

/** The schema of a property of the first version, by the names that lead to it. */
function at(definition: CustomResourceDefinition, ...names: string[]): CrdSchema {
  return names.reduce<CrdSchema>((schema, name) => {
    const inner = schema.properties?.[name];
    if (!inner) throw new Error(`no property ${name}`);
    return inner;
  }, versionOf(definition).schema.openAPIV3Schema);
}

function fieldsWithoutDescription(root: CrdSchema): string[] {
  const lacking: string[] = [];
  walkSchema(root, (schema, path) => {
    const isPlainEntry = (path.at(-1) === "[]" || path.at(-1) === "*") && schema.type === "string";
    const isDescribed = /^["A-Z][^]{5,}[.}]$/.test(schema.description ?? "") || path.join() === "metadata";
    if (!isPlainEntry && !isDescribed && schema.description !== "Empty.") lacking.push(path.join("."));
  });
  return lacking;
}

function rulesOf(kind: string, apiVersion: string, root: CrdSchema) {
  const rules: {
    kind: string;
    apiVersion: string;
    path: readonly string[];
    rule: string;
    message: string;
  }[] = [];
  walkSchema(root, (schema, path) => {
    for (const { rule, message } of schema["x-kubernetes-validations"] ?? [])
      rules.push({ kind, apiVersion, path, rule, message });
  });
  return rules;
}

function sorted(rules: readonly object[]): readonly string[] {
  return rules.map((rule) => JSON.stringify(rule)).sort();
}
