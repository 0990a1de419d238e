import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { speakerPodObject, speakerPodStatus } from "../../topology/objects.ts";
import { pathOf } from "../../topology/resource-paths.ts";
import { type RouterLab } from "../../topology/router-lab.ts";
import {
  advertisement,
  bgpLab,
  createService,
  describeRouters,
  ownAsn,
  peerTo,
  routerAsn,
  setPeers,
} from "./bgp-lab.ts";

describeRouters("an agent that crashes and does not come back", ["frr"], () => {
  let lab: RouterLab;

  beforeAll(async () => {
    lab = await bgpLab({ nodes: 1, membership: true });
    await lab.lab.apply(advertisement());
    await createService(lab, "web", "IPv4", [1]);
    const site = await lab.addRouter("frr", { asn: routerAsn, neighbors: lab.neighbors({ asn: ownAsn }) });
    await setPeers(lab, peerTo(site));
  });
  afterAll(() => lab.end());

  /** What a kubelet writes. */
  const setReady = async ({ number }: ClusterNode, ready: boolean): Promise<void> => {
    const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
    const status = { ...speakerPodStatus(number), conditions };
    await lab.lab.kube.mergePatch(`${pathOf(speakerPodObject(number, {}))}/status`, { status });
  };

  test("leaves a condition that says so, until its successor runs", async () => {
    for (const node of lab.nodes) await setReady(node, true);
    await lab.lab.startAgents();
    await lab.lab.untilCondition("web", "steelyard.io/Announced", "True");
    for (const node of lab.nodes) {
      await lab.lab.stopAgent(node, "SIGKILL");
      await setReady(node, false);
    }
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const { reason, message } = await lab.lab.untilCondition("web", "steelyard.io/Announced", "Unknown");
    expect(reason).toBe("AgentNotReady");
    expect(message).toContain("its Pod speaker-node1 is not ready");
    await lab.lab.startAgents();
    for (const node of lab.nodes) await setReady(node, true);
    await lab.lab.untilCondition("web", "steelyard.io/Announced", "True");
  });
});
