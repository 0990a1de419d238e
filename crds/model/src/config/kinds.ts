/** The kinds that make up the configuration, as their objects spell them. */
export const CONFIG_KINDS = [
  "BFDProfile",
  "BGPAdvertisement",
  "BGPPeer",
  "Community",
  "IPAddressPool",
  "L2Advertisement",
] as const;

export type ConfigKind = (typeof CONFIG_KINDS)[number];
