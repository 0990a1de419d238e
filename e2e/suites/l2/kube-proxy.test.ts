import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { whyNoKubeProxy } from "../../topology/kube-proxy.ts";
import { Lab } from "../../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";

const why = whyNoKubeProxy();

// The same line with nothing of our own on the data path: genuine kube-apiserver, genuine kube-proxy on every node.
(why === undefined ? describeNetwork : describe.skip)(
  `on the genuine kube-apiserver and kube-proxy${why === undefined ? "" : ` [skipped: ${why}]`}`,
  () => {
    let lab: Lab;

    beforeAll(async () => {
      lab = await Lab.create({ nodes: 2, api: "genuine", dataPath: "kube-proxy" });
      await lab.apply(
        poolObject("lan", ["192.168.7.40-192.168.7.49", "fd07::40-fd07::49"]),
        l2AdvertisementObject("lan", { ipAddressPools: ["lan"] }),
      );
      await lab.startOperator();
      await lab.startAgents();
    }, 60_000);
    afterAll(() => lab.end());

    test("a dual-stack Service is reachable through both addresses, and unreachable after deletion", async () => {
      await lab.createService("web", "dual", { endpointsOn: [1, 2] });
      const addresses = await lab.untilAddresses("web", 2);
      for (const address of addresses) {
        const url = address.includes(":") ? `http://[${address}]/` : `http://${address}/`;
        const body = await eventually(`an answer from ${url}`, async () => {
          const result = await lab.network.client.attempt("curl", ["-sS", "--max-time", "1", url]);
          return result.status === 0 && result.stdout.trim();
        });
        expect(body).toMatch(/^pod[12]$/);
      }
      await lab.removeServices();
      for (const address of addresses) await lab.untilSilent(address);
    }, 60_000);

    test("a second pass over a satisfied cluster writes nothing: the object's version stands still", async () => {
      await lab.createService("still", "dual", { endpointsOn: [1, 2] });
      await lab.untilAddresses("still", 2);
      await lab.untilCondition("still", "steelyard.io/Announced", "True");
      const before = (await lab.service("still")).metadata.resourceVersion;
      await lab.stopOperator();
      await lab.startOperator();
      await lab.createService("newcomer");
      await lab.untilAddresses("newcomer", 1);
      expect((await lab.service("still")).metadata.resourceVersion).toBe(before);
    }, 60_000);
  },
);
