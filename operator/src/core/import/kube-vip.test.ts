import { expect, test } from "@jest/globals";
import { faultsOf, imported } from "./testing/imported.ts";

const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: { namespace: kube-system, name: kubevip }\ndata:\n";

test("a pool for everybody, and pools of namespaces that go before it", () => {
  const { objects, lost } = imported(`${head}
  cidr-global: 192.168.0.220/29,2001:db8::/120
  range-shop: 192.168.1.10-192.168.1.12
  cidr-shop: 192.168.2.0/30
  interface-shop: eth1
  allow-share-shop: "true"`);
  expect(objects).toEqual({
    "IPAddressPool kube-vip-global": { addresses: ["192.168.0.216/29", "2001:db8::/120"] },
    "IPAddressPool kube-vip-shop": {
      addresses: ["192.168.2.0/30", "192.168.1.10-192.168.1.12"],
      serviceAllocation: { priority: 1, namespaces: ["shop"] },
    },
    "L2Advertisement kube-vip": { ipAddressPools: ["kube-vip-global"] },
    "L2Advertisement kube-vip-eth1": { ipAddressPools: ["kube-vip-shop"], interfaces: ["eth1"] },
  });
  expect(lost.map((one) => one.split(":")[0])).toEqual(["data.allow-share-shop"]);
});

test("ranges that overlap within a pool are one range, and first and last addresses can be left out", () => {
  const { objects } = imported(`${head}
  range-global: 192.168.0.10-192.168.0.11,192.168.0.10-192.168.0.13
  cidr-shop: 192.168.2.0/30
  skip-start-end-ips-in-cidr: "true"`);
  expect(objects).toMatchObject({
    "IPAddressPool kube-vip-global": { addresses: ["192.168.0.10-192.168.0.13"] },
    "IPAddressPool kube-vip-shop": { addresses: ["192.168.2.1-192.168.2.2"] },
  });
});

test("addresses by DHCP are lost, and said to be", () => {
  const { objects, lost } = imported(`${head}  cidr-global: 0.0.0.0/32\n  search-order: desc`);
  expect(objects).toEqual({});
  expect(lost).toEqual([
    "data.cidr-global: addresses by DHCP are not supported",
    "data.search-order: addresses are given out from the lowest on",
  ]);
});

test("faults", () => {
  expect(faultsOf(`${head}  cidr-global: 192.168.0.0/33`)).toEqual([
    expect.stringContaining("ConfigMap kube-system/kubevip: data.cidr-global"),
  ]);
  expect(faultsOf(`${head}  cidr-global: 192.168.0.0/24\n  cidr-shop: 192.168.0.0/28`)).toEqual([
    expect.stringContaining("overlaps with already defined CIDR"),
  ]);
});
