/**
 * What an absent field means, for all kinds (reference metallb.md, section 1). Absent and empty lists mean the same
 * everywhere: no restriction.
 */
export const DEFAULTS = {
  ipAddressPool: {
    /** Services that ask for nothing in particular may use the pool. */
    autoAssign: true,
    /** IPv4 addresses ending in .0 and .255 are given out. */
    avoidBuggyIPs: false,
    /** No priority: after every pool that has one. */
    priority: undefined,
  },
  bgpAdvertisement: {
    /** One route per address. */
    aggregationLength: 32,
    aggregationLengthV6: 128,
    /** The attribute is not sent. */
    localPref: 0,
    asPathPrepend: 0,
  },
  bgpPeer: {
    port: 179,
    enableGracefulRestart: false,
    ebgpMultiHop: false,
    dualStackAddressFamily: false,
  },
  bfdProfile: {
    receiveIntervalMs: 300,
    transmitIntervalMs: 300,
    detectMultiplier: 3,
    echoIntervalMs: 50,
    echoMode: false,
    passiveMode: false,
    /** One hop: the TTL of a packet that no router has passed on, less one for the sender's own stack. */
    minimumTtl: 254,
  },
} as const;

/** The lowest and the highest value of a numeric field, both included. */
export interface Limits {
  readonly lowest: number;
  readonly highest: number;
}

/** Limits of `preferredNodeSelectors[].weight`. */
export const PREFERENCE_WEIGHT: Limits = { lowest: 1, highest: 100 };

const AS_NUMBER = { lowest: 0, highest: 0xffffffff } as const;

/** Limits of the numeric fields of the BGP kinds (reference metallb.md, sections 1.3 to 1.5). */
export const LIMITS = {
  bgpAdvertisement: {
    aggregationLength: { lowest: 1, highest: 32 },
    /** The schema knows no lower bound (quirk 33). */
    aggregationLengthV6: { lowest: 1, highest: 128 },
    /** What the schema's format int32 leaves of the 32 bits of the attribute. */
    localPref: { lowest: 0, highest: 0x7fffffff },
    asPathPrepend: { lowest: 1, highest: 10 },
    /** How many there may be: what fits into an attribute whose length is one byte. */
    communities: { lowest: 0, highest: 63 },
  },
  bgpPeer: {
    /** 0 is as good as absent, as in Go. */
    asn: AS_NUMBER,
    localAsn: { ...AS_NUMBER, lowest: 1 },
    /** v1beta1 says 0 for the default; the highest is the schema's (quirk 5). */
    port: { lowest: 0, highest: 16384 },
    /** In whole seconds: what an OPEN message and FRR can carry. */
    holdTime: { lowest: 3, highest: 0xffff },
    connectTime: { lowest: 1, highest: 0xffff },
    /** In hops: a packet that comes from further away arrives with a TTL of less than 256 minus this. */
    ttlSecurity: { lowest: 1, highest: 254 },
  },
  bfd: {
    interval: { lowest: 10, highest: 60_000 },
    multiplier: { lowest: 2, highest: 255 },
    ttl: { lowest: 1, highest: 254 },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Limits>>>>;
