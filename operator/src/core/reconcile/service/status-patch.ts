import { type Condition, type LoadBalancerIngress, type ServiceResource } from "@steelyard/model/resources";

/** A merge patch for `services/status`; holds only what differs, and the object and version it was decided from. */
export interface ServiceStatusPatch {
  readonly metadata: {
    /** The API server refuses the patch as a conflict when the name belongs to another object by now. */
    readonly uid?: string;
    readonly resourceVersion?: string;
    /** `null` takes the annotation away. */
    readonly annotations?: Readonly<Record<string, string | null>>;
  };
  readonly status: {
    readonly loadBalancer?: { readonly ingress: readonly LoadBalancerIngress[] | null };
    readonly conditions?: readonly Condition[] | null;
  };
}

export interface ServiceStatusTarget {
  readonly ingress: readonly LoadBalancerIngress[];
  readonly conditions: readonly Condition[];
  /** What the annotations that are ours to write shall say; undefined = the annotation shall not be there. */
  readonly annotations: Readonly<Record<string, string | undefined>>;
}

/**
 * The patch that brings a Service's status to the target; undefined when it is there already. The lists of the target
 * are the very lists of the Service where nothing changes, which is how "nothing to write" is seen.
 */
export function statusPatch(
  service: ServiceResource,
  target: ServiceStatusTarget,
): ServiceStatusPatch | undefined {
  const { metadata } = service;
  const annotations = Object.entries(target.annotations).filter(
    ([name, value]) => metadata.annotations?.[name] !== value,
  );
  const hasIngress = target.ingress === ingressOf(service);
  const hasConditions = target.conditions === conditionsOf(service);
  if (annotations.length === 0 && hasIngress && hasConditions) return undefined;
  return {
    metadata: {
      ...(metadata.uid !== undefined && { uid: metadata.uid }),
      ...(metadata.resourceVersion !== undefined && { resourceVersion: metadata.resourceVersion }),
      ...(annotations.length > 0 && { annotations: withNulls(annotations) }),
    },
    status: {
      ...(!hasIngress && { loadBalancer: { ingress: nullIfEmpty(target.ingress) } }),
      ...(!hasConditions && { conditions: nullIfEmpty(target.conditions) }),
    },
  };
}

/** Whether the Service says what the patch was to make it say; what others have added since then does not count. */
export function isCarriedOut({ metadata, status }: ServiceStatusPatch, service: ServiceResource): boolean {
  const { annotations = {}, uid } = service.metadata;
  const addressesOf = (entries: readonly LoadBalancerIngress[]): string =>
    JSON.stringify(entries.flatMap(({ ip }) => ip ?? []).sort());
  const hasAddresses =
    status.loadBalancer === undefined ||
    addressesOf(status.loadBalancer.ingress ?? []) === addressesOf(ingressOf(service));
  const saysAll = (status.conditions ?? []).every((condition) =>
    conditionsOf(service).some(
      ({ type, message }) => type === condition.type && message === condition.message,
    ),
  );
  const isNoted = Object.entries(metadata.annotations ?? {}).every(
    ([name, value]) => (annotations[name] ?? null) === value,
  );
  return metadata.uid === uid && hasAddresses && saysAll && isNoted;
}

/** In a merge patch `null` takes away. */
function withNulls(
  annotations: readonly (readonly [string, string | undefined])[],
): Readonly<Record<string, string | null>> {
  return Object.fromEntries(annotations.map(([name, value]) => [name, value ?? null]));
}

/** One empty list for all Services that have none, so that identity means equality. */
const none: readonly never[] = [];

export function ingressOf({ status }: ServiceResource): readonly LoadBalancerIngress[] {
  return status?.loadBalancer?.ingress ?? none;
}

export function conditionsOf({ status }: ServiceResource): readonly Condition[] {
  return status?.conditions ?? none;
}

/** A merge patch cannot empty a list's field otherwise than by taking it away. */
function nullIfEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
