import { type IpPrefix } from "@steelyard/model/address";

/**
 * What routers really have from this node, as opposed to what they are to have. A new object whenever an answer may have
 * changed, and the same one while none has: whoever goes through all Services can tell that there is nothing to do.
 */
export interface CarriedRoutes {
  /** Whether the session of this BGPPeer is established, and the prefix was sent in it and not withdrawn. */
  carries(peer: string, prefix: IpPrefix): boolean;
}

/** Before there is a session. */
export const nothingCarried: CarriedRoutes = { carries: () => false };
