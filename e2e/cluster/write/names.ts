import { randomInt } from "node:crypto";
import { type FieldError } from "../http/api-error.ts";
import { invalidValue, required } from "../http/field-errors.ts";
import { type ObjectMeta, type OwnerReference } from "../json.ts";
import { type NameRule, type ResourceDefinition } from "../resources/definition.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** No vowels and nothing that looks like another letter, so that no word comes out. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `base` and five random characters, cut so that the name stays within 63 characters. */
export function generatedName(base: string): string {
  const suffix = Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join("");
  return base.slice(0, 58) + suffix;
}

export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && label.test(text);
}

export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && subdomain.test(text);
}

export function isPortName(text: string): boolean {
  return text.length <= 15 && label.test(text) && /[a-z]/.test(text) && !text.includes("--");
}

export const whyNoLabel =
  "must be a lowercase RFC 1123 label: letters a to z, digits and '-', at most 63 characters";
export const whyNoSubdomain =
  "must be a lowercase RFC 1123 subdomain: labels of letters a to z, digits and '-', joined by '.'";

const nameChecks: Readonly<Record<NameRule, (name: string) => string | undefined>> = {
  label: (name) => (isDnsLabel(name) ? undefined : whyNoLabel),
  subdomain: (name) => (isDnsSubdomain(name) ? undefined : whyNoSubdomain),
  "path-segment": (name) =>
    name !== "." && name !== ".." && !/[/%]/.test(name) ? undefined : "may not contain '/' or '%'",
};

const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** What is wrong with the metadata of any object. */
export function metadataErrors(metadata: ObjectMeta, definition: ResourceDefinition): readonly FieldError[] {
  return [
    ...nameErrors(metadata.name, definition.strategy.nameRule),
    ...labelErrors("metadata.labels", metadata.labels ?? {}),
    ...annotationErrors(metadata.annotations ?? {}),
    // Custom resources may have finalizers by any name.
    ...(definition.custom ? [] : (metadata.finalizers ?? []).flatMap(finalizerErrors)),
    ...(metadata.ownerReferences ?? []).flatMap(ownerErrors),
  ];
}

function nameErrors(name: string | undefined, rule: NameRule): readonly FieldError[] {
  if (name === undefined || name === "")
    return [required("metadata.name", "name or generateName is required")];
  const why = nameChecks[rule](name);
  return why === undefined ? [] : [invalidValue("metadata.name", name, why)];
}

export function isQualifiedName(text: string): boolean {
  return qualifiedName.test(text);
}

/** What is wrong with the labels in `field`. */
export function labelErrors(field: string, labels: Readonly<Record<string, string>>): readonly FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...(qualifiedName.test(key) ? [] : [invalidValue(field, key, "must be a qualified name")]),
    ...(labelValue.test(value) ? [] : [invalidValue(field, value, "must be a label value")]),
  ]);
}

function annotationErrors(annotations: Readonly<Record<string, string>>): readonly FieldError[] {
  const wrong = Object.keys(annotations).filter((key) => !qualifiedName.test(key.toLowerCase()));
  return wrong.map((key) => invalidValue("metadata.annotations", key, "must be a qualified name"));
}

const standardFinalizers = ["orphan", "foregroundDeletion", "kubernetes"];

function finalizerErrors(name: string, index: number): readonly FieldError[] {
  const isKnown = standardFinalizers.includes(name) || (name.includes("/") && qualifiedName.test(name));
  return isKnown
    ? []
    : [invalidValue(`metadata.finalizers[${index}]`, name, "must be a name qualified by a domain")];
}

function ownerErrors(reference: OwnerReference): readonly FieldError[] {
  const fields = ["apiVersion", "kind", "name", "uid"].filter((field) => (reference[field] ?? "") === "");
  return fields.map((field) => invalidValue(`metadata.ownerReferences.${field}`, "", "must not be empty"));
}
