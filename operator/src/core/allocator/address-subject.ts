import { type IpFamily } from "@steelyard/model/address";
import { type AddressRequest } from "./address-request.ts";
import { type Seeker } from "./allocate.ts";

/** A Service as the allocator sees it. */
export interface AddressSubject extends Seeker {
  /** Families of the Service's cluster IPs. */
  readonly servedFamilies: readonly IpFamily[];
  readonly request: AddressRequest;
}
