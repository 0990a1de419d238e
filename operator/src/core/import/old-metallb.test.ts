import { expect, test } from "@jest/globals";
import { faultsOf, imported } from "./testing/imported.ts";

function configMap(config: string): string {
  const indented = config.replaceAll(/^/gm, "    ");
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { namespace: metallb-system, name: config }\ndata:\n  config: |\n${indented}`;
}

test("everything that the ConfigMap can say", () => {
  const { objects, lost } = imported(
    configMap(`
peers:
- my-asn: 64500
  peer-asn: 64501
  peer-address: 192.0.2.1
  peer-port: 1179
  source-address: 192.0.2.9
  hold-time: 120s
  keepalive-time: 30s
  router-id: 192.0.2.8
  password: secret
  bfd-profile: fast
  ebgp-multihop: true
  node-selectors:
  - match-labels: { rack: a }
    match-expressions: [{ key: zone, operator: In, values: [one, two] }]
- my-asn: 64500
  peer-asn: 64502
  peer-address: 192.0.2.2
bgp-communities:
  no-advertise: "65535:65282"
bfd-profiles:
- name: fast
  receive-interval: 50
  transmit-interval: 60
  detect-multiplier: 4
  echo-interval: 70
  echo-mode: true
  passive-mode: true
  minimum-ttl: 200
address-pools:
- name: lan
  protocol: layer2
  addresses: [192.168.1.240-192.168.1.250]
- name: edge
  protocol: bgp
  auto-assign: false
  avoid-buggy-ips: true
  addresses: [198.51.100.0/24]
  bgp-advertisements:
  - aggregation-length: 32
    aggregation-length-v6: 128
    localpref: 100
    communities: [no-advertise]
  - aggregation-length: 24
- name: plain
  protocol: bgp
  addresses: [203.0.113.0/24]`),
  );
  expect(lost).toEqual([]);
  expect(objects).toEqual({
    "Community communities": { communities: [{ name: "no-advertise", value: "65535:65282" }] },
    "BFDProfile fast": {
      receiveInterval: 50,
      transmitInterval: 60,
      detectMultiplier: 4,
      echoInterval: 70,
      echoMode: true,
      passiveMode: true,
      minimumTtl: 200,
    },
    "BGPPeer peer-1": {
      myASN: 64500,
      peerASN: 64501,
      peerAddress: "192.0.2.1",
      peerPort: 1179,
      sourceAddress: "192.0.2.9",
      holdTime: "120s",
      keepaliveTime: "30s",
      routerID: "192.0.2.8",
      nodeSelectors: [
        {
          matchLabels: { rack: "a" },
          matchExpressions: [{ key: "zone", operator: "In", values: ["one", "two"] }],
        },
      ],
      password: "secret",
      bfdProfile: "fast",
      ebgpMultiHop: true,
    },
    "BGPPeer peer-2": { myASN: 64500, peerASN: 64502, peerAddress: "192.0.2.2" },
    "IPAddressPool lan": { addresses: ["192.168.1.240-192.168.1.250"] },
    "L2Advertisement lan": { ipAddressPools: ["lan"] },
    "IPAddressPool edge": { addresses: ["198.51.100.0/24"], autoAssign: false, avoidBuggyIPs: true },
    "BGPAdvertisement edge-1": {
      ipAddressPools: ["edge"],
      aggregationLength: 32,
      aggregationLengthV6: 128,
      localPref: 100,
      communities: ["no-advertise"],
    },
    "BGPAdvertisement edge-2": { ipAddressPools: ["edge"], aggregationLength: 24 },
    "IPAddressPool plain": { addresses: ["203.0.113.0/24"] },
    "BGPAdvertisement plain": { ipAddressPools: ["plain"] },
  });
});

test("the words of the first releases", () => {
  const { objects, lost, hints } = imported(
    configMap(`
peers: [{ my-asn: 1, peer-asn: 2, peer-address: 192.0.2.1, hold-time: 120 }]
address-pools:
- { name: My_Space, protocol: arp, cidr: [198.51.100.0/24], arp-network: 198.51.100.0/23 }`),
  );
  expect(objects).toMatchObject({
    "BGPPeer peer-1": { holdTime: "120s" },
    "IPAddressPool my-space": { addresses: ["198.51.100.0/24"] },
    "L2Advertisement my-space": { ipAddressPools: ["my-space"] },
  });
  expect(lost).toEqual([
    "data.config.address-pools[0].arp-network: an address is announced wherever its subnet is",
  ]);
  expect(hints).toContain('IPAddressPool "My_Space" is called my-space here');
});

test.each([
  [
    "address-pools: [{ name: a, protocol: bgp, addresses: [192.0.2.1] }]\npeers: 7",
    "data.config.peers must be a list, not 7",
  ],
  [
    "address-pools: [{ protocol: layer2, addresses: [192.0.2.0/28] }]",
    "data.config.address-pools[0].name is required",
  ],
  ["address-pools: [{ name: a, protocol: layer2 }]", "data.config.address-pools[0].addresses is required"],
  [
    "address-pools: [{ name: a, protocol: layer3, addresses: [192.0.2.0/28] }]",
    'data.config.address-pools[0].protocol must be layer2 or bgp, not "layer3"',
  ],
  [
    "address-pools: [{ name: a, protocol: layer2, addresses: [192.0.2.0/40] }]",
    "data.config.address-pools[0].addresses[0] invalid CIDR",
  ],
  [
    "peers: [{ my-asn: one, peer-asn: 2, peer-address: 192.0.2.1 }]",
    'data.config.peers[0].my-asn must be a whole number, not "one"',
  ],
  [
    "peers: [{ my-asn: 1, peer-asn: 2, peer-address: tor }]",
    " gives BGPPeer peer-1, in which spec.peerAddress: invalid BGPPeer address",
  ],
  [
    "address-pools:\n- { name: a, protocol: layer2, addresses: [192.0.2.0/28] }\n- { name: b, protocol: layer2, addresses: [192.0.2.8/29] }",
    "overlaps with already defined CIDR",
  ],
  [
    "address-pools:\n- { name: a, protocol: bgp, addresses: [192.0.2.0/28], bgp-advertisements: [{ communities: [nobody] }] }",
    "gives BGPAdvertisement a, in which spec.communities",
  ],
])("a fault is named by object and field: %s", (config, fault) => {
  const faults = faultsOf(configMap(config));
  expect(faults.join("\n")).toContain("ConfigMap metallb-system/config: ");
  expect(faults.join("\n")).toContain(fault);
});
