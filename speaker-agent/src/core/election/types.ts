import { type IpAddress } from "@steelyard/model/address";

/** A node that may announce an address, as the cluster's objects have it; whether it lives is not known here. */
export interface Candidate {
  readonly node: string;
  /** Sum of the weights of the preferences that the node satisfies; higher is better. */
  readonly preference: number;
  /** Exact interface names it may announce on; empty = those that reach the address. */
  readonly interfaces: readonly string[];
}

/** One address this cluster announces at layer 2, and who may do it where. */
export interface ElectableAddress {
  readonly address: IpAddress;
  /**
   * The address whose hash decides between equals: the first of the Service, so that all of a Service's addresses land on
   * one node where they can (reference metallb.md, section 4.2).
   */
  readonly electionKey: IpAddress;
  /** Sorted by node name, each node once. Equal lists are one array, which crosses to the worker once. */
  readonly candidates: readonly Candidate[];
  /** Never announced before, as far as the cluster knows: the segment is asked first whether somebody holds it. */
  readonly fresh: boolean;
  /** Interface on which the owner is to put the address itself; undefined = it is not bound. */
  readonly bindTo: string | undefined;
}

/** `sticky`: the present owner keeps an address. `hash`: always the first in MetalLB's order. */
export type OwnerPolicy = "sticky" | "hash";

/**
 * What the main thread wants announced, whole and in one piece: a later snapshot replaces an earlier one. Plain data,
 * because it crosses to the worker by structured clone.
 */
export interface ElectionSnapshot {
  /** Grows with every snapshot; comes back in the report. */
  readonly version: number;
  /** This node. */
  readonly nodeName: string;
  /** Sorted by address, at most one entry per address; of all nodes, this one a candidate or not. */
  readonly addresses: readonly ElectableAddress[];
  /**
   * Addresses of none of `addresses` whose foreign holder the worker has reported: it goes on asking whether he is gone,
   * so that the operator learns when they may be given out again. Sorted.
   */
  readonly probeOnly: readonly IpAddress[];
  /** Nodes whose Node object says Ready, sorted: who counts as alive while there is no membership. */
  readonly readyNodes: readonly string[];
}
