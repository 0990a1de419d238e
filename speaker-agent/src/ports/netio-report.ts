import { type IpAddress } from "@steelyard/model/address";
import { type Millis } from "@steelyard/model/foundation";
import { type OwnerPolicy } from "../core/election/types.ts";
import { type WireVerdict } from "../core/machines/wire-check/types.ts";
import { type WorkerReport } from "../core/machines/announcer/types.ts";

/** What the worker does and sees, as a whole but for `owners`; a later report replaces an earlier one. Plain data. */
export interface NetioReport extends WorkerReport {
  /** The owner policy in force, and the end of a sentence that says why. */
  readonly policy: { readonly inForce: OwnerPolicy; readonly because: string };
  /** False = still waiting to hear what the others own. */
  readonly settled: boolean;
  /**
   * Whose owner is another than the report before said; undefined = nobody owns it, or it is not to be announced any more.
   * The first report of a worker has all of them.
   */
  readonly owners: readonly { readonly address: IpAddress; readonly node: string | undefined }[];
  /** Sorted by name, this node among them; undefined = there is no membership. */
  readonly members: readonly RingMember[] | undefined;
  /** Not announced, because somebody who is none of us answers for them; sorted by address. */
  readonly held: readonly ForeignHolder[];
  /** Defended against somebody since the worker started; sorted by address. */
  readonly defended: readonly (ForeignHolder & { readonly count: number })[];
  /** Addresses of other nodes that were asked about and are not as they should be; sorted by address. */
  readonly checks: readonly WireCheck[];
  /** How often the wire was asked, by verdict, since the worker started. */
  readonly checked: Readonly<Record<WireVerdict, number>>;
  /** Frames that were not answered, by reason, since the worker started. */
  readonly drops: Readonly<Record<string, number>>;
}

export interface RingMember {
  readonly name: string;
  readonly state: "alive" | "suspect" | "dead" | "left";
  /** A member without the mark of our agents is a speaker of MetalLB. */
  readonly kind: "steelyard" | "metallb";
}

export interface ForeignHolder {
  readonly address: IpAddress;
  /** 6 bytes: of whoever answered, or claimed the address, last. */
  readonly mac: Uint8Array;
  /** RFC 3339: when it was first seen. */
  readonly since: string;
}

export interface WireCheck {
  readonly address: IpAddress;
  readonly verdict: Exclude<WireVerdict, "Reachable">;
  readonly macs: readonly Uint8Array[];
}

/** An address has come to this node, or gone from it to another that claims it rightly. Of every move one node tells. */
export interface OwnerMove {
  readonly address: IpAddress;
  readonly from: string | undefined;
  readonly to: string;
  /** A `MoveCause` of the ownership machine. */
  readonly cause: string;
  /** From the former owner's last sign of life to the verdict that it is gone, where there was one. */
  readonly detectionMillis: Millis | undefined;
  /** From that verdict, or from the decision, to the first frame on the segment; undefined on the node that lost it. */
  readonly takeoverMillis: Millis | undefined;
}
