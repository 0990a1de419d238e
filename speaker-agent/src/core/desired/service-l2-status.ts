import { formatIpAddress } from "@steelyard/model/address";
import {
  type OwnerReference,
  type ServiceL2StatusInput,
  type ServiceL2StatusResource,
  statusLabels,
} from "@steelyard/model/resources";
import { type Sha256 } from "../election/sha256.ts";
import { type WorkerReport } from "../machines/announcer/types.ts";
import { nodeLabelOf } from "./node-label.ts";
import { serviceKey } from "./service-key.ts";
import { shortHash } from "./short-hash.ts";
import { type ServiceVerdict } from "./types.ts";

/** One write to a ServiceL2Status object of this node. */
export type ServiceL2StatusWrite =
  /**
   * Create the object, then write its status: the API server drops a status that comes with the creation. Where an
   * object of that name exists, it is ours and somebody took off the label by which we would see it: it gets metadata
   * and status back.
   */
  | {
      readonly kind: "create";
      readonly object: ServiceL2StatusInput & { readonly metadata: { readonly name: string } };
    }
  /** A merge patch of the status subresource, refused when the object has changed meanwhile. */
  | {
      readonly kind: "patch-status";
      readonly namespace: string;
      readonly name: string;
      readonly resourceVersion: string | undefined;
      readonly status: L2Status;
    }
  | {
      readonly kind: "delete";
      readonly namespace: string;
      readonly name: string;
      readonly uid: string | undefined;
      readonly because: string;
    };

type L2Status = NonNullable<ServiceL2StatusResource["status"]>;

export interface ServiceL2StatusOptions {
  readonly nodeName: string;
  /** Of the program; where the objects live. */
  readonly namespace: string;
  /** The Pod this program runs in: with it the objects go. */
  readonly owner: OwnerReference | undefined;
}

/**
 * Plans the writes that make this node's ServiceL2Status objects say what the worker really announces (reference
 * metallb.md, section 4.7). Each object has one writer, the node it names; whoever loses an address deletes its own.
 * The same input a second time, with the writes done, gives no writes.
 *
 * @param existing the objects that carry this node's label; others are passed over
 */
export function planServiceL2Statuses(
  existing: readonly ServiceL2StatusResource[],
  verdicts: readonly ServiceVerdict[],
  report: WorkerReport,
  options: ServiceL2StatusOptions,
  deps: { readonly sha256: Sha256 },
): readonly ServiceL2StatusWrite[] {
  const wanted = wantedObjects(verdicts, report, options, deps.sha256);
  const present = new Map(
    existing
      .filter((object) => isOurs(object, options, deps.sha256))
      .map((object) => [object.metadata.name, object]),
  );
  const deletions = [...present.values()].flatMap((object) => {
    const because = whyDelete(object, wanted.get(object.metadata.name));
    return because === undefined ? [] : [deletionOf(object, because)];
  });
  const rest = [...wanted.values()].flatMap((object) =>
    planObject(present.get(object.metadata.name), object),
  );
  return [...deletions, ...rest];
}

/**
 * Takes back what a node has written about a Service and cannot take back itself, because it is gone or about to go. The
 * name of the object follows from node and Service, so nobody has to watch the objects of others for that. A node that
 * is there after all, and announces, sees the deletion and writes anew.
 */
export function orphanDeletion(
  service: ServiceVerdict["service"],
  goneNode: string,
  { namespace, nodeName }: Pick<ServiceL2StatusOptions, "namespace" | "nodeName">,
  deps: { readonly sha256: Sha256 },
): ServiceL2StatusWrite & { readonly kind: "delete" } {
  const because = `its node ${goneNode} is gone, and ${nodeName} announces the Service`;
  return {
    kind: "delete",
    namespace,
    name: objectName(goneNode, service, deps.sha256),
    uid: undefined,
    because,
  };
}

function objectName(node: string, service: ServiceVerdict["service"], sha256: Sha256): string {
  return `l2-${shortHash(sha256(`${node}/${serviceKey(service)}`))}`;
}

type WantedObject = ServiceL2StatusInput & {
  readonly metadata: { readonly name: string };
  readonly status: L2Status;
};

/** Objects of this node by name; the name follows from node and Service, so that no two are ever made for one Service. */
function wantedObjects(
  verdicts: readonly ServiceVerdict[],
  report: WorkerReport,
  options: ServiceL2StatusOptions,
  sha256: Sha256,
): ReadonlyMap<string, WantedObject> {
  const owned = new Map(
    report.owned.map(({ address, interfaces }) => [formatIpAddress(address), interfaces]),
  );
  const objects = verdicts.flatMap((verdict): [string, WantedObject][] => {
    const places = verdict.addresses.flatMap((address) => owned.get(formatIpAddress(address)) ?? []);
    if (places.length === 0) return [];
    const object = objectFor(verdict, places, options, sha256);
    return [[object.metadata.name, object]];
  });
  return new Map(objects);
}

function objectFor(
  { service, interfaces }: ServiceVerdict,
  places: readonly string[],
  { nodeName, namespace, owner }: ServiceL2StatusOptions,
  sha256: Sha256,
): WantedObject {
  const status = {
    node: nodeName,
    serviceName: service.name,
    serviceNamespace: service.namespace,
    // An empty list says "all interfaces": with an advertisement that names none, that is what was asked for.
    interfaces: interfaces.length === 0 ? [] : [...new Set(places)].sort().map((name) => ({ name })),
  };
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "ServiceL2Status",
    metadata: {
      name: objectName(nodeName, service, sha256),
      namespace,
      labels: labelsOf(status, sha256),
      ...(owner !== undefined && { ownerReferences: [owner] }),
    },
    spec: {},
    status,
  };
}

function labelsOf(status: L2Status, sha256: Sha256): Readonly<Record<string, string>> {
  return {
    [statusLabels.node]: nodeLabelOf(status.node ?? "", { sha256 }),
    [statusLabels.serviceName]: status.serviceName ?? "",
    [statusLabels.serviceNamespace]: status.serviceNamespace ?? "",
  };
}

function isOurs(
  { metadata }: ServiceL2StatusResource,
  { namespace, nodeName }: ServiceL2StatusOptions,
  sha256: Sha256,
): boolean {
  const label = nodeLabelOf(nodeName, { sha256 });
  return metadata.namespace === namespace && metadata.labels?.[statusLabels.node] === label;
}

function planObject(
  present: ServiceL2StatusResource | undefined,
  wanted: WantedObject,
): readonly ServiceL2StatusWrite[] {
  if (present === undefined) return [{ kind: "create", object: wanted }];
  // It is being deleted, by us or by somebody else; its end makes room for a new one.
  if (whyDelete(present, wanted) !== undefined || present.metadata.deletionTimestamp !== undefined) return [];
  if (sameStatus(present.status, wanted.status)) return [];
  const { name, resourceVersion } = present.metadata;
  return [
    {
      kind: "patch-status",
      namespace: wanted.metadata.namespace ?? "",
      name,
      resourceVersion,
      status: wanted.status,
    },
  ];
}

function whyDelete(present: ServiceL2StatusResource, wanted: WantedObject | undefined): string | undefined {
  if (present.metadata.deletionTimestamp !== undefined) return undefined;
  if (wanted === undefined) return "this node does not announce the Service";
  const labels = wanted.metadata.labels ?? {};
  // Node and Service in the status can never be changed again, so an object that was edited has to be made anew.
  if (Object.entries(labels).some(([name, value]) => present.metadata.labels?.[name] !== value)) {
    return "its labels do not name this node and Service";
  }
  return namesAnother(present.status, wanted.status) ? "its status names another node or Service" : undefined;
}

function namesAnother(present: L2Status | undefined, wanted: L2Status): boolean {
  const fields = ["node", "serviceName", "serviceNamespace"] as const;
  // Not yet written is not another.
  return fields.some((field) => (present?.[field] ?? "") !== "" && present?.[field] !== wanted[field]);
}

function sameStatus(present: L2Status | undefined, wanted: L2Status): boolean {
  if (present?.node !== wanted.node || present?.serviceName !== wanted.serviceName) return false;
  if (present?.serviceNamespace !== wanted.serviceNamespace) return false;
  const [ours, theirs] = [wanted, present].map((status) =>
    (status?.interfaces ?? []).map(({ name }) => name ?? ""),
  );
  return ours?.join("\n") === theirs?.join("\n");
}

function deletionOf({ metadata }: ServiceL2StatusResource, because: string): ServiceL2StatusWrite {
  return {
    kind: "delete",
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid,
    because,
  };
}
