import { type IpFamily } from "@steelyard/model/address";
import { type BgpSessionReport } from "../../core/machines/bgp-session/types.ts";
import { type RibOutReport } from "../../core/rib/types.ts";
import { type BfdSessionReport } from "../../ports/router-watch.ts";

/** Everything that is known of one BGPPeer of this node, for whoever tells people. */
export interface BgpPeerStatus {
  readonly name: string;
  /** Where the router is, for people: `192.0.2.1`, or `interface eth1`. */
  readonly router: string;
  /** As MetalLB's metrics name it: `192.0.2.1:179`. */
  readonly endpoint: string;
  readonly vrf: string | undefined;
  /** What its configuration lets the session carry. */
  readonly families: readonly IpFamily[];
  /** Why no session is attempted at all, such as a Secret that is missing; one sentence. undefined = it is. */
  readonly refusal: string | undefined;
  readonly session: BgpSessionReport;
  readonly rib: RibOutReport;
  /** Undefined = there is no BFD with this router, or the worker has not told of it yet. `peer`: the router's address. */
  readonly bfd: { readonly peer: string; readonly report: BfdSessionReport } | undefined;
}
