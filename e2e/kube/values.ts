/** Values of a release that announces on the lab's segment. */
export const layer2Values = {
  pools: [{ name: "lan", addresses: ["192.168.7.40-192.168.7.59", "fd07::40-fd07::59"] }],
  l2Advertisements: [{ name: "lan" }],
  prometheus: { secureMetrics: false },
} as const;
