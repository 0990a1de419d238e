/** The address plan of the test network. Nodes count from 1. */
export const plan = {
  /** The segment the load balancer announces on. The sandbox itself is the router's `.1`. */
  lan: {
    bridge: "lan",
    gateway4: "192.168.7.1",
    router: ["192.168.7.1/24", "fd07::1/64"],
    client: ["192.168.7.2/24", "fd07::2/64"],
  },
  /** A second segment, for interface selection. */
  side: {
    bridge: "side",
    router: ["192.168.8.1/24", "fd08::1/64"],
    client: ["192.168.8.2/24", "fd08::2/64"],
  },
  nodeName: (node: number): string => `node${node}`,
  nodeAddress4: (node: number): string => `192.168.7.${10 + node}`,
  nodeAddress6: (node: number): string => `fd07::${10 + node}`,
  sideAddresses: (node: number): readonly string[] => [`192.168.8.${10 + node}/24`, `fd08::${10 + node}/64`],
  podNetwork4: (node: number): string => `10.244.${node}.0/24`,
  podNetwork6: (node: number): string => `fd00:244:${node}::/64`,
  podGateway4: (node: number): string => `10.244.${node}.1`,
  podGateway6: (node: number): string => `fd00:244:${node}::1`,
  podAddress4: (node: number): string => `10.244.${node}.2`,
  podAddress6: (node: number): string => `fd00:244:${node}::2`,
} as const;
