import { expect, test } from "@jest/globals";
import { faultsOf, imported } from "./testing/imported.ts";

function group(name: string, spec: string, version = "v1"): string {
  return `---\napiVersion: purelb.io/${version}\nkind: ServiceGroup\nmetadata: { namespace: purelb, name: ${name} }\nspec:\n${spec.replaceAll(/^/gm, "  ")}\n`;
}

const agent = `---
apiVersion: purelb.io/v1
kind: LBNodeAgent
metadata: { namespace: purelb, name: default }
spec: { local: { localint: eth1, extlbint: kube-lb0, sendgarp: true } }
`;

test("the default group is for everybody, others are asked for", () => {
  const { objects, lost, hints } = imported(
    agent +
      group(
        "default",
        "local: { subnet: 192.168.1.0/24, pool: 192.168.1.240-192.168.1.250, aggregation: default }",
      ) +
      group(
        "dual",
        `local:
  v4pool: { subnet: 192.168.2.0/24, pool: 192.168.2.240/29 }
  v6pools: [{ subnet: "2001:db8::/64", pool: "2001:db8::-2001:db8::ff" }]`,
      ),
  );
  expect(objects).toEqual({
    "IPAddressPool default": { addresses: ["192.168.1.240-192.168.1.250"] },
    "L2Advertisement default": { ipAddressPools: ["default"], interfaces: ["eth1"] },
    "IPAddressPool dual": { addresses: ["192.168.2.240/29", "2001:db8::/120"], autoAssign: false },
    "L2Advertisement dual": { ipAddressPools: ["dual"], interfaces: ["eth1"] },
  });
  expect(lost).toEqual(["spec.local.sendgarp: gratuitous packets are always sent"]);
  expect(hints).toContainEqual(expect.stringContaining("metallb.io/address-pool: dual"));
});

test("remote groups, namespaces and aggregation of the second version", () => {
  const { objects, lost } = imported(
    group(
      "tenant",
      `namespaces: [shop]
enforceNamespaces: true
remote:
  balancePools: true
  v4pool: { subnet: 203.0.113.0/24, pool: 203.0.113.0/24, aggregation: /28 }`,
      "v2",
    ),
  );
  expect(objects).toEqual({
    "IPAddressPool tenant": { addresses: ["203.0.113.0/24"], serviceAllocation: { namespaces: ["shop"] } },
    "BGPAdvertisement tenant": { ipAddressPools: ["tenant"], aggregationLength: 28 },
  });
  expect(lost.map((one) => one.split(":")[0])).toEqual([
    "spec.enforceNamespaces",
    "spec.remote.balancePools",
  ]);
});

test("what another program gives out is lost", () => {
  const { objects, lost } = imported(group("netbox", "netbox: { url: 'http://ipam', tenant: a }"));
  expect(objects).toEqual({});
  expect(lost).toEqual([
    "spec.netbox: addresses are given out of pools that stand here, not by another program",
  ]);
});

test("faults", () => {
  expect(faultsOf(group("a", "local: { v4pool: { subnet: 192.168.2.0/24, pool: everything } }"))).toEqual([
    expect.stringContaining("ServiceGroup purelb/a: spec.local.v4pool.pool invalid"),
    "ServiceGroup purelb/a: spec.local no addresses are given",
  ]);
});
