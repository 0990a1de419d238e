import { expect, test } from "@jest/globals";
import { err } from "@steelyard/model/foundation";
import fc from "fast-check";
import { importObjects } from "./import-objects.ts";

const kinds = [
  ["v1", "ConfigMap"],
  ["cilium.io/v2", "CiliumLoadBalancerIPPool"],
  ["cilium.io/v2", "CiliumL2AnnouncementPolicy"],
  ["cilium.io/v2", "CiliumBGPPeeringPolicy"],
  ["cilium.io/v2", "CiliumBGPClusterConfig"],
  ["cilium.io/v2", "CiliumBGPPeerConfig"],
  ["cilium.io/v2", "CiliumBGPAdvertisement"],
  ["purelb.io/v1", "ServiceGroup"],
  ["purelb.io/v1", "LBNodeAgent"],
  ["network.kubesphere.io/v1alpha2", "Eip"],
  ["network.kubesphere.io/v1alpha2", "BgpConf"],
  ["network.kubesphere.io/v1alpha2", "BgpPeer"],
] as const;

const keys = [
  "blocks", "cidr", "start", "serviceSelector", "matchLabels", "virtualRouters", "neighbors", "localASN", "peerASN",
  "bgpInstances", "peers", "name", "peerConfigRef", "advertisements", "selector", "local", "v4pool", "v4pools", "pool",
  "address", "protocol", "conf", "as", "namespaces", "timers", "config", "interfaces", "loadBalancerIPs", "families",
]; // prettier-ignore

const leaf = fc.constantFrom<unknown>(null, "", "a", "192.0.2.0/28", "192.0.2.1", true, 7, -1, 1.5, [], {});
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.constantFrom(...keys), tie("value"), { maxKeys: 4 }),
})).value;

const object = fc
  .record({
    kind: fc.constantFrom(...kinds),
    metadata: fc.oneof(anything, fc.record({ name: leaf, namespace: leaf, labels: anything })),
    spec: anything,
    data: fc.oneof(anything, fc.dictionary(fc.constantFrom("cidr-global", "range-a", "config"), leaf)),
  })
  .map(({ kind: [apiVersion, kind], ...rest }) => ({ apiVersion, kind, ...rest }));

test("whatever the objects hold, there are faults or objects that our API and our programs take", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(object, anything), { maxLength: 4 }), (values) => {
      const documents = values.map((value) => ({ source: "a", value }));
      const report = importObjects(documents, { namespace: "n", parseYaml: () => err("no") });
      for (const { message } of report.faults) expect(message).not.toBe("");
      expect(report.groups.length + report.ignored.length + report.faults.length).toBeGreaterThanOrEqual(
        values.length === 0 ? 0 : Number(values.some((value) => value !== null)),
      );
    }),
  );
});
