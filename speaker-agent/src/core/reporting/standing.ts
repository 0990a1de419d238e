import { type IpAddress } from "@steelyard/model/address";
import { type ServiceVerdict } from "../desired/types.ts";

/** An address that this node announces, and where. */
export interface AnnouncedPlace {
  readonly address: IpAddress;
  /** By layer 2, sorted. */
  readonly interfaces: readonly string[];
  /** By BGP: the BGPPeers whose routers have a route to it; sorted, each once. */
  readonly peers?: readonly string[];
}

/** How one Service stands on this node by one protocol: what the configuration wants, held against what is done. */
export interface Standing {
  /** The uid tells a Service from a later one of the same name. */
  readonly service: ServiceVerdict["service"];
  /** Its addresses that this node announces, in the order of the Service's status. */
  readonly announced: readonly AnnouncedPlace[];
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
