import { type IpAddress } from "@steelyard/model/address";

/** An interface of this host as rtnetlink describes it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** As the kernel calls it: "bridge", "bond", "vlan", "veth" …; undefined for a plain network card. */
  readonly type: string | undefined;
  /** 6 bytes for Ethernet; other lengths never announce. */
  readonly mac: Uint8Array;
  /** IFF_UP and IFF_RUNNING both set: switched on, and with a carrier. */
  readonly running: boolean;
  readonly broadcast: boolean;
  readonly multicast: boolean;
  /** IFF_NOARP: the link has no neighbour resolution. */
  readonly noArp: boolean;
  readonly loopback: boolean;
  /** Wi-Fi: access points may keep broadcasts for addresses they do not know from such a link. */
  readonly wireless: boolean;
  /** The index of the bridge or bond this link is enslaved to; announcements go out on the master. */
  readonly master: number | undefined;
  readonly addresses: readonly LinkAddress[];
  /** Whether a default route, in whatever table, leaves through this link. */
  readonly defaultRoute: { readonly v4: boolean; readonly v6: boolean };
}

export interface LinkAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Present where the address bears the mark of an agent, which has bound it (core/machines/binding). */
  readonly bound?: true;
}
