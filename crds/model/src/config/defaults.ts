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
} as const;

/** Limits of `preferredNodeSelectors[].weight`. */
export const PREFERENCE_WEIGHT = { lowest: 1, highest: 100 } as const;
