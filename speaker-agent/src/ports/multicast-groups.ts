import { type IpAddress } from "@steelyard/model/address";

/**
 * Membership in IPv6 multicast groups, so that switches with MLD snooping and NIC filters let solicitations through.
 * Not reference-counted; joining twice or leaving what was not joined does nothing.
 */
export interface MulticastGroups {
  join(interfaceIndex: number, group: IpAddress): void;
  leave(interfaceIndex: number, group: IpAddress): void;
  close(): void;
}
