/** The words Kubernetes uses in `spec.ipFamilies`. */
export type IpFamily = "IPv4" | "IPv6";

/** One address. `value` is the big-endian number of its 4 or 16 bytes. Instances are frozen and compare by family and value. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly value: bigint;
}

/** A prefix in CIDR notation; the host bits of `network` are zero. */
export interface IpPrefix {
  readonly network: IpAddress;
  readonly length: number;
}

/** All addresses from `first` to `last`, both included, of one family; `first` <= `last`. */
export interface IpRange {
  readonly family: IpFamily;
  readonly first: bigint;
  readonly last: bigint;
}
