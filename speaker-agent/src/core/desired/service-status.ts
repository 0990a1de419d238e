import { type ObjectMeta, type OwnerReference, statusLabels } from "@steelyard/model/resources";
import { type Sha256 } from "../election/sha256.ts";
import { nodeLabelOf } from "./node-label.ts";
import { serviceKey } from "./service-key.ts";
import { shortHash } from "./short-hash.ts";

/** The kinds of which there is one object per Service and node, and what their names begin with. */
const namePrefixes = { ServiceL2Status: "l2", ServiceBGPStatus: "bgp" } as const;

export type ServiceStatusKind = keyof typeof namePrefixes;

/** What such an object says; `interfaces` stands in those of layer 2, `peers` in those of BGP. */
export interface ServiceStatusFields {
  readonly node?: string;
  readonly serviceName?: string;
  readonly serviceNamespace?: string;
  readonly interfaces?: readonly { readonly name?: string }[];
  readonly peers?: readonly string[];
}

export interface ServiceStatusObject {
  readonly apiVersion: "metallb.io/v1beta1";
  readonly kind: ServiceStatusKind;
  readonly metadata: ObjectMeta;
  readonly spec?: Record<string, never>;
  readonly status?: ServiceStatusFields;
}

/** One write to such an object of this node. */
export type ServiceStatusWrite =
  /**
   * Create the object, then write its status: the API server drops a status that comes with the creation. Where an
   * object of that name exists, it is ours and somebody took off the label by which we would see it: it gets metadata
   * and status back.
   */
  | { readonly kind: "create"; readonly of: ServiceStatusKind; readonly object: ServiceStatusObject }
  /** A merge patch of the status subresource, refused when the object has changed meanwhile. */
  | {
      readonly kind: "patch-status";
      readonly of: ServiceStatusKind;
      readonly namespace: string;
      readonly name: string;
      readonly resourceVersion: string | undefined;
      readonly status: ServiceStatusFields;
    }
  | {
      readonly kind: "delete";
      readonly of: ServiceStatusKind;
      readonly namespace: string;
      readonly name: string;
      readonly uid: string | undefined;
      readonly because: string;
    };

export interface ServiceStatusOptions {
  readonly nodeName: string;
  /** Of the program; where the objects live. */
  readonly namespace: string;
  /** The Pod this program runs in: with it the objects go. */
  readonly owner: OwnerReference | undefined;
}

/** A Service that this node announces by the protocol of the kind, and how. */
export interface ServiceStatusClaim {
  readonly service: { readonly namespace: string; readonly name: string };
  readonly says: Pick<ServiceStatusFields, "interfaces" | "peers">;
}

/**
 * Plans the writes that make this node's objects of one kind say what it announces (reference metallb.md, sections 4.7
 * and 5.8). Each object has one writer, the node it names; whoever announces no more deletes its own. The same input a
 * second time, with the writes done, gives no writes.
 *
 * @param existing the objects that carry this node's label; others are passed over
 */
export function planServiceStatuses(
  kind: ServiceStatusKind,
  existing: readonly ServiceStatusObject[],
  claims: readonly ServiceStatusClaim[],
  options: ServiceStatusOptions,
  deps: { readonly sha256: Sha256 },
): readonly ServiceStatusWrite[] {
  const label = nodeLabelOf(options.nodeName, deps);
  const wanted = new Map(
    claims
      .map((claim) => objectFor(kind, claim, label, options, deps.sha256))
      .map((object) => [object.metadata.name, object]),
  );
  const present = new Map(
    existing
      .filter((object) => isOurs(object, options, label))
      .map((object) => [object.metadata.name, object]),
  );
  const deletions = [...present.values()].flatMap((object) => {
    const because = whyDelete(object, wanted.get(object.metadata.name));
    return because === undefined ? [] : [deletionOf(kind, object, because)];
  });
  const rest = [...wanted.values()].flatMap((object) =>
    planObject(kind, present.get(object.metadata.name), object),
  );
  return [...deletions, ...rest];
}

/** It follows from node and Service, so that no two objects are ever made for one Service. */
export function serviceStatusName(
  kind: ServiceStatusKind,
  node: string,
  service: ServiceStatusClaim["service"],
  sha256: Sha256,
): string {
  return `${namePrefixes[kind]}-${shortHash(sha256(`${node}/${serviceKey(service)}`))}`;
}

type WantedObject = ServiceStatusObject & { readonly status: ServiceStatusFields };

function objectFor(
  kind: ServiceStatusKind,
  { service, says }: ServiceStatusClaim,
  label: string,
  { nodeName, namespace, owner }: ServiceStatusOptions,
  sha256: Sha256,
): WantedObject {
  const { name: serviceName, namespace: serviceNamespace } = service;
  return {
    apiVersion: "metallb.io/v1beta1",
    kind,
    metadata: {
      name: serviceStatusName(kind, nodeName, service, sha256),
      namespace,
      labels: {
        [statusLabels.node]: label,
        [statusLabels.serviceName]: serviceName,
        [statusLabels.serviceNamespace]: serviceNamespace,
      },
      ...(owner !== undefined && { ownerReferences: [owner] }),
    },
    spec: {},
    status: { node: nodeName, serviceName, serviceNamespace, ...says },
  };
}

function isOurs(
  { metadata }: ServiceStatusObject,
  { namespace }: ServiceStatusOptions,
  label: string,
): boolean {
  return metadata.namespace === namespace && metadata.labels?.[statusLabels.node] === label;
}

function planObject(
  of: ServiceStatusKind,
  present: ServiceStatusObject | undefined,
  wanted: WantedObject,
): readonly ServiceStatusWrite[] {
  if (present === undefined) return [{ kind: "create", of, object: wanted }];
  // It is being deleted, by us or by somebody else; its end makes room for a new one.
  if (whyDelete(present, wanted) !== undefined || present.metadata.deletionTimestamp !== undefined) return [];
  if (sameStatus(present.status, wanted.status)) return [];
  const { name, resourceVersion } = present.metadata;
  const { namespace = "" } = wanted.metadata;
  return [{ kind: "patch-status", of, namespace, name, resourceVersion, status: wanted.status }];
}

function whyDelete(present: ServiceStatusObject, wanted: WantedObject | undefined): string | undefined {
  if (present.metadata.deletionTimestamp !== undefined) return undefined;
  if (wanted === undefined) return "this node does not announce the Service";
  const labels = wanted.metadata.labels ?? {};
  // Node and Service in the status can never be changed again, so an object that was edited has to be made anew.
  if (Object.entries(labels).some(([name, value]) => present.metadata.labels?.[name] !== value)) {
    return "its labels do not name this node and Service";
  }
  return namesAnother(present.status, wanted.status) ? "its status names another node or Service" : undefined;
}

const immutableFields = ["node", "serviceName", "serviceNamespace"] as const;

function namesAnother(present: ServiceStatusFields | undefined, wanted: ServiceStatusFields): boolean {
  // Not yet written is not another.
  return immutableFields.some(
    (field) => (present?.[field] ?? "") !== "" && present?.[field] !== wanted[field],
  );
}

function sameStatus(present: ServiceStatusFields | undefined, wanted: ServiceStatusFields): boolean {
  if (immutableFields.some((field) => present?.[field] !== wanted[field])) return false;
  return sameTexts(interfacesOf(present), interfacesOf(wanted)) && sameTexts(present?.peers, wanted.peers);
}

function interfacesOf(status: ServiceStatusFields | undefined): readonly string[] {
  return (status?.interfaces ?? []).map(({ name }) => name ?? "");
}

function sameTexts(some: readonly string[] = [], others: readonly string[] = []): boolean {
  return some.length === others.length && some.every((text, index) => text === others[index]);
}

function deletionOf(
  of: ServiceStatusKind,
  { metadata }: ServiceStatusObject,
  because: string,
): ServiceStatusWrite {
  const { namespace = "", name, uid } = metadata;
  return { kind: "delete", of, namespace, name, uid, because };
}
