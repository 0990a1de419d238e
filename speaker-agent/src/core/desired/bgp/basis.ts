import { type IpPrefix } from "@steelyard/model/address";
import { type BgpAdvertisement } from "@steelyard/model/config";
import { type EndpointSliceResource, type ServiceResource } from "@steelyard/model/resources";
import { type RouteTable } from "../../rib/types.ts";
import { type Home, type RememberedPools } from "../homes.ts";
import { type NodeGround } from "./node-ground.ts";
import { type BgpVerdict } from "./types.ts";

/** What one decision leaves to the next. */
export interface BgpBasis {
  readonly ground: NodeGround;
  readonly endpointSlices: readonly EndpointSliceResource[];
  /** Sorted by key. */
  readonly judged: readonly JudgedService[];
  /** Of which `advertisements` are all there are. */
  readonly homes: ReadonlyMap<string, Home>;
  readonly advertisements: ReadonlySet<BgpAdvertisement>;
  readonly verdicts: readonly BgpVerdict[];
  readonly book: RouteBook;
  /** By what reaches a router, see `route-tables.ts`. */
  readonly tables: ReadonlyMap<string, RouteTable>;
  readonly remembered: RememberedPools;
}

/** The outcome for one Service, with the objects it follows from besides nodes and configuration. */
export interface JudgedService {
  readonly key: string;
  readonly service: ServiceResource;
  readonly slices: readonly EndpointSliceResource[];
  readonly home: Home | undefined;
  readonly verdict: BgpVerdict;
  /** What is advertised for it; empty = nothing. */
  readonly uses: readonly PrefixUse[];
}

/** That a Service wants a prefix to be advertised, by these advertisements. */
export interface PrefixUse {
  readonly prefix: IpPrefix;
  /** Of the prefix. */
  readonly text: string;
  /** `namespace/name`. */
  readonly service: string;
  /** At least one; sorted by name. */
  readonly advertisements: readonly BgpAdvertisement[];
}

/** All prefixes of this node, with those who want them. */
export interface RouteBook {
  /** By the text of the prefix. */
  readonly entries: ReadonlyMap<string, BookEntry>;
  /** Where Services differ about one prefix: by its text, how it goes, as a clause. */
  readonly disputes: ReadonlyMap<string, string>;
}

export interface BookEntry {
  readonly prefix: IpPrefix;
  /** At least one; sorted by Service. */
  readonly uses: readonly PrefixUse[];
}
