import { type JsonObject } from "@steelyard/model/foundation";

/** Where something stands: the file, and the object in it as `Eip pool-a`. */
export interface Place {
  readonly source: string;
  readonly object: string;
}

/** An object of metallb.io, ready to be applied. */
export interface ImportedObject {
  /** The foreign object that it stands for. */
  readonly from: Place;
  readonly object: JsonObject;
}

/** All that came of one foreign object. */
export interface ImportedGroup {
  readonly from: Place;
  readonly objects: readonly JsonObject[];
  /** What the foreign object asks for and these objects do not do: `spec.netbox: …`. */
  readonly lost: readonly string[];
  /** What else whoever applies them should know. */
  readonly hints: readonly string[];
}

/** Something in a foreign object that cannot be understood. */
export interface ImportFault extends Place {
  /** Empty for the object as a whole. */
  readonly path: string;
  readonly message: string;
}

export interface ImportReport {
  /** In the order of the files. */
  readonly groups: readonly ImportedGroup[];
  /** Objects of kinds that say nothing about a load balancer's addresses: `Deployment shop/web`. */
  readonly ignored: readonly string[];
  /** With any of them nothing is printed: half a configuration would look like a whole one. */
  readonly faults: readonly ImportFault[];
}

/** 0: all is carried over; 1: what is printed lacks something; 2: something cannot be understood. */
export function importExitCodeOf({ groups, faults }: ImportReport): number {
  if (faults.length > 0) return 2;
  return groups.some(({ lost }) => lost.length > 0) ? 1 : 0;
}
