import { type IpAddress } from "@steelyard/model/address";

/** An interface of this host as rtnetlink describes it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** 6 bytes for Ethernet; other lengths never announce. */
  readonly mac: Uint8Array;
  /** IFF_UP and IFF_RUNNING both set. */
  readonly running: boolean;
  readonly broadcast: boolean;
  readonly multicast: boolean;
  /** IFF_NOARP: the link has no neighbour resolution. */
  readonly noArp: boolean;
  readonly loopback: boolean;
  /** The index of the bridge or bond this link is enslaved to; announcements go out on the master. */
  readonly master: number | undefined;
  readonly addresses: readonly { readonly address: IpAddress; readonly prefixLength: number }[];
}
