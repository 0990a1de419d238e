import {
  ANNOUNCED_BY_BGP,
  ANNOUNCED_CONDITION,
  commonText,
  type AnnotationName,
  type Condition,
  type Endpoint,
  type EndpointSliceResource,
  findCondition,
  type ObjectMeta,
  objectOr,
  ownServiceAnnotations,
  projectEndpointSlice,
  projectService,
  projectServiceBgpStatus,
  projectServiceL2Status,
  type ServiceBgpStatusResource,
  type ServiceL2StatusResource,
  serviceAnnotations,
  type ServiceResource,
  type ServiceStatus,
  statusLabels,
} from "@steelyard/model/resources";
import { canServe } from "@steelyard/model/services";

// Services and their slices are most of what an agent holds, and it reads less of them than the operator does. What it
// does not read is not kept, so it is no change either: an agent does not look up when another node's answers move a
// condition, or when a port is renamed.

const decisiveAnnotations = new Set<string>([
  ...bothNames(serviceAnnotations.allowSharedIp),
  ...bothNames(serviceAnnotations.ipAllocatedFromPool),
  ownServiceAnnotations.contestedAddresses,
]);

function bothNames({ name, deprecated }: AnnotationName): readonly string[] {
  return [name, deprecated];
}

// Fields are set one by one: a literal with spreads gives every object a shape of its own, which is kept with it.
type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** What decides about announcing a Service; of one that is no load balancer only that it is none. */
export function projectAnnouncedService(raw: unknown): ServiceResource {
  const { metadata: head, spec: terms, status } = projectService(withoutPorts(raw));
  const metadata = headOf(head);
  const spec: Draft<ServiceResource["spec"]> = {};
  const service: Draft<ServiceResource> = { metadata, spec };
  if (terms.type !== undefined) spec.type = terms.type;
  if (terms.type !== "LoadBalancer") return service;
  if (head.uid !== undefined) metadata.uid = head.uid;
  if (head.deletionTimestamp !== undefined) metadata.deletionTimestamp = head.deletionTimestamp;
  if (head.labels !== undefined) metadata.labels = head.labels;
  const annotations = decisiveOf(head);
  if (annotations !== undefined) metadata.annotations = annotations;
  if (terms.loadBalancerClass !== undefined) spec.loadBalancerClass = terms.loadBalancerClass;
  if (terms.externalTrafficPolicy !== undefined) spec.externalTrafficPolicy = terms.externalTrafficPolicy;
  const lean = status && statusOf(status);
  if (lean !== undefined) service.status = lean;
  return service;
}

/** What is not read of it need not be copied first: ports and families are most of a Service. */
function withoutPorts(raw: unknown): unknown {
  const { metadata, spec, status } = objectOr(raw);
  const { type, loadBalancerClass, externalTrafficPolicy } = objectOr(spec);
  return { metadata, spec: { type, loadBalancerClass, externalTrafficPolicy }, status };
}

function headOf({ name, namespace }: ObjectMeta): Draft<ObjectMeta> {
  const metadata: Draft<ObjectMeta> = { name };
  if (namespace !== undefined) metadata.namespace = namespace;
  return metadata;
}

function decisiveOf({ annotations = {} }: ObjectMeta): ObjectMeta["annotations"] {
  const kept: Record<string, string> = {};
  for (const name of decisiveAnnotations) {
    const value = annotations[name];
    if (value !== undefined) kept[name] = commonText(value);
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function statusOf({ loadBalancer, conditions }: ServiceStatus): ServiceStatus | undefined {
  const ingress = (loadBalancer?.ingress ?? [])
    .flatMap(({ ip }) => (ip === undefined ? [] : [{ ip }]))
    .slice();
  if (ingress.length === 0) return undefined;
  const status: Draft<ServiceStatus> = { loadBalancer: { ingress } };
  const announced = findCondition(conditions, ANNOUNCED_CONDITION);
  // That routers have a route to it says nothing about who answers for it on a segment.
  const isAnswered = announced?.status === "True" && announced.reason !== ANNOUNCED_BY_BGP;
  if (isAnswered) status.conditions = [announcedOf(announced, ingress)];
  return status;
}

/** Of the sentence only the addresses, or every move of an address from node to node would be a change to look at. */
function announcedOf(condition: Condition, ingress: readonly { readonly ip: string }[]): Condition {
  const words = new Set(condition.message.split(/[\s,;()]+/));
  const named = ingress.map(({ ip }) => ip).filter((ip) => words.has(ip));
  return {
    type: ANNOUNCED_CONDITION,
    status: "True",
    reason: "",
    lastTransitionTime: "",
    message: named.join(" "),
  };
}

const somewhere: Endpoint = {};
/** By node: all endpoints of a node are one object. */
const endpoints = new Map<string, Endpoint>();
/** More nodes than that have been replaced by others in the meantime. */
const mostNodes = 10_000;

/** Where a Service can be served: one endpoint for each node that has one which can serve. */
export function projectServingSlice(raw: unknown): EndpointSliceResource {
  const { metadata, endpoints: all } = projectEndpointSlice(raw);
  const head = headOf(metadata);
  if (metadata.labels !== undefined) head.labels = metadata.labels;
  const serving = all.filter(canServe).map(({ nodeName }) => endpointOn(nodeName));
  return { metadata: head, endpoints: [...new Set(serving)] };
}

function endpointOn(nodeName: string | undefined): Endpoint {
  if (nodeName === undefined) return somewhere;
  const known = endpoints.get(nodeName);
  if (known !== undefined) return known;
  if (endpoints.size >= mostNodes) endpoints.clear();
  const endpoint = { nodeName };
  endpoints.set(nodeName, endpoint);
  return endpoint;
}

/** This node's own report on a Service, of which there are as many as Services: words that all have in common are one text. */
export function projectOwnL2Status(raw: unknown): ServiceL2StatusResource {
  const { apiVersion, kind, metadata, status } = projectServiceL2Status(raw);
  const said = status && { ...status, ...(status.node !== undefined && { node: commonText(status.node) }) };
  return { apiVersion, kind, metadata: statusHeadOf(metadata), ...(said && { status: said }) };
}

/** The same of BGP. */
export function projectOwnBgpStatus(raw: unknown): ServiceBgpStatusResource {
  const { apiVersion, kind, metadata, status } = projectServiceBgpStatus(raw);
  const said = status && {
    ...status,
    ...(status.node !== undefined && { node: commonText(status.node) }),
    ...(status.peers && { peers: commonList(status.peers) }),
  };
  return { apiVersion, kind, metadata: statusHeadOf(metadata), ...(said && { status: said }) };
}

/** Whose it is shows in its labels; the owner is Kubernetes' business. */
function statusHeadOf(metadata: ObjectMeta): ObjectMeta {
  const head = headOf(metadata);
  if (head.namespace !== undefined) head.namespace = commonText(head.namespace);
  if (metadata.uid !== undefined) head.uid = metadata.uid;
  if (metadata.resourceVersion !== undefined) head.resourceVersion = metadata.resourceVersion;
  if (metadata.deletionTimestamp !== undefined) head.deletionTimestamp = metadata.deletionTimestamp;
  if (metadata.labels !== undefined) head.labels = labelsInCommon(metadata.labels);
  return head;
}

function labelsInCommon(labels: NonNullable<ObjectMeta["labels"]>): NonNullable<ObjectMeta["labels"]> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels))
    kept[commonText(name)] = name === statusLabels.serviceName ? value : commonText(value);
  return kept;
}

const lists = new Map<string, readonly string[]>();
/** More lists than that have been replaced by others in the meantime. */
const mostLists = 1_000;

function commonList(texts: readonly string[]): readonly string[] {
  const key = texts.join("\n");
  const known = lists.get(key);
  if (known !== undefined) return known;
  if (lists.size >= mostLists) lists.clear();
  const list = [...texts];
  lists.set(key, list);
  return list;
}
