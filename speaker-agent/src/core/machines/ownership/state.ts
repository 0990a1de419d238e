import { type Instant } from "@steelyard/model/foundation";

/** Everything the ownership remembers. */
export interface OwnershipState {
  /** When `start` came. */
  readonly startedAt: Instant | undefined;
  readonly synced: boolean;
}

/** The ownership before it has heard anything: it owns nothing and knows nobody. */
export const initialOwnershipState: OwnershipState = { startedAt: undefined, synced: false };
