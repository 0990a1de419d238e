import { type NetioOptions } from "../netio-options.ts";

/** A worker that does nothing by itself: no ring, no refreshes, no checks. */
export function netioOptions(nodeName: string): NetioOptions {
  return {
    nodeName,
    startedAt: 0,
    policy: "sticky",
    excludeInterfaces: undefined,
    refreshInterval: 0,
    wireCheckInterval: 0,
    membership: undefined,
  };
}
