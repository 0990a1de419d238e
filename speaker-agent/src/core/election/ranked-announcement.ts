import { type IpAddress } from "@steelyard/model/address";

/** One address this cluster announces at layer 2, and who may do it where. */
export interface Announcement {
  readonly address: IpAddress;
  /** Names of the eligible nodes, best first (reference metallb.md, section 4.2). */
  readonly ranking: readonly string[];
  /** Exact interface names this node may announce on; empty = all that qualify (section 4.3). */
  readonly interfaces: readonly string[];
}

/** What the cluster wants announced, before it is decided who does it. Plain data. */
export interface RankedSnapshot {
  /** Grows with every snapshot; comes back in the report, so that the main thread knows what has been acted upon. */
  readonly version: number;
  /** This node. */
  readonly nodeName: string;
  /** At most one entry per address. */
  readonly announcements: readonly Announcement[];
  /** Source of an unanchored regular expression over interface names; undefined = none is excluded (section 4.4). */
  readonly excludeInterfaces: string | undefined;
}
