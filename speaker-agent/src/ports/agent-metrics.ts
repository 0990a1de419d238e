import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type BgpSessionCounters } from "../core/machines/bgp-session/types.ts";
import { type WireVerdict } from "../core/machines/wire-check/types.ts";
import { type BfdCounters } from "./router-watch.ts";
import { type NetioReport, type OwnerMove, type RingMember } from "./netio-report.ts";

/** One address of one Service that this node announces. */
export interface AnnouncedAddress {
  /** `namespace/name`. */
  readonly service: string;
  readonly address: IpAddress;
}

/** How the addresses of the cluster stand, as this node sees them. */
export const addressStates = [
  /** Some node may announce it. */
  "electable",
  /** Of these, those that nobody owns. */
  "unowned",
  /** This node owns it. */
  "owned",
  /** This node answers for it. */
  "announced",
  /** This node's, but a stranger answers for it. */
  "held",
  /** This node's, but no interface can. */
  "unannounceable",
] as const;

export type AddressState = (typeof addressStates)[number];

/** `held`: a stranger had the address before us. `defended`: he claimed it afterwards. `two-owners`: two of us had it. */
export type ConflictKind = "held" | "defended" | "two-owners";

/** What the worker does and sees, as numbers; totals are since the worker started. */
export interface Layer2State {
  /** By this node. */
  readonly owned: readonly IpAddress[];
  readonly addresses: Readonly<Record<AddressState, number>>;
  readonly policy: NetioReport["policy"]["inForce"];
  /** Empty without membership. */
  readonly members: readonly RingMember[];
  readonly drops: NetioReport["drops"];
  readonly checked: Readonly<Record<WireVerdict, number>>;
}

/** One session with a router, as numbers; totals are since it was configured, those of BFD since the worker started. */
export interface BgpPeerMetrics {
  /** `192.0.2.1:179`. */
  readonly peer: string;
  readonly vrf: string | undefined;
  readonly isUp: boolean;
  readonly advertised: number;
  readonly pending: number;
  /** Those that cannot be sent in this session. */
  readonly withheld: number;
  readonly received: Readonly<Record<IpFamily, number>>;
  readonly counters: BgpSessionCounters;
  /** Undefined = there is no BFD with this router. */
  readonly bfd: { readonly peer: string; readonly isUp: boolean; readonly counters: BfdCounters } | undefined;
}

/** What the agent counts, under the names of reference metallb.md, section 6.1, and of docs/metrics.md. */
export interface AgentMetrics {
  /** `metallb_speaker_announced` of one protocol, by level: what is not in the list any more disappears. */
  setAnnounced(protocol: "layer2" | "bgp", announced: readonly AnnouncedAddress[]): void;
  /**
   * `metallb_layer2_*` from the worker's totals. An address for which there is nothing in the list disappears; a worker
   * that started again counts from zero, which the totals here do not.
   */
  setLayer2Counters(counters: NetioReport["counters"]): void;
  /** By level, like the above: owners, members, policy; totals go on over a restart of the worker. */
  setLayer2State(state: Layer2State): void;
  countMove(move: OwnerMove): void;
  countConflicts(kind: ConflictKind, count: number): void;
  /** `metallb_bgp_*` and `metallb_bfd_*`: asked for each time somebody wants to see them. */
  followBgpPeers(read: () => readonly BgpPeerMetrics[]): void;
  /** Services announced against a rule, as `namespace/name`; by level. */
  setSuspended(services: readonly string[]): void;
  /** `metallb_k8s_client_config_loaded_bool` and `…_stale_bool`. */
  setConfiguration(state: { readonly loaded: boolean; readonly stale: boolean }): void;
  /** `metallb_k8s_client_updates_total`, and `…_update_errors_total` when the update could not be dealt with. */
  countUpdate(outcome: "ok" | "failed"): void;
}
