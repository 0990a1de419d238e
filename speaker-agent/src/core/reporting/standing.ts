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
  /** Its addresses that this node does not announce because a stranger answers for them; his MAC as text. */
  readonly held: readonly { readonly address: IpAddress; readonly mac: string }[];
  /** Its addresses that this node announces and had to defend against a stranger; his MAC as text. */
  readonly defended: readonly { readonly address: IpAddress; readonly mac: string }[];
  /** It is announced from here although an exclusion of nodes forbids it: why, as a clause; undefined = nothing forbids it. */
  readonly suspended: string | undefined;
}

/** By `namespace/name`, sorted; Services that this node has nothing to do with are not in it. */
export type Standings = ReadonlyMap<string, Standing>;
