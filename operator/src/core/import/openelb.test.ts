import { expect, test } from "@jest/globals";
import { faultsOf, imported, reportOf } from "./testing/imported.ts";

function object(kind: string, name: string, spec: string, annotations = "{}"): string {
  return `---\napiVersion: network.kubesphere.io/v1alpha2\nkind: ${kind}\nmetadata: { name: ${name}, annotations: ${annotations} }\nspec: ${spec}\n`;
}

const isDefault = '{ eip.openelb.kubesphere.io/is-default-eip: "true" }';

test("Eips of each protocol, and who gets an address of them", () => {
  const { objects, lost, hints } = imported(
    object(
      "Eip",
      "lan",
      "{ address: 192.168.0.91-192.168.0.100, protocol: layer2, interface: eth0 }",
      isDefault,
    ) +
      object("Eip", "asked", "{ address: 192.168.1.1, protocol: vip, interface: 'can_reach:192.168.0.5' }") +
      object(
        "Eip",
        "tenant",
        "{ address: 192.168.2.0/24, priority: 1, namespaces: [shop], namespaceSelector: { team: a } }",
      ) +
      object("Eip", "off", "{ address: 192.168.3.0/24, protocol: bgp, disable: true, namespaces: [b] }"),
  );
  expect(objects).toEqual({
    "IPAddressPool lan": { addresses: ["192.168.0.91-192.168.0.100"] },
    "L2Advertisement lan": { ipAddressPools: ["lan"], interfaces: ["eth0"] },
    "IPAddressPool asked": { addresses: ["192.168.1.1/32"], autoAssign: false },
    "L2Advertisement asked": { ipAddressPools: ["asked"] },
    "IPAddressPool tenant": {
      addresses: ["192.168.2.0/24"],
      serviceAllocation: {
        priority: 1,
        namespaces: ["shop"],
        namespaceSelectors: [{ matchLabels: { team: "a" } }],
      },
    },
    "BGPAdvertisement tenant": { ipAddressPools: ["tenant"] },
    "IPAddressPool off": {
      addresses: ["192.168.3.0/24"],
      autoAssign: false,
      serviceAllocation: { namespaces: ["b"] },
    },
    "BGPAdvertisement off": { ipAddressPools: ["off"] },
  });
  expect(lost).toEqual([expect.stringContaining("spec.interface: an interface is chosen by name")]);
  expect(hints).toContainEqual(expect.stringContaining("metallb.io/address-pool: asked"));
});

test("without a default Eip everybody gets an address of any", () => {
  const { objects } = imported(object("Eip", "one", "{ address: 192.168.1.1, protocol: bgp }"));
  expect(objects).toMatchObject({ "IPAddressPool one": { addresses: ["192.168.1.1/32"] } });
  expect(objects).not.toHaveProperty(["IPAddressPool one", "autoAssign"]);
});

test("BgpConf and BgpPeer", () => {
  const { objects, lost } = imported(
    object("BgpConf", "default", "{ as: 50000, listenPort: 17900, routerId: 192.168.0.2 }") +
      object("BgpConf", "other", "{ as: 1 }") +
      object(
        "BgpPeer",
        "tor",
        `
  conf: { peerAs: 50001, neighborAddress: 192.168.0.5, authPassword: secret, peerGroup: x }
  transport: { remotePort: 1179, passiveMode: true }
  timers: { config: { holdTime: "90", keepaliveInterval: 30s } }
  ebgpMultihop: { enabled: true, multihopTtl: 4 }
  gracefulRestart: { enabled: true }
  afiSafis: [{ config: { family: { afi: AFI_IP, safi: SAFI_UNICAST }, enabled: true }, addPaths: { config: { sendMax: 10 } } }]
  nodeSelector: { matchLabels: { openelb.kubesphere.io/rack: leaf1 } }`,
      ),
  );
  expect(objects).toEqual({
    "BGPPeer tor": {
      myASN: 50000,
      peerASN: 50001,
      peerAddress: "192.168.0.5",
      peerPort: 1179,
      password: "secret",
      holdTime: "90s",
      keepaliveTime: "30s",
      ebgpMultiHop: true,
      enableGracefulRestart: true,
      nodeSelectors: [{ matchLabels: { "openelb.kubesphere.io/rack": "leaf1" } }],
    },
  });
  expect(lost.map((one) => one.split(":")[0])).toEqual([
    "spec.listenPort",
    "spec.transport.passiveMode",
    "spec.conf.peerGroup",
    "spec.ebgpMultihop.multihopTtl",
  ]);
});

test("faults", () => {
  expect(faultsOf(object("BgpPeer", "tor", "{ conf: { peerAs: 1, neighborAddress: 192.0.2.1 } }"))).toEqual([
    "BgpPeer tor: spec our AS number stands in the BgpConf default, which the files lack",
  ]);
  expect(faultsOf(object("Eip", "a", "{ protocol: layer4, address: 192.0.2.9-192.0.2.1 }"))).toEqual([
    expect.stringContaining("Eip a: spec.address invalid IP range"),
    'Eip a: spec.protocol must be bgp, layer2 or vip, not "layer4"',
  ]);
});

test("objects of other kinds are passed over, documents that are no objects are faults", () => {
  const report = reportOf(
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { namespace: a, name: b }\n---\n- 7\n",
  );
  expect(report.ignored).toEqual(["Deployment a/b"]);
  expect(report.faults).toEqual([
    { source: "given.yaml", object: "document 2", path: "kind", message: "is required" },
  ]);
});
