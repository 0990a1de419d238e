import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";

// A real bad day: an address, an advertisement, a running pod, and no answer, because a chart labels its pods by
// app.kubernetes.io/name and the Service selects by app.
describeNetwork("a Service whose selector its pods miss by a hair", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1 });
    await lab.apply(poolObject("home", ["192.168.7.40-192.168.7.49"]), l2AdvertisementObject("home"));
    await lab.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "web-5d9c7b",
        namespace: "default",
        labels: { "app.kubernetes.io/name": "web", "pod-template-hash": "5d9c7b" },
      },
      spec: { nodeName: "node1", containers: [{ name: "web", image: "example.com/web" }] },
    });
    await lab.startOperator();
    await lab.startAgents();
  });
  afterAll(() => lab.end());

  test("the Service names the pod that was meant, and what it carries; with endpoints it is announced", async () => {
    await lab.createService("web");
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.40"]);
    const sentence =
      "no pod of namespace default that has an address matches the selector app=web, so nothing answers for 192.168.7.40; " +
      "pod web-5d9c7b carries app.kubernetes.io/name=web, the Service selects app=web";
    const mute = await eventually("a word about the pods", async () => {
      const condition = await lab.condition("web", "steelyard.io/Announced");
      return condition?.message.includes("; ") === true && condition;
    });
    expect([mute.reason, mute.message]).toEqual(["NoEndpoint", sentence]);

    // The endpoint slice controller's part, once the selector is put right.
    await lab.setEndpoints("web", "IPv4", [1]);
    expect(await lab.reach("http://192.168.7.40/")).toBe("pod1");
    const heard = await lab.untilCondition("web", "steelyard.io/Announced", "True");
    expect(heard.message).toContain("node1");
  });
});
