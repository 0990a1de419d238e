import { type IpAddress } from "@steelyard/model/address";
import { type WorkerReport } from "../core/machines/announcer/types.ts";

/** One address of one Service that this node announces. */
export interface AnnouncedAddress {
  /** `namespace/name`. */
  readonly service: string;
  readonly address: IpAddress;
}

/** What the agent counts, under the names of reference metallb.md, section 6.1. */
export interface AgentMetrics {
  /** `metallb_speaker_announced`, by level: what is not in the list any more disappears. */
  setAnnounced(announced: readonly AnnouncedAddress[]): void;
  /**
   * `metallb_layer2_*` from the worker's totals. An address for which there is nothing in the list disappears; a worker
   * that started again counts from zero, which the totals here do not.
   */
  setLayer2Counters(counters: WorkerReport["counters"]): void;
  /** `metallb_k8s_client_config_loaded_bool` and `…_stale_bool`. */
  setConfiguration(state: { readonly loaded: boolean; readonly stale: boolean }): void;
  /** `metallb_k8s_client_updates_total`, and `…_update_errors_total` when the update could not be dealt with. */
  countUpdate(outcome: "ok" | "failed"): void;
}
