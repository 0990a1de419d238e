import { type IpAddress } from "@steelyard/model/address";
import { type ServiceVerdict } from "../desired/types.ts";

/** How one Service stands on this node: what the configuration wants, held against what the worker says it does. */
export interface Standing {
  /** The uid tells a Service from a later one of the same name. */
  readonly service: ServiceVerdict["service"];
  /** Its addresses that this node answers for, in the order of the Service's status, with the interfaces, sorted. */
  readonly announced: readonly { readonly address: IpAddress; readonly interfaces: readonly string[] }[];
  /** Its addresses that are this node's to announce, but no interface can; one sentence each. */
  readonly failed: readonly { readonly address: IpAddress; readonly because: string }[];
}

/** By `namespace/name`, sorted; Services that this node has nothing to do with are not in it. */
export type Standings = ReadonlyMap<string, Standing>;
