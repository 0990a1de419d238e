import { type FieldError } from "../http/api-error.ts";
import { type KubeObject } from "../json.ts";
import { type Column } from "../printers/column.ts";
import { type Schema } from "../schema/schema.ts";

/** One served version of a resource. */
export interface ServedVersion {
  readonly name: string;
  readonly schema: Schema;
  readonly columns: readonly Column[];
  /** Sent as a Warning header with every request to this version. */
  readonly deprecation: string | undefined;
}

/** What is special about writing objects of a resource; the plain strategy does nothing special. */
export interface Strategy {
  /** Reads a pruned body in the given version: types, defaults. Throws ApiError 400. */
  decode(object: KubeObject, version: ServedVersion): KubeObject;
  /** Clears what a client may not set at creation and fills in what the server decides. */
  prepareCreate(object: KubeObject): KubeObject;
  /** What an update of the object itself makes of `next`; the status is kept by the caller. */
  prepareUpdate(next: KubeObject, previous: KubeObject): KubeObject;
  /** What an update of the status subresource makes of `next`. */
  prepareStatusUpdate(next: KubeObject, previous: KubeObject): KubeObject;
  validate(next: KubeObject, previous: KubeObject | undefined, version: ServedVersion): readonly FieldError[];
  /** Whether a PUT without resourceVersion is taken. */
  readonly unconditionalUpdate: boolean;
  /** Whether a PUT of what does not exist creates it. */
  readonly createsOnUpdate: boolean;
  /** Whether metadata.generation counts the changes of what is neither metadata nor status. */
  readonly countsGenerations: boolean;
  /** Whether DELETE answers with the object rather than with a Status. */
  readonly deleteReturnsObject: boolean;
  readonly nameRule: NameRule;
}

export type NameRule = "subdomain" | "label" | "path-segment";

export interface ResourceDefinition {
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly hasStatus: boolean;
  /** Defined by a CustomResourceDefinition: validated by its schema, no strategic merge patch. */
  readonly custom: boolean;
  /** Served versions, the preferred one first. */
  readonly versions: readonly ServedVersion[];
  readonly storageVersion: string;
  readonly selectableFields: readonly string[];
  readonly strategy: Strategy;
}

/** The name under which the store keeps a resource: the same for all its versions. */
export function resourceKey(definition: { readonly group: string; readonly plural: string }): string {
  return definition.group === "" ? definition.plural : `${definition.plural}.${definition.group}`;
}

export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The same object under another version of its kind: conversion strategy None, only `apiVersion` changes. */
export function inVersion(object: KubeObject, group: string, version: string): KubeObject {
  const apiVersion = apiVersionOf(group, version);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
