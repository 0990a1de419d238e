/**
 * What we read of an object's metadata (`meta/v1` ObjectMeta), the same for every kind and version. Everything that
 * the API server fills in is optional: projections keep what is there and nothing more.
 */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on kinds without a namespace, such as Node. */
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque: only ever compared for equality, and sent back in writes. */
  readonly resourceVersion?: string;
  /** Grows with every change of spec, never with a change of status. */
  readonly generation?: number;
  /** RFC 3339, in seconds. */
  readonly creationTimestamp?: string;
  /** Set as soon as somebody asked for deletion; the object stays until its finalizers are gone. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Ties the life of an object to that of its owner: the API server removes it after the owner is gone. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The metadata of an object that is still to be created: with a name, or with a prefix to which the server adds one. */
export type ObjectMetaInput = Omit<ObjectMeta, "name"> &
  ({ readonly name: string } | { readonly generateName: string });
