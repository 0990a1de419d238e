import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { failoverLab, ownerOfAll, workerOf } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { type Families } from "../../topology/objects.ts";
import { stopAndTell, tell } from "./tell.ts";

describeNetwork("the owner loses its power, and what the Service wants is kept", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await failoverLab();
    await lab.startAgents();
    await lab.untilRing();
  });
  afterEach(async () => {
    // A node writes and removes its own statuses only: those of one that is gone stay until it is back.
    for (const node of lab.speakers) if (!lab.runs(node)) await lab.revive(node);
    await lab.untilRing();
    await lab.removeServices();
  });
  afterAll(() => lab.end());

  test.each<Families>(["IPv4", "IPv6"])(
    "policy Local, %s: the heir has a pod of its own, and the client's connections go there",
    async (families) => {
      await lab.createService("web", families, {
        endpointsOn: [1, 2],
        spec: { externalTrafficPolicy: "Local" },
      });
      const addresses = await lab.untilAddresses("web", 1);
      const owner = await ownerOfAll(lab, addresses);
      const heir = lab.network.node(3 - owner.number);
      const visitors = await Promise.all(addresses.map((address) => lab.visit(address)));
      const struck = monotonicMillis();
      await lab.crash(owner);
      const outages = await Promise.all(visitors.map((visitor) => visitor.untilServed(struck)));
      tell(
        `Local, ${families}: first good connection after ${outages.map((outage) => outage.toFixed(0)).join()} ms`,
      );
      expect((await ownerOfAll(lab, addresses)).name).toBe(heir.name);
      const [report] = await stopAndTell(`Local, ${families}`, visitors, struck + (outages[0] ?? 0) + 1);
      expect(report).toMatchObject({ lost: 0, pods: [`pod${heir.number}`] });
      for (const outage of outages) expect(outage).toBeLessThan(1_500);
    },
  );

  test("two Services share an address: both ports move to the same node", async () => {
    const annotations = {
      "metallb.io/allow-shared-ip": "one",
      "metallb.io/loadBalancerIPs": "192.168.7.120",
    };
    const ports = [80, 81];
    for (const port of ports) {
      await lab.createService(`on-${port}`, "IPv4", {
        endpointsOn: [workerOf(lab)],
        annotations,
        spec: { ports: [{ name: "http", port, targetPort: 8080, protocol: "TCP" }] },
      });
      expect(await lab.untilAddresses(`on-${port}`, 1)).toEqual(["192.168.7.120"]);
    }
    const owner = await ownerOfAll(lab, ["192.168.7.120"]);
    const visitors = await Promise.all(ports.map((port) => lab.visit("192.168.7.120", { port })));
    const struck = monotonicMillis();
    await lab.crash(owner);
    const outages = await Promise.all(visitors.map((visitor) => visitor.untilServed(struck)));
    tell(
      `shared: first good connection after ${outages.map((outage) => outage.toFixed(0)).join(" and ")} ms`,
    );
    await lab.soleOwner("192.168.7.120", { not: owner.name });
    await stopAndTell("shared", visitors, struck);
    for (const outage of outages) expect(outage).toBeLessThan(1_500);
  });
});
