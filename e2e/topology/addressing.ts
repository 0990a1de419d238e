/** The address plan of the test network. Nodes count from 1. */
export const plan = {
  /** The segment the load balancer announces on. The sandbox itself is the router's `.1`. */
  lan: {
    bridge: "lan",
    gateway4: "192.168.7.1",
    network4: "192.168.7.0/24",
    network6: "fd07::/64",
    router: ["192.168.7.1/24", "fd07::1/64"],
    client: ["192.168.7.2/24", "fd07::2/64"],
  },
  /** A second segment, for interface selection. */
  side: {
    bridge: "side",
    router: ["192.168.8.1/24", "fd08::1/64"],
    client: ["192.168.8.2/24", "fd08::2/64"],
  },
  /** Behind the routers, where the client of a `RouterLab` is. */
  outside: {
    bridge: "outside",
    network4: "192.168.9.0/24",
    network6: "fd09::/64",
    client: ["192.168.9.2/24", "fd09::2/64"],
  },
  /** Where routers are that the nodes reach through another one. */
  far: {
    bridge: "far",
    network4: "192.168.10.0/24",
    network6: "fd10::/64",
    transitOnLan: ["192.168.7.250/24", "fd07::250/64"],
    transit: ["192.168.10.1/24", "fd10::1/64"],
  },
  /** Routers count from 1, on whichever segments they are. */
  router: {
    onLan: (router: number): readonly [string, string] => [
      `192.168.7.${220 + router}`,
      `fd07::${220 + router}`,
    ],
    onFar: (router: number): readonly [string, string] => [
      `192.168.10.${220 + router}`,
      `fd10::${220 + router}`,
    ],
    outside: (router: number): readonly [string, string] => [
      `192.168.9.${220 + router}`,
      `fd09::${220 + router}`,
    ],
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
