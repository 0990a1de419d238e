import { isJsonObject } from "../foundation/index.ts";

/** An entry of `metadata.managedFields` (meta/v1 ManagedFieldsEntry) as it is on the wire. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  /** `Apply` or `Update`. */
  readonly operation?: string;
  /** RFC 3339, in seconds: when this manager last changed any of its fields. */
  readonly time?: string;
  readonly subresource?: string;
  /** The set of fields: `f:name` for a field, `k:{…}` and `v:…` for items of a list, `.` for the value itself. */
  readonly fieldsV1?: object;
}

/** Who wrote a field, as far as the API server remembers. */
export interface FieldManager {
  /** The name the client gave itself, or the first word of its user agent. */
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  /** Absent for writes of the object itself. */
  readonly subresource?: string;
  /** RFC 3339, in seconds; of the manager's last change, which was not necessarily one of this field. */
  readonly time?: string;
}

/**
 * Who last wrote the field at `path`, for example `["spec", "loadBalancerIP"]` or `["status", "loadBalancer",
 * "ingress"]`; undefined when nobody is known to own it. Steps are names of fields; a list or map that is owned whole
 * answers for what is in it, and a struct for whoever owns any part of it. Several may own a field whose value they
 * agree on: then it is the one who changed something last, and of two in the same second the last in the API server's
 * order. Whoever changes a value takes it from all others (Kubernetes, "Server-Side Apply", field management), so after
 * a change by a rival this names the rival, until somebody else writes the field again.
 */
export function lastManagerOf(
  managedFields: readonly ManagedFieldsEntry[] | undefined,
  path: readonly string[],
): FieldManager | undefined {
  const owners = (managedFields ?? []).filter(({ fieldsV1 }) => owns(fieldsV1, path));
  const last = owners.reduce<ManagedFieldsEntry | undefined>(
    (best, entry) => (best !== undefined && (best.time ?? "") > (entry.time ?? "") ? best : entry),
    undefined,
  );
  return last === undefined ? undefined : asFieldManager(last);
}

/** An empty set is a leaf: what lies below it belongs to the leaf's owner. */
function owns(fields: unknown, path: readonly string[]): boolean {
  if (!isJsonObject(fields)) return false;
  const [step, ...rest] = path;
  if (step === undefined) return true;
  const inner = fields[`f:${step}`];
  return isEmptySet(inner) || owns(inner, rest);
}

function isEmptySet(fields: unknown): boolean {
  return isJsonObject(fields) && Object.keys(fields).length === 0;
}

function asFieldManager({ manager, operation, subresource, time }: ManagedFieldsEntry): FieldManager {
  return {
    manager: manager ?? "",
    operation: operation === "Apply" ? "Apply" : "Update",
    ...(subresource !== undefined && { subresource }),
    ...(time !== undefined && { time }),
  };
}
