import { type IpAddress } from "@steelyard/model/address";

/** What a Service asks for, in its annotations or its spec (reference metallb.md, section 3.1). */
export type AddressRequest =
  | { readonly asks: "nothing" }
  | {
      readonly asks: "addresses";
      /** One, or one of each family with IPv4 first. */
      readonly addresses: readonly IpAddress[];
      /** A pool that is named besides; the addresses have to be from it. */
      readonly pool: string | undefined;
      readonly source: RequestSource;
    }
  | { readonly asks: "pool"; readonly pool: string; readonly source: RequestSource }
  | { readonly asks: "malformed"; readonly problem: string; readonly source: RequestSource };

/** Where the request stands and what it says, in the user's words: `annotation metallb.io/loadBalancerIPs: 192.0.2.7`. */
export type RequestSource = string;

export const asksNothing: AddressRequest = { asks: "nothing" };
