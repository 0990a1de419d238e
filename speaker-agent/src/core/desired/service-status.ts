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
 * second time, with the writes done, gives no writes. Nothing is made of what is as it should be: there may be ten thousand.
 *
 * @param existing the objects that carry this node's label; others are passed over
 */
export function planServiceStatuses(
  kind: ServiceStatusKind,
  existing: readonly ServiceStatusObject[],
  claims: readonly ServiceStatusClaim[],
  options: ServiceStatusOptions,
  deps: ServiceStatusDeps,
): readonly ServiceStatusWrite[] {
  const label = nodeLabelOf(options.nodeName, deps);
  const unclaimed = new Map(
    existing
      .filter((object) => isOurs(object, options, label))
      .map((object) => [object.metadata.name, object]),
  );
  const deletions: ServiceStatusWrite[] = [];
  const rest: ServiceStatusWrite[] = [];
  for (const claim of claims) {
    const name = deps.nameOf(kind, options.nodeName, claim.service);
    const write = planObject({ kind, name, label, claim, present: unclaimed.get(name) }, options);
    unclaimed.delete(name);
    if (write !== undefined) (write.kind === "delete" ? deletions : rest).push(write);
  }
  const because = "this node does not announce the Service";
  const stale = [...unclaimed.values()].filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return [...stale.map((object) => deletionOf(kind, object, because)), ...deletions, ...rest];
}

export interface ServiceStatusDeps {
  readonly sha256: Sha256;
  /** serviceStatusName, or one that remembers what it has said. */
  readonly nameOf: (kind: ServiceStatusKind, node: string, service: ServiceStatusClaim["service"]) => string;
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

/** One claim, and what there is of it. */
interface Subject {
  readonly kind: ServiceStatusKind;
  readonly name: string;
  /** Of this node. */
  readonly label: string;
  readonly claim: ServiceStatusClaim;
  readonly present: ServiceStatusObject | undefined;
}

function planObject(subject: Subject, options: ServiceStatusOptions): ServiceStatusWrite | undefined {
  const { kind: of, name, present, claim } = subject;
  if (present === undefined) return { kind: "create", of, object: objectFor(subject, options) };
  // It is being deleted, by us or by somebody else; its end makes room for a new one.
  if (present.metadata.deletionTimestamp !== undefined) return undefined;
  const because = whyMadeAnew(present, subject, options);
  if (because !== undefined) return deletionOf(of, present, because);
  if (saysSo(present.status, claim, options)) return undefined;
  const { resourceVersion } = present.metadata;
  const status = statusFor(claim, options);
  return { kind: "patch-status", of, namespace: options.namespace, name, resourceVersion, status };
}

function objectFor(
  { kind, name, label, claim }: Subject,
  options: ServiceStatusOptions,
): ServiceStatusObject {
  const { namespace, owner } = options;
  return {
    apiVersion: "metallb.io/v1beta1",
    kind,
    metadata: {
      name,
      namespace,
      labels: {
        [statusLabels.node]: label,
        [statusLabels.serviceName]: claim.service.name,
        [statusLabels.serviceNamespace]: claim.service.namespace,
      },
      ...(owner !== undefined && { ownerReferences: [owner] }),
    },
    spec: {},
    status: statusFor(claim, options),
  };
}

function statusFor(
  { service, says }: ServiceStatusClaim,
  { nodeName }: ServiceStatusOptions,
): ServiceStatusFields {
  return { node: nodeName, serviceName: service.name, serviceNamespace: service.namespace, ...says };
}

function isOurs(
  { metadata }: ServiceStatusObject,
  { namespace }: ServiceStatusOptions,
  label: string,
): boolean {
  return metadata.namespace === namespace && metadata.labels?.[statusLabels.node] === label;
}

/** Node and Service in the status can never be changed again, so an object that was edited has to be made anew. */
function whyMadeAnew(
  { metadata, status = {} }: ServiceStatusObject,
  { label, claim: { service } }: Subject,
  { nodeName }: ServiceStatusOptions,
): string | undefined {
  const { labels } = metadata;
  const isLabelled =
    labels?.[statusLabels.node] === label &&
    labels[statusLabels.serviceName] === service.name &&
    labels[statusLabels.serviceNamespace] === service.namespace;
  if (!isLabelled) return "its labels do not name this node and Service";
  const names =
    isOrEmpty(status.node, nodeName) &&
    isOrEmpty(status.serviceName, service.name) &&
    isOrEmpty(status.serviceNamespace, service.namespace);
  return names ? undefined : "its status names another node or Service";
}

/** Not yet written is not another. */
function isOrEmpty(text: string | undefined, wanted: string): boolean {
  return text === wanted || text === undefined || text === "";
}

function saysSo(
  status: ServiceStatusFields = {},
  { service, says }: ServiceStatusClaim,
  { nodeName }: ServiceStatusOptions,
): boolean {
  return (
    status.node === nodeName &&
    status.serviceName === service.name &&
    status.serviceNamespace === service.namespace &&
    sameTexts(interfacesOf(status), interfacesOf(says)) &&
    sameTexts(status.peers, says.peers)
  );
}

function interfacesOf({ interfaces = [] }: Pick<ServiceStatusFields, "interfaces">): readonly string[] {
  return interfaces.map(({ name }) => name ?? "");
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
