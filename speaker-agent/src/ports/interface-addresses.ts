import { type IpAddress } from "@steelyard/model/address";

/** A host address (/32 or /128) on an interface, with the mark of an agent. */
export interface InterfaceAddress {
  readonly interfaceIndex: number;
  /** Becomes part of the label of an IPv4 address. */
  readonly interfaceName: string;
  readonly address: IpAddress;
}

/** An errno name such as "EPERM" or "ENODEV", or "ETIMEDOUT" when the kernel did not answer; undefined = done. */
export type Refusal = string | undefined;

/**
 * Puts addresses on interfaces of this host and takes them off again. What is there is told by RouteNetlink, where such
 * an address has `bound` set. Changes take effect in the order they were asked for.
 */
export interface InterfaceAddresses {
  /** Valid forever, without a prefix route and without duplicate address detection. EEXIST: it is there already. */
  add(place: InterfaceAddress, onDone: (refusal: Refusal) => void): void;
  /** EADDRNOTAVAIL: it is not there. */
  remove(place: InterfaceAddress, onDone: (refusal: Refusal) => void): void;
  /** What has been asked for is still done, but nobody is told any more. */
  close(): void;
}
