import { describe, expect, test } from "@jest/globals";
import { faultsOf, imported } from "./testing/imported.ts";

function object(kind: string, spec: string, metadata = "name: main"): string {
  return `---\napiVersion: cilium.io/v2alpha1\nkind: ${kind}\nmetadata: { ${metadata} }\nspec:\n${spec.replaceAll(/^/gm, "  ")}\n`;
}

describe("CiliumLoadBalancerIPPool", () => {
  test("blocks of every form, labels and selectors", () => {
    const { objects, lost } = imported(
      object(
        "CiliumLoadBalancerIPPool",
        `allowFirstLastIPs: "No"
blocks: [{ cidr: 10.0.10.0/24 }, { start: 20.0.20.100, stop: 20.0.20.200 }, { start: 1.2.3.4 }, { cidr: 10.1.0.0/31 }]
serviceSelector:
  matchLabels: { color: blue, io.kubernetes.service.namespace: shop }
  matchExpressions: [{ key: tier, operator: Exists }]`,
        "name: blue-pool, labels: { site: a }",
      ),
    );
    expect(lost).toEqual([]);
    expect(objects).toEqual({
      "IPAddressPool blue-pool": {
        addresses: ["10.0.10.1-10.0.10.254", "20.0.20.100-20.0.20.200", "1.2.3.4/32", "10.1.0.0/31"],
        serviceAllocation: {
          namespaces: ["shop"],
          serviceSelectors: [
            { matchLabels: { color: "blue" }, matchExpressions: [{ key: "tier", operator: "Exists" }] },
          ],
        },
      },
    });
  });

  test.each([
    [
      "{ matchExpressions: [{ key: io.kubernetes.service.namespace, operator: In, values: [a, b] }] }",
      ["a", "b"],
    ],
    [
      "{ matchLabels: { io.kubernetes.service.namespace: b }, matchExpressions: [{ key: io.kubernetes.service.namespace, operator: In, values: [a, b] }] }",
      ["b"],
    ],
  ])("namespaces in every form: %s", (selector, namespaces) => {
    const spec = `blocks: [{ cidr: 10.0.10.0/24 }]\nserviceSelector: ${selector}`;
    const { objects } = imported(object("CiliumLoadBalancerIPPool", spec));
    expect(objects).toEqual({
      "IPAddressPool main": { addresses: ["10.0.10.0/24"], serviceAllocation: { namespaces } },
    });
  });

  test("namespaces that are left out cannot be said", () => {
    const selector =
      "{ matchExpressions: [{ key: io.kubernetes.service.namespace, operator: NotIn, values: [a] }] }";
    const spec = `blocks: [{ cidr: 10.0.10.0/24 }]\nserviceSelector: ${selector}`;
    const { objects, lost } = imported(object("CiliumLoadBalancerIPPool", spec));
    expect(objects).toEqual({ "IPAddressPool main": { addresses: ["10.0.10.0/24"], autoAssign: false } });
    expect(lost).toEqual([expect.stringContaining("namespaces can be listed but not excluded")]);
  });

  test("what a selector cannot say makes the pool narrower, never wider", () => {
    const { objects, lost } = imported(
      object(
        "CiliumLoadBalancerIPPool",
        `cidrs: [{ cidr: 10.0.10.0/24 }]
serviceSelector: { matchLabels: { io.kubernetes.service.name: web } }`,
      ),
    );
    expect(objects).toEqual({ "IPAddressPool main": { addresses: ["10.0.10.0/24"], autoAssign: false } });
    expect(lost).toEqual([
      expect.stringContaining("spec.serviceSelector: Services are not selected by name"),
    ]);
  });

  test("faults", () => {
    const bad = object("CiliumLoadBalancerIPPool", "blocks: [{ cidr: 10.0.10.0/99 }, { stop: 10.0.0.1 }]");
    expect(faultsOf(bad)).toEqual([
      expect.stringContaining("CiliumLoadBalancerIPPool main: spec.blocks[0].cidr"),
      "CiliumLoadBalancerIPPool main: spec.blocks[1].start is required where there is no cidr",
    ]);
    expect(faultsOf(object("CiliumLoadBalancerIPPool", "disabled: true"))).toEqual([
      "CiliumLoadBalancerIPPool main: spec.blocks no addresses are given",
    ]);
  });
});

describe("CiliumL2AnnouncementPolicy", () => {
  test("nodes, Services and interfaces", () => {
    const { objects, lost } = imported(
      object(
        "CiliumL2AnnouncementPolicy",
        `loadBalancerIPs: true
externalIPs: true
interfaces: ["^eth0$", "^br-.*"]
nodeSelector: { matchExpressions: [{ key: node-role.kubernetes.io/control-plane, operator: DoesNotExist }] }
serviceSelector: { matchLabels: { color: blue } }`,
      ),
    );
    expect(objects).toEqual({
      "L2Advertisement main": {
        nodeSelectors: [
          { matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "DoesNotExist" }] },
        ],
        serviceSelectors: [{ matchLabels: { color: "blue" } }],
        interfaces: ["eth0"],
      },
    });
    expect(lost).toEqual([
      'spec.interfaces: "^br-.*" is a pattern; write the names of the interfaces',
      "spec.externalIPs: externalIPs of Services are not announced",
    ]);
  });

  test.each([
    ["only patterns", 'loadBalancerIPs: true\ninterfaces: ["^br-.*"]'],
    [
      "namespaces",
      "loadBalancerIPs: true\nserviceSelector: { matchLabels: { io.kubernetes.service.namespace: a } }",
    ],
    ["no LoadBalancer addresses", "externalIPs: true"],
  ])("nothing is announced more widely than by Cilium: %s", (_, spec) => {
    expect(imported(object("CiliumL2AnnouncementPolicy", spec)).objects).toEqual({});
  });
});

test("CiliumBGPPeeringPolicy: sessions, what is told and with which attributes", () => {
  const { objects, lost } = imported(
    object(
      "CiliumBGPPeeringPolicy",
      `nodeSelector: { matchLabels: { rack: a } }
virtualRouters:
- localASN: 64512
  exportPodCIDR: true
  serviceSelector: { matchLabels: { bgp: "yes" } }
  neighbors:
  - peerAddress: 192.0.2.1/32
    peerASN: 64513
    peerPort: 1179
    eBGPMultihopTTL: 4
    connectRetryTimeSeconds: 5
    holdTimeSeconds: 9
    keepAliveTimeSeconds: 3
    gracefulRestart: { enabled: true, restartTimeSeconds: 60 }
    families: [{ afi: ipv4, safi: unicast }]
    advertisedPathAttributes:
    - selectorType: CiliumLoadBalancerIPPool
      communities: { standard: ["64512:100", "4259840100"], wellKnown: [no-export], large: ["64512:1:2"] }
      localPreference: 150
    - selectorType: CiliumLoadBalancerIPPool
      selector: { matchLabels: { site: a } }
      communities: { standard: ["64512:200"] }
  - peerAddress: 2001:db8::1/128
    peerASN: 64512
    eBGPMultihopTTL: 4
  - peerAddress: 192.0.2.3/32
    peerASN: 64514
    eBGPMultihopTTL: 1`,
    ),
  );
  const everywhere = { nodeSelectors: [{ matchLabels: { rack: "a" } }] };
  const told = { ...everywhere, serviceSelectors: [{ matchLabels: { bgp: "yes" } }] };
  expect(objects).toEqual({
    "BGPPeer main-peer-1": {
      myASN: 64512,
      peerASN: 64513,
      peerAddress: "192.0.2.1",
      peerPort: 1179,
      holdTime: "9s",
      keepaliveTime: "3s",
      connectTime: "5s",
      ebgpMultiHop: true,
      enableGracefulRestart: true,
      ...everywhere,
    },
    "BGPAdvertisement main-peer-1": {
      ...told,
      peers: ["main-peer-1"],
      communities: ["64512:100", "65000:100", "65535:65281", "large:64512:1:2"],
      localPref: 150,
    },
    "BGPAdvertisement main-peer-1-some": {
      ...told,
      peers: ["main-peer-1"],
      ipAddressPoolSelectors: [{ matchLabels: { site: "a" } }],
      communities: ["64512:200"],
    },
    "BGPPeer main-peer-2": {
      myASN: 64512,
      peerASN: 64512,
      peerAddress: "2001:db8::1",
      dualStackAddressFamily: true,
      ...everywhere,
    },
    "BGPAdvertisement main-peer-2": { ...told, peers: ["main-peer-2"] },
    "BGPPeer main-peer-3": {
      myASN: 64512,
      peerASN: 64514,
      peerAddress: "192.0.2.3",
      dualStackAddressFamily: true,
      ...everywhere,
    },
    "BGPAdvertisement main-peer-3": { ...told, peers: ["main-peer-3"] },
  });
  expect(lost).toEqual([
    "spec.virtualRouters[0].exportPodCIDR: networks of Pods are not announced",
    "spec.virtualRouters[0].neighbors[0].gracefulRestart.restartTimeSeconds: routers keep the routes for 120 s",
  ]);
});

describe("CiliumBGPClusterConfig, CiliumBGPPeerConfig and CiliumBGPAdvertisement", () => {
  const cluster = object(
    "CiliumBGPClusterConfig",
    `nodeSelector: { matchLabels: { rack: a } }
bgpInstances:
- name: instance
  localASN: 64512
  peers:
  - { name: tor, peerASN: 64513, peerAddress: 192.0.2.1, peerConfigRef: { name: tors } }
  - { name: spare, peerASN: 64514, peerAddress: 192.0.2.2 }`,
  );
  const peerConfig = object(
    "CiliumBGPPeerConfig",
    `authSecretRef: bgp-secret
ebgpMultihop: 4
transport: { peerPort: 1179 }
timers: { holdTimeSeconds: 9, keepAliveTimeSeconds: 3 }
gracefulRestart: { enabled: true }
families:
- { afi: ipv4, safi: unicast, advertisements: { matchLabels: { advertise: bgp } } }`,
    "name: tors",
  );
  const advertisement = object(
    "CiliumBGPAdvertisement",
    `advertisements:
- advertisementType: Service
  service: { addresses: [LoadBalancerIP], aggregationLengthIPv4: 24 }
  selector: {}
  attributes: { communities: { standard: ["65000:99"] }, localPreference: 99 }
- advertisementType: PodCIDR`,
    "name: services, labels: { advertise: bgp }",
  );

  test("peers, and what those are told that choose an advertisement by its labels", () => {
    const { objects, lost, hints } = imported(cluster + peerConfig + advertisement);
    expect(objects).toEqual({
      "BGPPeer main-tor": {
        myASN: 64512,
        peerASN: 64513,
        peerAddress: "192.0.2.1",
        peerPort: 1179,
        holdTime: "9s",
        keepaliveTime: "3s",
        enableGracefulRestart: true,
        ebgpMultiHop: true,
        passwordSecret: { name: "bgp-secret" },
        nodeSelectors: [{ matchLabels: { rack: "a" } }],
      },
      "BGPPeer main-spare": {
        myASN: 64512,
        peerASN: 64514,
        peerAddress: "192.0.2.2",
        dualStackAddressFamily: true,
        nodeSelectors: [{ matchLabels: { rack: "a" } }],
      },
      "BGPAdvertisement services": {
        aggregationLength: 24,
        communities: ["65000:99"],
        localPref: 99,
        peers: ["main-tor"],
      },
    });
    expect(lost).toEqual([
      "spec.advertisements[1].advertisementType: PodCIDR is not announced; only Services are",
    ]);
    expect(hints).toContainEqual(
      expect.stringContaining("make a Secret bgp-secret of type kubernetes.io/basic-auth"),
    );
  });

  test("routes of selected Services are not aggregated, which is said", () => {
    const selected = advertisement.replace("selector: {}", "selector: { matchLabels: { bgp: x } }");
    const { objects, lost } = imported(cluster + peerConfig + selected);
    expect(objects).toMatchObject({
      "BGPAdvertisement services": { serviceSelectors: [{ matchLabels: { bgp: "x" } }] },
    });
    expect(objects).not.toHaveProperty(["BGPAdvertisement services", "aggregationLength"]);
    expect(lost[0]).toContain("routes of selected Services are not aggregated");
  });

  test("an advertisement that nobody chooses announces nothing", () => {
    expect(
      imported(cluster + peerConfig + advertisement.replace("advertise: bgp", "other: x")).objects,
    ).not.toHaveProperty(["BGPAdvertisement services"]);
  });

  test("a peer configuration that is not there is a fault", () => {
    expect(faultsOf(cluster)).toEqual([
      'CiliumBGPClusterConfig main: spec.bgpInstances[0].peers[0].peerConfigRef there is no CiliumBGPPeerConfig "tors" in the files',
    ]);
  });
});
