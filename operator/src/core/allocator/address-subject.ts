import { type IpFamily } from "@steelyard/model/address";
import { type AddressRequest } from "./address-request.ts";
import { type Seeker } from "./allocate.ts";

/** A Service as the allocator sees it. */
export interface AddressSubject extends Seeker {
  /** Families of the Service's cluster IPs. */
  readonly servedFamilies: readonly IpFamily[];
  readonly request: AddressRequest;
  /** True = it is known that no agent announces the Service: then an address may go that cannot work. */
  readonly isUnannounced?: boolean;
  /** The pool that our annotation on the Service names: the one its last request for a pool was answered with. */
  readonly fromPool: string | undefined;
}
